import sys

import numpy as np
import pytest

from skgenre._optional import require


def test_what_is_there_is_imported():
    assert require("numpy", "plot", "anyone") is np
    # Parts of packages too.
    assert require("numpy.linalg", "plot", "anyone") is np.linalg


def test_what_is_missing_says_which_extra_brings_it():
    with pytest.raises(ModuleNotFoundError) as caught:
        require("no_such_package", "keras", "MILClassifier")
    assert str(caught.value) == (
        "MILClassifier needs no_such_package. Install it with: "
        'pip install "skgenre[keras]"'
    )
    assert caught.value.name == "no_such_package"
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)
    with pytest.raises(ModuleNotFoundError, match=r"^X needs no_such_package\."):
        require("no_such_package.part", "hmm", "X")


def test_a_package_that_lacks_one_of_its_own(tmp_path, monkeypatch):
    # Another package is missing than the extra brings: the error is left as it is.
    (tmp_path / "half_installed.py").write_text("import no_such_dependency\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError) as caught:
        require("half_installed", "plot", "anyone")
    assert str(caught.value) == "No module named 'no_such_dependency'"
    with pytest.raises(ModuleNotFoundError) as caught:
        require("numpy.no_such_part", "plot", "anyone")
    assert str(caught.value) == "No module named 'numpy.no_such_part'"


def test_hidden_packages(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError, match=r"timeline needs pandas.*\[plot\]"):
        require("pandas", "plot", "timeline")
