"""The house itself: what may import what, and where a test of each room stands."""

import ast
import re
import tomllib
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "skgenre"

# The order of the rooms, from the ground up, written down here and nowhere else. A
# file imports from its own room and from rooms before it, wherever in the file the
# import stands. "" is the package itself, which only shows what the rooms hold.
LAYERS = (
    (
        "_optional",
        "_sklearn",
        "_keras",
        "_wording",
        "_content_hash",
        "_memory",
        "_jobs",
    ),
    ("_by_song",),
    ("audio",),
    ("windows",),
    ("features._kernels",),
    ("features",),
    ("voting",),
    ("plotting",),
    ("model_selection",),
    ("neural",),
    ("datasets",),
    ("recipes",),
    ("prediction",),
    ("persistence",),
    ("review",),
    ("",),
    ("cli",),
)

# Displays draw and reports compute. scikit-learn's form asks a Display to be made from
# an estimator, so these two compute a report first, when they are asked to.
TOLERATED = {
    ("plotting._leakage", "model_selection._leakage"),
    ("plotting._voting_comparison", "model_selection._compare_votings"),
}

FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
MODULES = {
    name.removesuffix("__init__").rstrip("."): path for name, path in FILES.items()
}
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}


def imported(tree):
    """Pairs (module, name or None) of the package that a file imports, lazily too."""
    for node in ast.walk(tree):
        # Relative imports hide the room; ruff refuses them (TID252).
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            if re.match(r"skgenre\b", node.module):
                for alias in node.names:
                    yield node.module, alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if re.match(r"skgenre\b", alias.name):
                    yield alias.name, None
        elif isinstance(node, ast.Call) and "import_module" in ast.dump(node.func):
            for argument in node.args:
                value = getattr(argument, "value", None)
                if isinstance(value, str) and re.match(r"skgenre\b", value):
                    yield value, None


def targets(name):
    """Modules of the package that a module imports."""
    for module, attribute in imported(TREES[name]):
        inner = module.removeprefix("skgenre").lstrip(".")
        whole = f"{inner}.{attribute}".lstrip(".")
        yield whole if whole in MODULES else inner


EDGES = {name: set(targets(name)) - {name} for name in MODULES}


def floor_of(name):
    fitting = [
        (len(room), floor)
        for floor, rooms in enumerate(LAYERS)
        for room in rooms
        if name == room or name.startswith(f"{room}.") or not (room or name)
    ]
    assert fitting, f"{name} is in no room of LAYERS"
    return max(fitting)[1]


@pytest.mark.parametrize("name", [n for n in MODULES if n])
def test_imports_run_downwards(name):
    up = {
        target
        for target in EDGES[name]
        if floor_of(target) > floor_of(name) and (name, target) not in TOLERATED
    }
    assert not up


def test_there_is_no_circle():
    edges = {
        name: {t for t in found if (name, t) not in TOLERATED}
        for name, found in EDGES.items()
    }
    # Raises CycleError, which names the circle.
    assert len(list(TopologicalSorter(edges).static_order())) >= len(MODULES)


def test_tolerated_imports_are_still_there_and_lazy():
    for name, target in TOLERATED:
        assert target in EDGES[name]
        top = ast.Module(
            [n for n in TREES[name].body if isinstance(n, ast.Import | ast.ImportFrom)],
            type_ignores=[],
        )
        assert f"skgenre.{target}" not in {module for module, _ in imported(top)}


@pytest.mark.parametrize("name", MODULES)
def test_private_names_stay_in_their_file(name):
    tree = TREES[name]
    bound = {}
    for module, attribute in imported(tree):
        inner = module.removeprefix("skgenre").lstrip(".")
        if attribute is None:
            continue
        if f"{inner}.{attribute}".lstrip(".") in MODULES:
            bound[attribute] = module  # a module, whose attributes are looked at below
        else:
            assert not attribute.startswith("_") or attribute.startswith("__")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            assert getattr(node.value, "id", None) not in bound, node.attr


@pytest.mark.parametrize(
    "path",
    [*PACKAGE.rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_arguments_are_named_where_they_are_passed(path):
    """``f(*(a, b), x=c)`` hides which argument is which."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Starred):
            literal = isinstance(node.value, ast.Tuple | ast.List)
            assert not literal, f"line {node.lineno}"


def has_behaviour(tree):
    kinds = (ast.FunctionDef, ast.ClassDef)
    return any(isinstance(node, kinds) for node in tree.body)


@pytest.mark.parametrize(
    "name", [n for n, tree in TREES.items() if n and has_behaviour(tree)]
)
def test_each_module_has_a_test_file_of_its_name(name):
    *rooms, file = name.split(".")
    expected = ROOT.joinpath("tests", *rooms, f"test_{file.lstrip('_')}.py")
    assert expected.is_file(), f"no {expected.relative_to(ROOT)}"


def test_every_public_name_stands_in_one_list():
    """A stub's line names a file of its own folder; the package's stub names none."""
    lists = {path.parent: path.read_text() for path in PACKAGE.rglob("__init__.pyi")}
    seen = {}
    for folder, text in lists.items():
        for node in ast.parse(text).body:
            if not isinstance(node, ast.ImportFrom) or node.names[0].name == "*":
                continue
            for alias in node.names:
                assert alias.asname == alias.name
                assert alias.name not in seen, f"{alias.name}: {seen.get(alias.name)}"
                seen[alias.name] = folder
    assert len(seen) > 30


# -- dependencies ---------------------------------------------------------------------


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = {"": project["dependencies"], **extras}
    return {
        extra: {re.match(r"[\w-]+", line)[0].lower() for line in lines} - {"skgenre"}
        for extra, lines in wanted.items()
    }


def third_party(paths):
    """Names of distributions that files import, by statement or by `require`."""
    modules = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules.add(node.module)
            elif isinstance(node, ast.Call) and node.args:
                called = ast.unparse(node.func).rpartition(".")[2]
                if called in ("require", "_require", "import_module", "importorskip"):
                    first = node.args[0]
                    if isinstance(first, ast.Constant):
                        modules.add(first.value)
    homes = packages_distributions()
    tops = {module.partition(".")[0] for module in modules}
    return {homes[top][0].lower() for top in tops if top in homes} - {"skgenre"}


def test_dependencies_declared_are_dependencies_imported():
    wanted = declared()
    of_tests = wanted.pop("test")
    of_package = set().union(*wanted.values())
    assert third_party(PACKAGE.rglob("*.py")) == of_package
    used = third_party(
        [*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    )
    run_as_programs = {"mypy", "pytest-xdist", "ruff"}
    assert of_tests - run_as_programs <= used
    # torch is one of the contenders of a benchmark, which goes without where it lacks.
    assert used - {"torch"} <= of_package | of_tests
