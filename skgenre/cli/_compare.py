"""``skgenre compare``: recipes and votings on one set of folds, and what to take.

::

    DATA ─ read, look for copies, cut to fit ─► features of each recipe, once
                                                              │
       table and conclusion ◄─ all votings of each recipe ◄─ folds
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre.cli._compare_files import COMPARED_FILES, save_compared
from skgenre.cli._copies import look_for_copies
from skgenre.cli._cut import chosen_cut
from skgenre.cli._data import read_data, root_of, unknown_groups
from skgenre.cli._errors import check_genres, features_kept, interruptible, require
from skgenre.cli._hear import Heard, hear, usable_songs
from skgenre.cli._judges import Voted, cross_validate
from skgenre.cli._recipe import Cut, network_of, recipe_model
from skgenre.cli._say import Speaker, below, ensured
from skgenre.cli._split import Split, check_enough, split_of_heard

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skgenre.model_selection import ModelComparison

# Options of the command that advice may name.
_OPTIONS = ("--window", "--sample-rate")
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
    n_folds : int or None, default=None
        Folds of the cross-validation, at most; those of the data, or 5, if None.
    out : Path or None, default=None
        Folder for a picture and tables.
    cache : Path or None, default=None
        Where features are kept.
    n_jobs : int, default=-1
        Songs at a time.
    isolate : bool, default=False
        Whether files are decoded in processes of their own.
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
    n_folds: int | None = None
    out: Path | None = None
    cache: Path | None = None
    n_jobs: int = -1
    isolate: bool = False
    copies: bool = True
    seed: int = 0


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
    kept = f"The comparison was not finished. {features_kept(wanted.cache)}"
    with interruptible(kept):
        _compare_all(Speaker(json=json), wanted)


def _compare_all(say: Speaker, wanted: Wanted) -> None:
    root = root_of(wanted.data)
    songs = read_data(say, wanted.data, groups=wanted.groups, isolate=wanted.isolate)
    check_genres(songs.target_names, words=say.words)
    check_enough(say, songs.target)  # before the long part
    copies = look_for_copies(
        say,
        songs,
        folder=root,
        wanted=wanted.copies,
        n_jobs=wanted.n_jobs,
        isolate=wanted.isolate,
    )
    cuts = _cuts(say, songs, wanted)
    read = {
        name: hear(
            say,
            songs,
            recipe_model(
                name,
                cuts[name],
                memory=wanted.cache,
                n_jobs=wanted.n_jobs,
                isolate=wanted.isolate,
            ),
            name=name,
            data=root,
            options=_OPTIONS,
        )
        for name in wanted.recipes
    }
    heard, errors = usable_songs(say, songs, read.values(), data=root, options=_OPTIONS)
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
        "settings": _settings(wanted, cuts, split),
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
        names = [below(path, root) for path in songs.data]
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


def _cuts(say: Speaker, songs: "Bunch", wanted: Wanted) -> dict[str, Cut]:
    """How each recipe cuts songs; what fits the songs is looked up once."""
    cuts: dict[str, Cut] = {}
    for name in wanted.recipes:
        shared = [cuts[other] for other in cuts if network_of(other) is None]
        cuts[name] = (
            shared[0]
            if shared and network_of(name) is None
            else chosen_cut(
                say,
                songs,
                recipe=name,
                window=wanted.window,
                hop=None,
                sample_rate=wanted.sample_rate,
                n_jobs=wanted.n_jobs,
                isolate=wanted.isolate,
            )
        )
    return cuts


def _settings(wanted: Wanted, cuts: dict[str, Cut], split: Split) -> dict[str, Any]:
    """What decides the numbers."""
    # Networks have windows of their own.
    cut = next((c for name, c in cuts.items() if network_of(name) is None), None)
    cut = cut or next(iter(cuts.values()))
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


# -- what is compared -----------------------------------------------------------------


def _compare(
    say: Speaker,
    read: dict[str, Heard],
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
                found.of(heard),
                y,
                votings=wanted.votings,
                cv=split.cv,
                groups=split.groups,
                seed=wanted.seed,
                verbose=say.watched,
            )
    kept = "" if split.groups is None else f", no {split.by} on both sides of one"
    say.done(
        f"Fitted {len(read)} recipe{'s' * (len(read) > 1)} in the same {split.text}"
        f"{kept}, and voted by {len(wanted.votings)} "
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
    comparison: "ModelComparison", read: dict[str, Heard]
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
