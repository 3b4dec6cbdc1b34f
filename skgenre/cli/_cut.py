"""How songs are cut: as the user says, or as it fits them."""

from typing import TYPE_CHECKING

from skgenre.cli._recipe import Cut, cut_of_network
from skgenre.cli._say import Speaker

if TYPE_CHECKING:
    from sklearn.utils import Bunch


def chosen_cut(
    say: Speaker,
    songs: "Bunch",
    *,
    recipe: str | None = None,
    window: float | None,
    hop: float | None,
    sample_rate: float | None,
    n_jobs: int,
    isolate: bool = False,
) -> Cut:
    """Choose window and rate where the user leaves it open; say which, and why.

    Parameters
    ----------
    say : Speaker
        Says it.
    songs : Bunch
        As from `load_songs`.
    recipe : str or None, default=None
        What the songs are cut for, where a network may be part of it.
    window, hop, sample_rate : float or None
        What the user gave.
    n_jobs : int
        Songs at a time.
    isolate : bool, default=False
        Whether files are decoded in processes of their own.

    Returns
    -------
    Cut
        All settled.
    """
    from skgenre.datasets import choose_windowing, survey_songs

    wanted = {"window": window, "hop": hop, "sample_rate": sample_rate}
    cut = None if recipe is None else cut_of_network(recipe, **wanted)
    if cut is not None:
        return cut
    if window is not None and sample_rate is not None:
        return Cut(window, hop, sample_rate)
    with say.step():
        survey = survey_songs(
            songs.data,
            decode=False,
            isolate=isolate,
            n_jobs=n_jobs,
            verbose=say.watched,
        )
        chosen = choose_windowing(
            survey, window_seconds=window, sample_rate=sample_rate, song=say.words.song
        )
    say.done(" ".join(chosen.reasons))
    # A hop that is chosen goes with the length that is.
    free = window is None and hop is None
    return Cut(
        window=chosen.window_seconds,
        hop=chosen.hop_seconds if free else hop,
        sample_rate=chosen.sample_rate,
    )
