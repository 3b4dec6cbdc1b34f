"""What both classifiers may be given, and arguments PART__NAME for their parts."""

import inspect
from numbers import Integral, Real
from typing import Any, ClassVar, Self

from skgenre._sklearn import Interval, StrOptions
from skgenre.neural._training import SCHEDULES

TRAINING: dict[str, list] = {
    "learning_rate": [Interval(Real, 0, None, closed="neither")],
    "schedule": [StrOptions(set(SCHEDULES))],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "epochs": [Interval(Integral, 1, None, closed="left")],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither"), None],
    "patience": [Interval(Integral, 1, None, closed="left"), None],
    "standardize": ["boolean"],
    "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    "class_weight": [dict, StrOptions({"balanced"}), None],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}


def of_part(params: dict[str, Any], part: str) -> dict[str, Any]:
    """Arguments called ``PART__NAME``, by their names in that part.

    Parameters
    ----------
    params : dict of str to object
        Parameters of an estimator.
    part : str
        Such as "model".

    Returns
    -------
    dict of str to object
        Arguments of the part.
    """
    prefix = f"{part}__"
    return {
        name.removeprefix(prefix): value
        for name, value in params.items()
        if name.startswith(prefix)
    }


class RoutedParams:
    """Mixin of estimators whose ``__init__`` takes ``PART__NAME`` arguments.

    They are kept as attributes and are parameters for `get_params`, `set_params` and
    `sklearn.base.clone`, though no signature can name them.
    """

    _parts: ClassVar[tuple[str, ...]] = ()

    def _further(self) -> dict[str, Any]:
        """All arguments of ``__init__`` that its signature does not name."""
        named = inspect.signature(type(self).__init__).parameters
        # Learned names end in _, and what is private begins with one.
        return {
            name: value
            for name, value in vars(self).items()
            if name not in named and not name.startswith("_") and name[-1] != "_"
        }

    def _routed(self, part: str) -> dict[str, Any]:
        """Arguments of one part, by their names there."""
        return of_part(self._further(), part)

    def _check_routed(self) -> None:
        prefixes = tuple(f"{part}__" for part in self._parts)
        for name in self._further():
            if not name.startswith(prefixes):
                raise ValueError(
                    f"Got {name}=..., which is no parameter of {type(self).__name__}. "
                    f"Arguments of its parts begin with {' or '.join(prefixes)}."
                )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get parameters.

        Parameters
        ----------
        deep : bool, default=True
            As in scikit-learn.

        Returns
        -------
        dict of str to object
            Parameters by name.
        """
        return {**super().get_params(deep=deep), **self._further()}  # type: ignore[misc]

    def set_params(self, **params: Any) -> Self:
        """Set parameters.

        Parameters
        ----------
        **params
            Parameters by name.

        Returns
        -------
        self : object
            The estimator.
        """
        rest = {}
        for name, value in params.items():
            part, separator, _ = name.partition("__")
            # scikit-learn would look for a nested estimator of that name.
            if separator and part in self._parts:
                setattr(self, name, value)
            else:
                rest[name] = value
        super().set_params(**rest)  # type: ignore[misc]
        return self
