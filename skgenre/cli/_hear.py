"""What a command hears: features of all songs, once, and the songs that can be used.

::

    recipe ─► its votes ─► features of all songs, once ─► songs that all recipes hear
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre.cli._errors import UserError, bad_files, in_options
from skgenre.cli._judges import Judge, features_of, judges_of
from skgenre.cli._say import Speaker, below
from skgenre.datasets._unit import plural

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline
    from sklearn.utils import Bunch

    from skgenre import FrameWindower, SongWindows

# What is said of single songs is said once, with their names in the folder.
_SAID_LATER = (" songs could not be used", " Hz, read at ")


@dataclass(frozen=True)
class Heard:
    """A recipe, and what it hears of all songs.

    Parameters
    ----------
    model : Pipeline
        The recipe; what cuts songs and computes features is fitted.
    judges : list of Judge
        Its votes, not fitted.
    features : list of SongWindows
        What each votes over: all songs; bad ones have no windows.
    seconds : float
        What reading and features took.
    """

    model: "Pipeline"
    judges: list[Judge]
    features: list["SongWindows"]
    seconds: float

    @property
    def n_windows(self) -> int:
        """Of all songs and lengths."""
        return sum(own.n_windows for own in self.different())

    def different(self) -> list["SongWindows"]:
        """List features once, which several votes may share."""
        return list({id(own): own for own in self.features}.values())

    def of(self, songs: np.ndarray) -> list["SongWindows"]:
        """Give what each votes over of some songs, by their positions."""
        chosen = {id(own): own[songs] for own in self.different()}
        return [chosen[id(own)] for own in self.features]


def hear(
    say: Speaker,
    songs: "Bunch",
    model: "Pipeline",
    *,
    name: str,
    data: Path,
    options: Collection[str],
) -> Heard:
    """Compute the features of a recipe, with a bar; say what was done, and advice.

    Parameters
    ----------
    say : Speaker
        Says it.
    songs : Bunch
        As from `load_songs`.
    model : Pipeline
        From `recipe_model`.
    name : str
        Of the recipe.
    data : Path
        Where the songs are, for their names.
    options : collection of str
        Options of the command, for advice: such as "--window".

    Returns
    -------
    Heard
        Of all songs.

    Raises
    ------
    UserError
        If songs cannot be read, and the recipe is not to leave them out.
    """
    from skgenre import AudioError

    judges = judges_of(model)
    _set_bars(judges, say.watched)
    try:
        with say.step(unsaid=_SAID_LATER):
            features = features_of(judges, songs.data)
    except AudioError as error:
        reasons = {path: in_options(why, options) for path, why in error.errors.items()}
        raise UserError(
            f"{bad_files(reasons, n_songs=len(songs.data), folder=data)}\n"
            "Remove them, or go on without them: --on-error warn"
        ) from error
    # Bars are no matter of the model, which may be saved.
    _set_bars(judges, 0)
    heard = Heard(model, judges, features, say.seconds)
    windowers = _windowers(judges)
    say.done(
        f"Cut the {plural(say.words.song)} into {heard.n_windows:,} windows of "
        f"{_lengths(windowers)}, and computed the features of the recipe {name!r}."
    )
    for sentence in [text for windower in windowers for text in windower.advice_]:
        _warn_once(say, in_options(sentence, options))
    return heard


def usable_songs(
    say: Speaker,
    songs: "Bunch",
    heard: Iterable[Heard],
    *,
    data: Path,
    options: Collection[str],
) -> tuple[np.ndarray, dict[str, str]]:
    """Find the songs that all recipes hear; say which others are left out, and why.

    Parameters
    ----------
    say : Speaker
        Says it.
    songs : Bunch
        As from `load_songs`.
    heard : iterable of Heard
        Of each recipe.
    data : Path
        Where the songs are, for their names.
    options : collection of str
        Options of the command.

    Returns
    -------
    positions : int array of shape (n_usable,)
        Of the songs that can be used.
    errors : dict of str to str
        Why others cannot, by name.
    """
    features = [own for recipe in heard for own in recipe.different()]
    positions = np.flatnonzero(np.min([own.counts for own in features], axis=0) > 0)
    reasons = {path: text for own in features for path, text in own.errors.items()}
    lost = sorted(set(range(len(songs.data))) - set(positions.tolist()))
    errors = {
        song: in_options(reasons.get(str(song), "It has no windows."), options)
        for song in [songs.data[position] for position in lost]
    }
    if errors:
        say.warn(
            f"{bad_files(errors, n_songs=len(songs.data), folder=data)}\n"
            f"They are left out; the other {plural(say.words.song)} are used."
        )
    return positions, {below(song, data): text for song, text in errors.items()}


def _set_bars(judges: Iterable[Judge], verbose: int) -> None:
    for judge in judges:
        judge.steps[-1][1].set_params(verbose=verbose)


def _windowers(judges: Iterable[Judge]) -> list["FrameWindower"]:
    """What cuts the songs, each once."""
    first: list[Any] = [judge.steps[0][1] for judge in judges]
    return list({id(windower): windower for windower in first}.values())


def _lengths(windowers: list["FrameWindower"]) -> str:
    lengths = " and ".join(f"{windower.window_seconds:g}" for windower in windowers)
    if len(windowers) > 1:
        return f"{lengths} s"
    hop = windowers[0].hop_samples_ / windowers[0].sample_rate
    return f"{lengths} s, a new one every {hop:.4g} s"


def _warn_once(say: Speaker, text: str) -> None:
    """Recipes that cut songs alike have the same advice."""
    if text not in say.warnings:
        say.warn(text)
