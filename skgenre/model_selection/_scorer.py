"""Scores of songs for those who keep flat windows and groups."""

import inspect
from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.metadata_routing import MetadataRequest

from skgenre._by_song.numbering import checked_length, collapse_labels, factorize_groups
from skgenre._sklearn import BaseScorer
from skgenre.model_selection._checks import check_choice
from skgenre.windows._song_windows import SongWindows

_RESPONSES = ("predict", "predict_proba")


def make_group_scorer(
    metric: Callable[..., float],
    *,
    response_method: Literal["predict", "predict_proba"] = "predict",
    greater_is_better: bool = True,
    **kwargs: Any,
) -> "GroupScorer":
    """Make a scorer of songs out of a metric, for windows with ``groups=``.

    The scorers of scikit-learn count windows, so that long songs count more, and they
    cannot pass `groups` to `predict` [1]_. This one passes them on, takes the verdict
    and the label of each song once, and gives these to the metric.

    Parameters
    ----------
    metric : callable
        ``metric(y_true, y_pred, **kwargs) -> float``, such as
        `sklearn.metrics.f1_score`; with one value per song.
    response_method : {"predict", "predict_proba"}, default="predict"
        What the metric takes as `y_pred`: labels of shape (n_songs,), or probabilities
        of shape (n_songs, n_classes); with two classes those of the second one,
        or of `pos_label`, of shape (n_songs,).
    greater_is_better : bool, default=True
        False for losses, whose sign is turned.
    **kwargs
        Further parameters of the metric, such as ``average="macro"``.

    Returns
    -------
    GroupScorer
        For `scoring` of `cross_val_score`, `GridSearchCV` and so on. It requests
        `groups` by default, so metadata routing must be enabled, or
        ``scorer(estimator, X, y, groups=groups)`` for a fitted estimator.

    See Also
    --------
    GroupVotingClassifier.score : Accuracy over songs, with no scorer needed.
    SongWindows : Rows that are songs, with which all scorers work unmodified.

    Notes
    -----
    Where `groups` do not arrive the scorer raises. `cross_val_score` turns that into a
    warning and a score of NaN, unless ``error_score="raise"``.

    References
    ----------
    .. [1] https://github.com/scikit-learn/scikit-learn/issues/27977

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.metrics import f1_score
    >>> from sklearn.model_selection import StratifiedGroupKFold, cross_val_score
    >>> from skgenre import GroupVotingClassifier
    >>> from skgenre.model_selection import make_group_scorer
    >>> rng = np.random.default_rng(0)
    >>> song = np.repeat(np.arange(40), 5)
    >>> y = np.array(["jazz", "rock"])[song % 2]
    >>> X = rng.normal(size=(200, 3)) + 0.5 * (y == "rock")[:, None]
    >>> with sklearn.config_context(enable_metadata_routing=True):
    ...     scores = cross_val_score(
    ...         GroupVotingClassifier(LogisticRegression()), X, y,
    ...         scoring=make_group_scorer(f1_score, average="macro"),
    ...         cv=StratifiedGroupKFold(4), params={"groups": song},
    ...     )
    >>> scores.round(2)
    array([1.  , 0.8 , 0.49, 1.  ])
    """
    expected = (
        "expected a function metric(y_true, y_pred), such as sklearn.metrics.f1_score."
    )
    if not callable(metric):
        raise ValueError(f"Got metric={metric!r}, but {expected}")
    if isinstance(metric, BaseScorer):
        raise ValueError(f"Got metric={metric!r}, a scorer, but {expected}")
    check_choice("response_method", response_method, _RESPONSES)
    sign = 1 if greater_is_better else -1
    return GroupScorer(metric, sign, kwargs, response_method)


