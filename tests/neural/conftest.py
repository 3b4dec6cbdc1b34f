import sys
from importlib.util import find_spec

import numpy as np
import pytest

# Without Keras there are no networks; tests/test_keras.py has what is said then.
has_keras = all(find_spec(name) for name in ("keras", "scikeras", "tensorflow"))
collect_ignore_glob = [] if has_keras else ["*.py"]


@pytest.fixture(autouse=True)
def _determinism_is_switched_off():
    """scikeras 0.13 leaves it on: random operations of later tests would want seeds."""
    if "tensorflow" in sys.modules:
        from tensorflow.python.framework import config

        config.disable_op_determinism()


@pytest.fixture(scope="session")
def matrices():
    """Six windows of 12 bands and 17 frames."""
    windows = np.random.default_rng(0).normal(size=(6, 12, 17)).astype(np.float32)
    windows.flags.writeable = False
    return windows


@pytest.fixture
def small_network():
    """Small network of windows of 12 bands and 17 frames, of four classes."""
    from skgenre.neural import window_model

    return window_model((12, 17), 4, hidden=5)
