"""What y and sample_weight say of rows, songs and windows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from skgenre._sklearn import check_sample_weight
from skgenre.windows._checks import NOTHING_TO_FIT, checked_y, one_class, warn_unheard
from skgenre.windows._inputs import SongInput

# Songs of one class this many times as long as those of another tilt a classifier.
_UNEVEN = 4


@dataclass(frozen=True)
class LabelledSongs:
    """Songs, their labels and their weights.

    Parameters
    ----------
    songs : SongInput
        What X holds.
    y : array of shape (n_rows,)
        The label of each row.
    weight : float array of shape (n_rows,) or None
        Weight of each row; all 1 if None.
    song_balanced : bool, default=False
        Whether each song shall weigh the same, however many windows it has.
    """

    songs: SongInput
    y: np.ndarray
    weight: np.ndarray | None
    song_balanced: bool = False

    @cached_property
    def song_y(self) -> np.ndarray:
        """The label of each song, (n_songs,)."""
        return self.songs.of_songs(self.y)

    @property
    def window_y(self) -> np.ndarray:
        """The label of each window, (n_windows,): that of its song."""
        return self.songs.of_windows(self.y)

    @property
    def song_weight(self) -> np.ndarray | None:
        """The weight of each song, (n_songs,): the mean of its rows'."""
        return None if self.weight is None else self.songs.mean_of_songs(self.weight)

    @property
    def window_weight(self) -> np.ndarray | None:
        """The weight of each window, (n_windows,); None for all 1."""
        weight = None if self.weight is None else self.songs.of_windows(self.weight)
        if not self.song_balanced:
            return weight
        codes, counts = self.songs.codes, self.songs.counts
        # Scaled so that the windows' mean weight is 1, as without balance.
        balance = len(codes) / self.songs.heard.sum() / counts[codes]
        return balance if weight is None else balance * weight

    def class_shares(self, *, caller: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Learn the classes and their shares, and warn of songs without windows.

        Parameters
        ----------
        caller : str
            Who asks, for errors.

        Returns
        -------
        classes : array of shape (n_classes,)
            The labels, sorted.
        class_index : int array of shape (n_songs,)
            The class of each song.
        shares : float array of shape (n_classes,)
            (Weighted) share of each class among the songs.
        """
        classes, class_index = np.unique(self.song_y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(one_class(caller, "songs", classes))
        shares = np.bincount(
            class_index, weights=self.song_weight, minlength=len(classes)
        )
        if shares.sum() <= 0:
            raise ValueError("The sample weights add up to 0; expected more.")
        self._report_unheard(classes, class_index)
        return classes, class_index, shares / shares.sum()

    def window_shares(self, classes: np.ndarray) -> np.ndarray:
        """Share of each class among the windows, by their weights.

        Parameters
        ----------
        classes : array of shape (n_classes,)
            The labels, sorted.

        Returns
        -------
        float array of shape (n_classes,)
            Add up to one.
        """
        shares = np.bincount(
            np.searchsorted(classes, self.window_y),
            weights=self.window_weight,
            minlength=len(classes),
        )
        return shares / shares.sum()

    def uneven_lengths(self, classes: np.ndarray) -> str:
        """Say which classes have far longer songs than others, and what that does.

        Parameters
        ----------
        classes : array of shape (n_classes,)
            The labels, sorted.

        Returns
        -------
        str
            A sentence; empty if songs are of about the same length, or weights make up
            for it.
        """
        if self.song_balanced:
            return ""
        heard = self.songs.heard
        class_index = np.searchsorted(classes, self.song_y[heard])
        n_songs = np.bincount(class_index, minlength=len(classes))
        n_windows = np.bincount(
            class_index, weights=self.songs.counts[heard], minlength=len(classes)
        )
        # Classes without a window are said elsewhere.
        length = n_windows[n_songs > 0] / n_songs[n_songs > 0]
        longest, shortest = int(length.argmax()), int(length.argmin())
        if length[longest] <= _UNEVEN * length[shortest]:
            return ""
        names = classes[n_songs > 0].tolist()
        return (
            f"Songs of class {names[longest]!r} have {length[longest]:.3g} windows on "
            f"average, those of {names[shortest]!r} {length[shortest]:.3g}, so the "
            f"classifier of windows takes {names[longest]!r} for the likelier before "
            "it has heard anything. "
        )

    def _report_unheard(self, classes: np.ndarray, class_index: np.ndarray) -> None:
        heard = self.songs.heard
        if not heard.any():
            raise ValueError(NOTHING_TO_FIT)
        if heard.all():
            return
        lost = np.delete(classes, np.unique(class_index[heard])).tolist()
        warn_unheard(
            self.songs.song_ids,
            heard,
            fate="are left out of fit",
            consequence=f" The class(es) {lost} cannot be learned." if lost else "",
            stacklevel=6,  # the caller of fit, which scikit-learn wraps
        )


def read_labels(songs: SongInput, y: Any) -> np.ndarray:
    """Check that there is one label per row of X.

    Parameters
    ----------
    songs : SongInput
        What X holds.
    y : array-like of shape (n_rows,)
        Labels.

    Returns
    -------
    array of shape (n_rows,)
        Labels.
    """
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    if y.ndim != 1 or len(y) != songs.n_rows:
        unit = "song" if songs.is_song_windows else "row of X"
        hint = ""
        if songs.is_song_windows and y.shape == songs.codes.shape:
            hint = " It looks like one per window; use X.collapse(y)."
        raise ValueError(
            f"y must have one label per {unit}: expected shape ({songs.n_rows},). "
            f"Got shape {y.shape}.{hint}"
        )
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError("Input y contains infinity or NaN, but expected labels.")
    return y


def read_weight(songs: SongInput, sample_weight: Any, **options: Any) -> Any:
    """Check that there is one weight per row of X.

    Parameters
    ----------
    songs : SongInput
        What X holds.
    sample_weight : array-like of shape (n_rows,) or None
        Weights.
    **options
        Of scikit-learn's check.

    Returns
    -------
    float array of shape (n_rows,) or None
        Weights.
    """
    if sample_weight is None:
        return None
    return check_sample_weight(sample_weight, np.empty((songs.n_rows, 1)), **options)


def label_songs(
    songs: SongInput,
    y: Any,
    sample_weight: Any,
    *,
    caller: str,
    song_balanced: bool = False,
    **options: Any,
) -> LabelledSongs:
    """Put songs, labels and weights together, checked.

    Parameters
    ----------
    songs : SongInput
        What X holds.
    y : array-like of shape (n_rows,)
        Labels.
    sample_weight : array-like of shape (n_rows,) or None
        Weights.
    caller : str
        Who asks, for errors.
    song_balanced : bool, default=False
        Whether each song shall weigh the same.
    **options
        Of scikit-learn's check of weights.

    Returns
    -------
    LabelledSongs
        Songs with labels.
    """
    labels = read_labels(songs, checked_y(y, caller=caller))
    check_classification_targets(labels)
    weight = read_weight(songs, sample_weight, **options)
    return LabelledSongs(songs, labels, weight, song_balanced)
