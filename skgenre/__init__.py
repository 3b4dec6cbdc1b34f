"""One honest verdict per song, from classifiers that only see windows of it."""

import lazy_loader

from skgenre import audio, features, persistence, prediction, voting, windows

__version__ = "0.1.0"

# Names are imported when first used: scipy.signal, pipelines and metrics cost what
# someone who only aggregates probabilities should not pay. Each stands in one list,
# the __init__.pyi of the step that it belongs to.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=(
        "datasets",
        "model_selection",
        "neural",
        "plotting",
        "recipes",
        "reporting",
    ),
    submod_attrs={
        step.__name__.rpartition(".")[2]: step.__all__
        for step in (audio, windows, features, voting, prediction, persistence)
    },
)