class GroupScorer(BaseScorer):
    """Scorer of songs: what `make_group_scorer` returns.

    Parameters
    ----------
    score_func : callable
        The metric.
    sign : {1, -1}
        -1 for losses.
    kwargs : dict
        Further parameters of the metric.
    response_method : {"predict", "predict_proba"}
        What the metric takes.
    """

    def get_metadata_routing(self) -> MetadataRequest:
        """Tell which metadata are wanted: `groups`, unless something else was said.

        Returns
        -------
        MetadataRequest
            As scikit-learn's tools ask for it.
        """
        # Said here, as a class attribute for it is not read by scikit-learn 1.8.
        routing = super().get_metadata_routing()
        if "groups" not in routing.score.requests:
            routing.score.add_request(param="groups", alias=True)
        return routing

    def set_score_request(self, **requests: Any) -> Self:
        """Request metadata; `groups` is requested unless it is named here.

        Parameters
        ----------
        **requests
            ``name=True``, False, None or the name under which it is passed.

        Returns
        -------
        GroupScorer
            Itself.
        """
        return super().set_score_request(**{"groups": True, **requests})

    # scikit-learn's __call__ knows no groups as long as no routing is enabled.
    def __call__(
        self,
        estimator: Any,
        X: SongWindows | ArrayLike,
        y_true: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        **kwargs: Any,
    ) -> float:
        """Score a fitted estimator.

        Parameters
        ----------
        estimator : GroupVotingClassifier or Pipeline that ends in one
            Fitted.
        X : array-like of shape (n_windows, n_features), or SongWindows
            Windows, or songs.
        y_true : array-like of shape (n_rows,)
            The true label of each row.
        sample_weight : array-like of shape (n_rows,), default=None
            Weight of each row; a song weighs the mean of its windows' weights.
        groups : array-like of shape (n_rows,)
            The song of each window. Not used where `X` is a `SongWindows`, whose rows
            are songs.
        **kwargs
            Further metadata for the metric, as requested.

        Returns
        -------
        float
            The metric over songs, each counted once.
        """
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        return self._score(None, estimator, X, y_true, groups=groups, **kwargs)

    def _score(
        self,
        method_caller: Any,
        estimator: Any,
        X: Any,
        y_true: Any,
        groups: Any = None,
        **kwargs: Any,
    ) -> float:
        del method_caller  # it cannot pass groups
        # Searches predict with what they found, and take no groups themselves.
        while hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        self._warn_overlap("Parameters of the metric are also metadata.", kwargs)
        respond = getattr(estimator, self._response_method)
        if isinstance(X, SongWindows):
            y, response = np.asarray(y_true), respond(X)
        else:
            _check_groups(groups, respond, estimator)
            y = np.asarray(y_true)
            codes, song_ids = factorize_groups(groups, len(y))
            response = np.asarray(respond(X, groups=groups))
            response = _of_songs(response, codes, estimator)  # (n_songs, ...)
            y = collapse_labels(y, codes, song_ids)  # (n_songs,)
            if kwargs.get("sample_weight") is not None:
                # The mean of a song's windows.
                weight = np.bincount(codes, weights=kwargs["sample_weight"])
                kwargs["sample_weight"] = weight / np.bincount(codes)
        if response.ndim == 2 and response.shape[1] == 2:
            # (n_songs, 2) to (n_songs,), as scikit-learn's metrics of two classes want
            response = response[:, self._column(estimator.classes_)]
        return self._sign * self._score_func(y, response, **{**self._kwargs, **kwargs})

    def _column(self, classes: np.ndarray) -> int:
        label = self._get_pos_label()
        known = classes.tolist()
        # 1 is what metrics have by default, whatever the labels are.
        return known.index(label) if label in known else 1

    def __repr__(self) -> str:
        parts = [getattr(self._score_func, "__name__", repr(self._score_func))]
        parts.append(f"response_method={self._response_method!r}")
        parts += ["greater_is_better=False"] if self._sign < 0 else []
        parts += [f"{name}={value!r}" for name, value in self._kwargs.items()]
        return f"make_group_scorer({', '.join(parts)})"


def _of_songs(response: np.ndarray, codes: np.ndarray, estimator: Any) -> np.ndarray:
    """Take the one response of each song, (n_songs, ...), of those of its rows."""
    per_row = response[..., 0] if response.ndim > 1 else response
    checked_length(per_row, len(codes), "y_true", "row of X")
    # Any row of a song will do: all carry the song's verdict.
    rows = np.empty(codes.max(initial=-1) + 1, np.intp)
    rows[codes] = np.arange(len(codes))
    of_song = response[rows]
    if not np.array_equal(response, of_song[codes]):
        raise ValueError(
            f"{type(estimator).__name__} gives windows of one song different verdicts, "
            "but expected one per song. Wrap it: GroupVotingClassifier(classifier)."
        )
    return of_song


def _check_groups(
    groups: ArrayLike | None, respond: Callable[..., Any], estimator: Any
) -> None:
    if groups is None:
        raise ValueError(
            "Got no groups, but scores of songs need the song of each window. Call "
            "sklearn.set_config(enable_metadata_routing=True), and pass "
            'params={"groups": groups} to cross_val_score and cross_validate, or '
            "groups=groups to the fit of GridSearchCV. Without routing scikit-learn "
            "never hands groups to a scorer. With a SongWindows as X none are needed."
        )
    parameters = inspect.signature(respond).parameters.values()
    if not any(p.name == "groups" or p.kind is p.VAR_KEYWORD for p in parameters):
        raise ValueError(
            f"Got {type(estimator).__name__}, whose {respond.__name__} takes no groups "
            "and gives windows, not songs. Wrap the classifier of windows: "
            "GroupVotingClassifier(classifier)."
        )
