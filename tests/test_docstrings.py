"""Every public docstring is complete, by numpydoc's own validation."""

import importlib
import inspect

import pytest
from discovery import public_modules

validate = pytest.importorskip("numpydoc.validate").validate

CHECKS = {
    *("GL01", "GL02", "GL03", "GL05", "GL07", "GL08", "GL09", "GL10"),
    *("SS01", "SS02", "SS03", "SS04"),
    *("PR01", "PR02", "PR03", "PR04", "PR05", "PR06", "PR07", "PR08", "PR09", "PR10"),
    *("RT01", "RT03", "RT04", "RT05", "YD01"),
}
MODULES = public_modules()


def public_names():
    for module in MODULES:
        for name in importlib.import_module(module).__all__:
            thing = getattr(importlib.import_module(module), name)
            if inspect.ismodule(thing):
                continue
            yield f"{module}.{name}"
            if inspect.isclass(thing):
                for attribute, member in vars(thing).items():
                    if inspect.isroutine(member) and not attribute.startswith("_"):
                        yield f"{module}.{name}.{attribute}"


@pytest.mark.parametrize("name", list(public_names()))
def test_docstring(name):
    errors = [
        f"{code}: {text}" for code, text in validate(name)["errors"] if code in CHECKS
    ]
    assert errors == []


@pytest.mark.parametrize(
    "name", [name for name in public_names() if name.rpartition(".")[2][0].isupper()]
)
def test_classes_have_a_running_example(name):
    module, _, attribute = name.rpartition(".")
    assert ">>>" in inspect.getdoc(getattr(importlib.import_module(module), attribute))
