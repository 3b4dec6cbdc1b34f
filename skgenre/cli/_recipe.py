"""The model of a command: a recipe, cut to fit the songs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre.cli._errors import UserError, bad_files
from skgenre.cli._say import Speaker
from skgenre.datasets._unit import plural

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline
    from sklearn.utils import Bunch

    from skgenre import SongWindows

RECIPES = ("baseline", "fast", "strong")
# The shorter of the two lengths of "strong", beside the longer.
_SHORTER = 0.4


@dataclass(frozen=True)
class Cut:
    """How songs are cut.

    Parameters
    ----------
    window : float
        Length of windows in seconds.
    hop : float or None
        Seconds between starts; half a window if None.
    sample_rate : float
        In hertz.
    """

    window: float
    hop: float | None
    sample_rate: float


def recipe_model(
    name: str,
    cut: Cut,
    *,
    voting: str = "mean",
    memory: str | os.PathLike[str] | None = None,
    n_jobs: int = -1,
) -> "Pipeline":
    """Make a recipe's model for songs that are cut so; bad ones are left out.

    Parameters
    ----------
    name : str
        One of `RECIPES`.
    cut : Cut
        How songs are cut.
    voting : str, default="mean"
        Of the windows' probabilities.
    memory : path or None, default=None
        Keeps features.
    n_jobs : int, default=-1
        Songs at a time.

    Returns
    -------
    Pipeline
        From paths to verdicts, its random choices fixed.
    """
    from skgenre import recipes

    rate = cut.sample_rate
    if name == "strong":
        model = recipes.strong(
            window_seconds=_two_lengths(cut),
            sample_rate=rate,
            voting=voting,
            random_state=0,
            memory=memory,
            n_jobs=n_jobs,
        )
    else:
        make = {"baseline": recipes.baseline, "fast": recipes.fast}[name]
        model = make(
            window_seconds=cut.window,
            sample_rate=rate,
            voting=voting,
            memory=memory,
            n_jobs=n_jobs,
        )
    return set_windowers(model, hop_seconds=_hop_of(cut, name), on_error="warn")


def _two_lengths(cut: Cut) -> tuple[float, ...]:
    from skgenre.datasets._choose_windowing import shortest_window

    shorter = max(_SHORTER * cut.window, shortest_window(cut.sample_rate))
    return (shorter, cut.window) if shorter < cut.window else (cut.window,)


def _hop_of(cut: Cut, name: str) -> float | None:
    if cut.hop is not None and name == "strong":
        raise UserError(
            "Got --hop with --recipe strong, which has windows of two lengths, but "
            "expected --hop with another recipe. Leave it out."
        )
    return cut.hop


def set_windowers(model: Any, **parameters: Any) -> Any:
    """Set parameters of whatever cuts songs in a model.

    Parameters
    ----------
    model : estimator
        Changed in place, in its fitted parts too.
    **parameters
        Of `FrameWindower`.

    Returns
    -------
    estimator
        The same.
    """
    from skgenre import FrameWindower

    found = [model, *model.get_params().values()]
    fitted = [
        part
        for outer in found
        for inner in getattr(outer, "estimators_", [])
        if hasattr(inner, "get_params")
        for part in (inner, *inner.get_params().values())
    ]
    for part in found + fitted:
        if isinstance(part, FrameWindower):
            part.set_params(**parameters)
    return model


@dataclass(frozen=True)
class Heard:
    """Songs whose windows could be read, and what the vote learns from.

    Parameters
    ----------
    X : SongWindows or list of str
        Features of songs, or paths where a recipe has several parts.
    voter : estimator
        What is fitted on X: the last step, or the whole recipe.
    model : Pipeline
        The recipe; holds the voter.
    heard : int array of shape (n_heard,)
        Positions of the songs of X among all.
    errors : dict of str to str
        Why others could not be read, by path.
    n_windows : int
        Of all songs of X.
    advice : list of str
        What does not fit.
    """

    X: Any
    voter: Any
    model: "Pipeline"
    heard: np.ndarray
    errors: dict[str, str]
    n_windows: int
    advice: list[str]


def hear(say: Speaker, songs: "Bunch", model: "Pipeline", *, data: Path) -> Heard:
    """Read all songs, once; say which cannot be used.

    Parameters
    ----------
    say : Speaker
        Says it.
    songs : Bunch
        As from `load_songs`.
    model : Pipeline
        From `recipe_model`, with a memory if it has several parts.
    data : Path
        Where the songs are, for their names.

    Returns
    -------
    Heard
        What could be read.
    """
    parts = _parts(model)
    with say.step(unsaid=(" songs could not be used", " Hz, read at ")):
        features = [_features(part, songs.data) for part in parts]
    errors = {song: text for own in features for song, text in own.errors.items()}
    counts = np.min([own.counts for own in features], axis=0)
    heard = np.flatnonzero(counts > 0)
    if errors:
        say.warn(
            f"{bad_files(errors, n_songs=len(songs.data), folder=data)}\n"
            f"They are left out; the other {plural(say.words.song)} are used."
        )
    whole = len(parts) == 1
    return Heard(
        X=features[0][heard] if whole else [songs.data[i] for i in heard],
        voter=model.steps[-1][1] if whole else model,
        model=model,
        heard=heard,
        errors={str(song): text for song, text in errors.items()},
        n_windows=sum(own.n_windows for own in features),
        advice=parts[-1].steps[0][1].advice_,
    )


def _parts(model: "Pipeline") -> list["Pipeline"]:
    """The recipe, or its parts that start from songs."""
    last = model.steps[-1][1]
    if len(model.steps) > 1:
        return [model]
    return [part for _, part in last.estimators]


def _features(part: "Pipeline", songs: list[Any]) -> "SongWindows":
    features: SongWindows = part[:-1].fit_transform(songs)
    return features


@contextmanager
def memory_for(recipe: str, cache: Path | None) -> Iterator[Path | None]:
    """Give the user's cache, or one for as long as a recipe needs it.

    Parameters
    ----------
    recipe : str
        One of `RECIPES`.
    cache : Path or None
        What the user gave.

    Yields
    ------
    Path or None
        A folder; None where features are read once in any case.
    """
    if cache is not None or recipe != "strong":
        yield cache
        return
    with TemporaryDirectory() as folder:
        yield Path(folder)
