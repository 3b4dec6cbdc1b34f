"""``skgenre compare``: recipes and votings on one set of folds, and what to take.

::

    DATA ─ read, look for copies, cut to fit ─► features of each recipe, once
                                                              │
       table and conclusion ◄─ all votings of each recipe ◄─ folds
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre.cli._compare_files import COMPARED_FILES, save_compared
from skgenre.cli._copies import look_for_copies
from skgenre.cli._cut import chosen_cut
from skgenre.cli._data import read_data, root_of, unknown_groups
from skgenre.cli._errors import bad_files, check_genres, require
from skgenre.cli._judges import Judge, Voted, cross_validate, features_of, judges_of
from skgenre.cli._recipe import Cut, recipe_model
from skgenre.cli._say import Speaker, below, ensured
from skgenre.cli._split import Split, check_enough, split_of_heard

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skgenre import SongWindows
    from skgenre.model_selection import ModelComparison

# Others are compared with it, if it is there.
_REFERENCE = "mean"


@dataclass(frozen=True)
class Wanted:
    """What the user of ``compare`` decides.

    Parameters
    ----------
    data : Path
        Where the songs are.
    recipes, votings : tuple of str
        What is compared: each recipe with each voting.
    groups : str, default="auto"
        Where the artist of a song is found.
    window, sample_rate : float or None, default=None
        How songs are cut; what fits them where None.
    n_folds : int, default=5
        Folds of the cross-validation, at most.
    out : Path or None, default=None
        Folder for a picture and tables.
    cache : Path or None, default=None
        Where features are kept.
    n_jobs : int, default=-1
        Songs at a time.
    copies : bool, default=True
        Whether copies of one recording are looked for.
    seed : int, default=0
        Decides the folds and the draws of the intervals.
    """

    data: Path
    recipes: tuple[str, ...]
    votings: tuple[str, ...]
    groups: str = "auto"
    window: float | None = None
    sample_rate: float | None = None
    n_folds: int = 5
    out: Path | None = None
    cache: Path | None = None
    n_jobs: int = -1
    copies: bool = True
    seed: int = 0


@dataclass(frozen=True)
class _Read:
    """A recipe and what it heard of all songs.

    Parameters
    ----------
    judges : list of Judge
        Its votes.
    features : list of SongWindows
        What each votes over.
    seconds : float
        What reading and features took.
    """

    judges: list[Judge]
    features: list["SongWindows"]
    seconds: float


def run_compare(wanted: Wanted, *, json: bool = False) -> None:
    """Compare recipes and votings, say what came out, and save it.

    Parameters
    ----------
    wanted : Wanted
        What the user decides.
    json : bool, default=False
        Whether to print one JSON object.
    """
    if wanted.out is not None:
        require("matplotlib")
    say = Speaker(json=json)
    songs = read_data(say, wanted.data, groups=wanted.groups)
    check_genres(songs.target_names, words=say.words)
    check_enough(say, songs.target)  # before the long part
    copies = look_for_copies(
        say,
        songs,
        folder=root_of(wanted.data),
        wanted=wanted.copies,
        n_jobs=wanted.n_jobs,
    )
    cut = chosen_cut(
        say,
        songs,
        window=wanted.window,
        hop=None,
        sample_rate=wanted.sample_rate,
        n_jobs=wanted.n_jobs,
    )
    read = {name: _read(say, name, songs, cut, wanted) for name in wanted.recipes}
    heard, errors = _heard(say, songs, read, root_of(wanted.data))
    split = split_of_heard(say, songs, copies, heard, n_folds=wanted.n_folds)
    unknown_groups(say, songs)
    comparison = _compare(say, read, songs, heard, split, wanted)
    seconds = _seconds(comparison, read)
    conclusion = comparison.conclusion()
    said = ensured(
        n_unknown=sum(songs.artists[song] is None for song in heard),
        n_songs=len(heard),
        unsearched=copies.unsearched,
        words=say.words,
        apart=split.groups is not None or copies.groups is None,
    )
    _say_all(say, comparison, conclusion, seconds=seconds, ensured=said)
    result = {
        "data": wanted.data,
        "settings": _settings(wanted, cut, split),
        "always": dict(zip(("label", "accuracy"), comparison.baseline, strict=True)),
        "classes": comparison.classes,
        "reference": comparison.reference,
        "confidence": comparison.confidence,
        "models": comparison.pooled,
        "folds": comparison.per_fold,
        "seconds": seconds,
        "conclusion": conclusion,
        "ensured": said,
        "copies": copies.pairs,
        "errors": errors,
    }
    if wanted.out is not None:
        names = [below(path, root_of(wanted.data)) for path in songs.data]
        with say.step():
            save_compared(
                wanted.out,
                comparison,
                songs=songs,
                names=names,
                heard=heard,
                errors=errors,
                result=result,
            )
        say.line(f"Saved in {wanted.out}: {', '.join(COMPARED_FILES)}.")
    say.result("compare", {**result, "out": wanted.out})


def _settings(wanted: Wanted, cut: Cut, split: Split) -> dict[str, Any]:
    """What decides the numbers."""
    return {
        "recipes": wanted.recipes,
        "votings": wanted.votings,
        "groups": wanted.groups,
        "window": cut.window,
        "sample_rate": cut.sample_rate,
        "folds": split.n_folds,
        "by": split.by,
        "copies": wanted.copies,
        "seed": wanted.seed,
    }


# -- what is read ---------------------------------------------------------------------


def _read(say: Speaker, name: str, songs: "Bunch", cut: Cut, wanted: Wanted) -> _Read:
    """Compute the features of a recipe, once for all folds and votings."""
    model = recipe_model(name, cut, memory=wanted.cache, n_jobs=wanted.n_jobs)
    judges = judges_of(model)
    for judge in judges:
        # A bar, for those who watch.
        judge.steps[-1][1].set_params(verbose=int(sys.stderr.isatty() and not say.json))
    # Which songs cannot be used is said once for all recipes.
    with say.step(unsaid=(" songs could not be used", " Hz, read at ")):
        features = features_of(judges, songs.data)
    seconds = say.seconds
    n_windows = sum({id(own): own.n_windows for own in features}.values())
    say.done(
        f"Computed the features of the recipe {name!r} on {n_windows:,} windows of "
        f"{_lengths(features)} s."
    )
    return _Read(judges, features, seconds)


def _lengths(features: list["SongWindows"]) -> str:
    lengths = sorted({own.window_seconds or 0.0 for own in features})
    return " and ".join(f"{seconds:g}" for seconds in lengths)


def _heard(
    say: Speaker, songs: "Bunch", read: dict[str, _Read], data: Path
) -> tuple[np.ndarray, dict[str, str]]:
    """Find the songs that all recipes hear; say why others are left out of all."""
    features = [own for found in read.values() for own in found.features]
    heard = np.flatnonzero(np.min([own.counts for own in features], axis=0) > 0)
    reasons = {path: text for own in features for path, text in own.errors.items()}
    lost = set(range(len(songs.data))) - set(heard.tolist())
    errors = {
        str(songs.data[song]): _in_options(
            reasons.get(str(songs.data[song]), "It has no windows.")
        )
        for song in sorted(lost)
    }
    if errors:
        say.warn(
            f"{bad_files(errors, n_songs=len(songs.data), folder=data)}\n"
            "They are left out of all that is compared."
        )
    return heard, {below(path, data): text for path, text in errors.items()}


def _in_options(sentence: str) -> str:
    """Say parameters as the options that they are here."""
    sentence = re.sub(r"\bwindow_seconds\b=?", "--window ", sentence)
    return re.sub(r"\bsample_rate\b=?", "--sample-rate ", sentence)


# -- what is compared -----------------------------------------------------------------


def _compare(
    say: Speaker,
    read: dict[str, _Read],
    songs: "Bunch",
    heard: np.ndarray,
    split: Split,
    wanted: Wanted,
) -> "ModelComparison":
    """Cross-validate all recipes with all votings; say what was done."""
    from skgenre.model_selection import ModelComparison

    y = songs.target[heard]
    voted: dict[str, Voted] = {}
    with say.step():
        for name, found in read.items():
            voted[name] = cross_validate(
                found.judges,
                [own[heard] for own in found.features],
                y,
                votings=wanted.votings,
                n_folds=split.n_folds,
                groups=split.groups,
                seed=wanted.seed,
            )
    kept = "" if split.groups is None else f", no {split.by} on both sides of one"
    say.done(
        f"Fitted {len(read)} recipe{'s' * (len(read) > 1)} in the same "
        f"{split.n_folds} folds{kept}, and voted by {len(wanted.votings)} "
        f"voting{'s' * (len(wanted.votings) > 1)} over the same windows."
    )
    first = next(iter(read))
    usual = _REFERENCE if _REFERENCE in wanted.votings else wanted.votings[0]
    return ModelComparison(
        y=y,
        song_proba={
            f"{name}, {voting}": proba
            for name, own in voted.items()
            for voting, proba in own.song_proba.items()
        },
        fold=voted[first].fold,
        groups=split.groups,
        reference=f"{first}, {usual}",
        seconds={
            f"{name}, {voting}": read[name].seconds + own.seconds
            for name, own in voted.items()
            for voting in own.song_proba
        },
        song_ids=[str(songs.data[song]) for song in heard],
        random_state=wanted.seed,
    )


def _seconds(
    comparison: "ModelComparison", read: dict[str, _Read]
) -> dict[str, dict[str, float]]:
    """What features, and what all fits and votes, took of each recipe."""
    whole = comparison.seconds or {}
    return {
        name: {
            "features": found.seconds,
            "fits": next(
                seconds - found.seconds
                for candidate, seconds in whole.items()
                if candidate.startswith(f"{name}, ")
            ),
        }
        for name, found in read.items()
    }


def _say_all(
    say: Speaker,
    comparison: "ModelComparison",
    conclusion: str,
    *,
    seconds: dict[str, dict[str, float]],
    ensured: str,
) -> None:
    say.line(f"\n{comparison.to_text(width=say.width, joint=True)}\n")
    took = "; ".join(
        f"{name} {own['features']:.1f} for features and {own['fits']:.1f} for all fits"
        for name, own in seconds.items()
    )
    say.line(f"Seconds: {took}.")
    say.line(ensured)
    say.line(conclusion, style="bold")
