"""What is public in the package, found by walking it."""

import importlib
import inspect
import pkgutil

from sklearn.base import BaseEstimator

import skgenre
from skgenre.voting import TrainedVoting


def public_modules():
    """Names of all modules without an underscore, the package itself first."""
    found = pkgutil.iter_modules(skgenre.__path__, "skgenre.")
    return ["skgenre", *(m.name for m in found if "._" not in m.name)]


def public_classes():
    """Every public class by the name of its home, in the order of those names."""
    found = {}
    for module in map(importlib.import_module, public_modules()):
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing):
                found[f"{thing.__module__}.{thing.__qualname__}"] = thing
    return dict(sorted(found.items()))


def estimator_classes():
    """Every public estimator."""
    return [cls for cls in public_classes().values() if issubclass(cls, BaseEstimator)]


def examples(*, of_arrays, networks=False):
    """Instances that each estimator gives of itself.

    Those that take arrays are scikit-learn's to check, votings that learn are ours.
    """
    return [
        example
        for cls in estimator_classes()
        if issubclass(cls, TrainedVoting) != of_arrays
        and (cls.__module__.startswith("skgenre.neural") == networks)
        for example in cls._examples()
    ]
