"""WindowFeaturizer: what all featurizers share, and what a new one adds."""

import os
from numbers import Integral, Real
from typing import Any, ClassVar

import joblib
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skgenre._sklearn import (
    Interval,
    check_feature_names_in,
    fit_context,
)
from skgenre.features._extract import map_windows
from skgenre.windows._frame_windower import SAMPLE_RATE
from skgenre.windows._song_windows import SongWindows


class WindowFeaturizer(TransformerMixin, BaseEstimator):
    """What featurizers share: audio windows or an array in, the same form out.

    A subclass gives `_recipe`, a picklable function from (n_windows, n_samples) and
    the sample rate to an array with a row per window, and `_feature_names`.
    """

    _parameter_constraints: ClassVar[dict] = {
        "sample_rate": [Interval(Real, 0, None, closed="neither"), None],
        "memory": [str, os.PathLike, joblib.Memory, None],
        "output": [str, os.PathLike, None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the parameters against the windows; nothing is learned from them.

        Parameters
        ----------
        X : SongWindows of audio, or float array of shape (n_windows, n_samples)
            The windows.
        y : ignored
            Not used.

        Returns
        -------
        self : object
            Fitted.
        """
        del y
        sample_rate = self._sample_rate_of(X)
        if isinstance(X, SongWindows):
            _check_audio(X, self)
            self.n_features_in_ = X.window_shape[0]
        else:
            X = validate_data(self, X, dtype=[np.float32, np.float64])
        self.sample_rate_ = sample_rate
        self._check_window(self.n_features_in_, sample_rate)
        self.errors_ = {}
        return self

    def transform(self, X):
        """Compute the features of every window.

        Parameters
        ----------
        X : SongWindows of audio, or float array of shape (n_windows, n_samples)
            The windows.

        Returns
        -------
        SongWindows or array
            The form of `X`, one row of features per window.
        """
        check_is_fitted(self)
        if not isinstance(X, SongWindows):
            X = validate_data(self, X, dtype=[np.float32, np.float64], reset=False)
            return self._recipe()(X, self._sample_rate_of(X))
        _check_audio(X, self)
        if X.window_shape[0] != self.n_features_in_:
            raise ValueError(
                f"{type(self).__name__} was fitted on windows of "
                f"{self.n_features_in_} samples. Got windows of {X.window_shape[0]}; "
                "use the FrameWindower that it was fitted with."
            )
        self._sample_rate_of(X)
        features = map_windows(
            X,
            self._recipe(),
            finish=self._finish(),
            feature_names=self.get_feature_names_out(),
            memory=self.memory,
            output=self.output,
            n_jobs=self.n_jobs,
            prefer=self._prefer(),
            verbose=self.verbose,
        )
        self.errors_ = dict(features.errors)
        return features

    def _finish(self):
        """Make something of all features of a song; nothing by default."""
        return None

    def _prefer(self):
        """What jobs are: numpy between short calls keeps threads from working."""
        return "processes"

    def get_feature_names_out(self, input_features=None):
        """Names of the features of a window.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Checked against the samples that were seen in fit; not used else.

        Returns
        -------
        array of str of shape (n_features,)
            One name per row of a window's features, or per column of a summary.
        """
        check_is_fitted(self)
        if input_features is not None:
            check_feature_names_in(self, input_features)
        return np.asarray(self._feature_names(), dtype=object)

    def _sample_rate_of(self, X):
        rate = X.sample_rate if isinstance(X, SongWindows) else None
        if rate is None:
            return SAMPLE_RATE if self.sample_rate is None else self.sample_rate
        if self.sample_rate is not None and self.sample_rate != rate:
            raise ValueError(
                f"Got sample_rate={self.sample_rate}, but the windows are at {rate}. "
                "Leave it None: windows know their own."
            )
        return rate

    def __sklearn_tags__(self):
        """Windows of silence and of noise alike give finite features."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _check_audio(windows: SongWindows, featurizer: Any) -> None:
    if len(windows.window_shape) != 1 or windows.feature_names is not None:
        raise ValueError(
            f"{type(featurizer).__name__} expects windows of audio, (n_samples,) each. "
            f"Got windows of shape {windows.window_shape}; put it behind FrameWindower."
        )
