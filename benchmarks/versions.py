"""What the quick tests came to with the lowest and the newest versions.

`.ci/versions FOLDER` makes the environments, runs the tests in each and leaves a
report of each beside it, NAME.xml. These are counted here, and after them NAME-*.xml,
of tests that were run again:

    python benchmarks/versions.py --runs FOLDER [--out DIR or FILE]
"""

import json
import subprocess
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from measure import arguments, result_path, write

# Those that the tests' outcome hangs on most; all that were there are in no report.
PACKAGES = (
    "numpy", "scipy", "scikit-learn", "numba", "joblib", "soundfile", "soxr", "av",
    "librosa", "pandas", "polars", "pyarrow", "matplotlib", "keras", "tensorflow",
    "onnxruntime", "skops", "typer",
)  # fmt: skip
ASKED = """
import json, platform, sys
from importlib.metadata import version
print(json.dumps({"python": platform.python_version(),
                  **{name: version(name) for name in sys.argv[1:]}}))
"""


def main():
    """Count the reports of all environments of a folder."""
    options = arguments(
        __doc__, recordings=False, runs=("/tmp/skgenre-versions", "the folder")
    )
    folder = Path(options.runs)
    runs = {}
    for config in sorted(folder.glob("*/pyvenv.cfg")):
        name = config.parent.name
        reports = [*folder.glob(f"{name}.xml"), *folder.glob(f"{name}-*.xml")]
        if reports:
            found = counted(sorted(reports, key=lambda path: path.stat().st_mtime))
            asked = versions(config.parent / "bin" / "python")
            runs[name] = {**found, "versions": asked}
            print(name, found["outcomes"])
    write({"runs": runs}, result_path(options.out, "versions"))


def counted(reports):
    """Count the outcomes of reports that pytest wrote with --junitxml.

    A test of several reports counts once, by the last of them: those that were run
    again after something was mended.

    Parameters
    ----------
    reports : iterable of Path

    Returns
    -------
    dict
        ``outcomes``: passed, failed, skipped (expected failures among them);
        ``failures``: the names of the tests that failed.
    """
    outcomes = {}
    for report in reports:
        for case in ElementTree.parse(report).iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            outcomes[name] = outcome(case)
    return {
        "outcomes": {
            "passed": 0, "failed": 0, "skipped": 0, **Counter(outcomes.values())
        },
        "failures": [name for name, what in outcomes.items() if what == "failed"],
    }  # fmt: skip


def outcome(case):
    """Return what became of one test."""
    kinds = {child.tag for child in case}
    if kinds & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in kinds else "passed"


def versions(python):
    """Ask an interpreter which versions it has."""
    command = [python, "-c", ASKED, *PACKAGES]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


if __name__ == "__main__":
    main()
