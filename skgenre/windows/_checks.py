"""What is checked of songs in several rooms, and how it is said."""

import re
import warnings
from typing import Any

import numpy as np

from skgenre._wording import listed

NOTHING_TO_FIT = "None of the songs has a window; nothing can be fitted."


def one_class(caller: str, unit: str, labels: Any) -> str:
    """Say that there is one class only.

    Parameters
    ----------
    caller : str
        Who needs more.
    unit : str
        What has the labels: "songs" or "windows".
    labels : array of shape (1,)
        The only one.

    Returns
    -------
    str
        The message.
    """
    return (
        f"{caller} needs {unit} of at least 2 classes. Got only one class: "
        f"{labels.tolist()[0]!r}."
    )


def checked_y(y: Any, *, caller: str) -> Any:
    """Check that there is a y.

    Parameters
    ----------
    y : object
        What fit got.
    caller : str
        Who needs it.

    Returns
    -------
    object
        The same.
    """
    if y is None:
        # scikit-learn's checks look for these words.
        raise ValueError(f"{caller} requires y to be passed, but the target y is None.")
    return y


def warn_unheard(
    song_ids: np.ndarray,
    heard: np.ndarray,
    *,
    fate: str,
    consequence: str = "",
    stacklevel: int,
) -> None:
    """Warn of songs without windows, if there are any.

    Parameters
    ----------
    song_ids : array of shape (n_songs,)
        The songs' names.
    heard : bool array of shape (n_songs,)
        Which songs have windows.
    fate : str
        What becomes of the others.
    consequence : str, default=""
        A further sentence.
    stacklevel : int
        As of `warnings.warn`, from here.
    """
    unheard = song_ids[~heard]
    if len(unheard):
        warnings.warn(
            f"{len(unheard)} of {len(song_ids)} songs have no windows and {fate}: "
            f"{listed(unheard)}.{consequence}",
            UserWarning,
            stacklevel=stacklevel,
        )


def warn_weightless(
    song_ids: np.ndarray, n_songs: int, *, fate: str, stacklevel: int = 3
) -> None:
    """Warn of songs that have windows, but none that counts, if there are any.

    Parameters
    ----------
    song_ids : array of shape (n_weightless,)
        Their names.
    n_songs : int
        How many songs there are in all.
    fate : str
        What becomes of them.
    stacklevel : int, default=3
        As of `warnings.warn`, from here.
    """
    if len(song_ids):
        warnings.warn(
            f"{len(song_ids)} of {n_songs} songs have windows of weight 0 only and "
            f"{fate}: {listed(song_ids)}.",
            UserWarning,
            stacklevel=stacklevel,
        )


# What becomes of songs without windows at predict.
GET_CLASS_SHARES = "get the class shares of the training songs"


# Fewer songs of one window each are more likely to be what was meant.
_MANY_SONGS = 20


def warn_single_windows(codes: np.ndarray, song_ids: np.ndarray) -> None:
    """Warn where names of windows were given for names of songs.

    Parameters
    ----------
    codes : int array of shape (n_windows,)
        The song's number for each window.
    song_ids : array of shape (n_songs,)
        The songs' names.
    """
    n_songs = len(song_ids)
    if n_songs < _MANY_SONGS or len(codes) > n_songs or song_ids.dtype.kind not in "UO":
        return
    names = song_ids.tolist()
    if not all(isinstance(name, str) for name in names):
        return
    # What is left of "jazz.00054.7.wav" without its last number.
    stems = {re.sub(r"\d+(?=\D*$)", "", name) for name in names}
    # A number that is left tells songs apart; "rec_001.wav" and on are songs.
    numbered = any(re.search(r"\d", stem) for stem in stems)
    if not numbered or not 1 < len(stems) <= n_songs / 2:
        return
    warnings.warn(
        f"Each of the {n_songs:,} songs has one window, and without the last number in "
        f"their names, such as {names[0]!r}, there are {len(stems):,} different ones. "
        "If that number counts the windows of a song, every window is now scored as a "
        "song of its own. Take it off the names: "
        r"song=table[column].str.replace(r'\.\d+\.wav$', '', regex=True).",
        UserWarning,
        stacklevel=4,
    )
