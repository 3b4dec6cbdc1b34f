"""The door to Keras: late, quiet, and with a seed."""

import random
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import skgenre.neural
from skgenre._keras import load_keras, seeded

needs_keras = pytest.mark.skipif(
    find_spec("keras") is None, reason="Keras is not installed"
)


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )


# -- import ---------------------------------------------------------------------------


@needs_keras
def test_nothing_is_written_to_the_standard_error(monkeypatch):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    result = python(
        """
import logging, numpy as np
from skgenre.neural import KerasWindowClassifier, MILClassifier
X, y = np.random.default_rng(0).normal(size=(20, 3)), ["a", "b"] * 10
for kind in (KerasWindowClassifier, MILClassifier):
    model = kind("linear", epochs=2, random_state=0).fit(X, y)
    print(model.predict(X).shape)
# What TensorFlow says once a search has made some networks.
logger = logging.getLogger("tensorflow")
logger.warning("5 out of the last %d calls triggered tf.function retracing", 9)
"""
    )
    assert result.stderr == ""
    assert result.stdout == "(20,)\n" * 2


def test_without_keras_the_package_says_what_to_install():
    result = python(
        """
import sys
class Missing:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in ("keras", "tensorflow", "scikeras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing)
import skgenre.neural
print(dir(skgenre.neural)[:2])
for name in skgenre.neural.__all__:
    try:
        getattr(skgenre.neural, name)
    except ModuleNotFoundError as error:
        print(error)
"""
    )
    names = skgenre.neural.__all__
    assert len(names) > 5
    said = result.stdout.count('Install it with: pip install "skgenre[keras]"')
    assert said == len(names)


def test_loading_the_module_loads_no_keras():
    result = python(
        "import sys, skgenre.neural; print('keras' in sys.modules)\n"
        "try: skgenre.neural.nothing\n"
        "except AttributeError as error: print(error)"
    )
    assert result.stdout.splitlines() == [
        "False",
        "No skgenre.neural attribute nothing",
    ]


@needs_keras
def test_only_chatter_is_held_back():
    """Lines as TensorFlow's C++ side writes them, and others, to file descriptor 2."""
    result = python(
        """
import os, sys
from skgenre._keras import _without_chatter
with _without_chatter():
    os.write(2, b"I0000 00:00:1795234788.43 port.cc:153] oneDNN is on\\n")
    os.write(2, b"2026-01-02 03:04:05.678901: W tensorflow/x.cc:9] no GPU\\n")
    os.write(2, b"something else\\n")
try:
    with _without_chatter():
        os.write(2, b"E0000 00:00:1795234788.43 port.cc:153] a cause\\n")
        raise KeyError("told")
except KeyError as error:
    print(error)
"""
    )
    # Where loading fails, the chatter may say why.
    assert result.stderr.splitlines() == [
        "something else",
        "E0000 00:00:1795234788.43 port.cc:153] a cause",
    ]
    assert result.stdout == "'told'\n"


# -- seed -----------------------------------------------------------------------------


@needs_keras
def test_seeding_restores_every_global_state():
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002 - the global state is what this is about
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002

    keras = load_keras("tests")

    def draw():
        with seeded(3):
            return np.asarray(keras.layers.Dense(2).kernel_initializer((2, 2)))

    assert (draw() == draw()).all()
    after = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert before == after


def test_without_a_seed_nothing_is_done():
    state = random.getstate()
    with seeded(None):
        first = random.random()
    random.setstate(state)
    assert first == random.random()


@needs_keras
def test_the_state_is_restored_after_an_error():
    state = random.getstate()
    with pytest.raises(KeyError), seeded(3):
        raise KeyError
    assert random.getstate() == state
