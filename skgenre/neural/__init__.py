"""Networks on Keras: of windows, of whole songs, and their scikit-learn classifiers."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skgenre.neural._mil import MILClassifier
    from skgenre.neural._models import resnet_window_model, song_model, window_model
    from skgenre.neural._window_classifier import KerasWindowClassifier

_HOMES = {
    "KerasWindowClassifier": "_window_classifier",
    "MILClassifier": "_mil",
    "resnet_window_model": "_models",
    "song_model": "_models",
    "window_model": "_models",
}

__all__ = [
    "KerasWindowClassifier",
    "MILClassifier",
    "resnet_window_model",
    "song_model",
    "window_model",
]


def __getattr__(name: str) -> Any:
    # Keras is loaded by the modules that hold its layers and classes, not by this one.
    if name in _HOMES:
        module = importlib.import_module(f"skgenre.neural.{_HOMES[name]}")
        value = getattr(module, name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'skgenre.neural' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
