"""The door to Keras: opened when it is first used, without chatter; and its seed."""

import logging
import os
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skgenre._optional import require

# What TensorFlow's C++ side logs, such as "I0000 00:00:1795234788.43 port.cc:153] ...".
_CHATTER = re.compile(
    r"[IWEF]\d{4} |WARNING: All log messages before absl|To enable the following"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWEF] "
)


def load_keras(caller: str) -> Any:
    """Import Keras, or say which extra brings it.

    TensorFlow logs to the standard error when it is loaded and when it first looks for
    a GPU, some of it whatever TF_CPP_MIN_LOG_LEVEL says. These lines are held back,
    unless the variable is set to 0.

    Parameters
    ----------
    caller : str
        What needs Keras.

    Returns
    -------
    module
        `keras`.
    """
    # A search makes many networks; that each is compiled once is no news.
    logging.getLogger("tensorflow").addFilter(_is_news)
    if "keras" in sys.modules:
        return require("keras", "keras", caller)
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") == "0":
        return require("keras", "keras", caller)
    with _without_chatter():
        keras = require("keras", "keras", caller)
        keras.ops.zeros(1)  # looks for a GPU
    return keras


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of TensorFlow's logger is to be shown."""
    return "tf.function retracing" not in str(record.msg)


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Hold back what is written to file descriptor 2, and pass on the rest."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    failed = True
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
            failed = False
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()  # what Python still holds was written before
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            for line in held.read().decode(errors="replace").splitlines(keepends=True):
                # Where loading fails, the chatter may say why.
                if failed or not _CHATTER.match(line):
                    os.write(2, line.encode())


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Make what Keras draws depend on a seed alone, and restore what was before.

    Layers and initializers without a seed of their own take one from Python's
    `random`. On a GPU, TensorFlow's operations are made deterministic meanwhile; on a
    CPU they are.

    Parameters
    ----------
    seed : int or None
        Nothing is done if None.

    Yields
    ------
    None
    """
    if seed is None:
        yield
        return
    # All that Keras draws from, for whatever has no seed of its own.
    state = random.getstate()
    random.seed(seed)
    try:
        with _deterministic():
            yield
    finally:
        random.setstate(state)


@contextmanager
def _deterministic() -> Iterator[None]:
    """Let TensorFlow add numbers in the same order each time, on a GPU."""
    keras = load_keras("skgenre.neural")
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow

    # On a CPU they are deterministic as it is.
    if not tensorflow.config.list_physical_devices("GPU"):
        yield
        return
    # What enables it is public, what disables it is not.
    from tensorflow.python.framework import config

    was_enabled = config.is_op_determinism_enabled()
    config.enable_op_determinism()
    try:
        yield
    finally:
        if not was_enabled:
            config.disable_op_determinism()
