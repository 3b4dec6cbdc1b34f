"""``skgenre train``: songs in, a model file out, with an honest figure in it.

::

    DATA ─ read, look for copies, cut to fit ─► features ─┬─ cross-validated ─► figures
                                                          └─ all of them ─► MODEL
"""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre.cli._copies import Copies, look_for_copies
from skgenre.cli._cut import chosen_cut
from skgenre.cli._data import read_data, root_of, unknown_groups
from skgenre.cli._errors import (
    UserError,
    check_genres,
    checked_out,
    features_kept,
    interruptible,
    require,
)
from skgenre.cli._hear import Heard, hear, usable_songs
from skgenre.cli._judges import cross_validate
from skgenre.cli._recipe import Cut, memory_for, recipe_model, set_windowers
from skgenre.cli._reviewed import measured_after, reviewed_songs
from skgenre.cli._say import Speaker, below, ensured
from skgenre.cli._split import Split, check_none_gone, chosen_split, official_split
from skgenre.cli._waiting import waiting
from skgenre.datasets._unit import Unit, plural

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skgenre import SongWindows
    from skgenre.model_selection import ModelComparison

# Options of the command that advice may name.
_OPTIONS = ("--window", "--hop", "--sample-rate")
# Of what a comparison says, what is said of a model alone.
_SCORES = (
    "n_songs",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "balanced_accuracy",
    "f1_macro",
    "auc",
    "log_loss",
    "ece",
    "window_accuracy",
)


@dataclass(frozen=True)
class WantedModel:
    """What the user of ``train`` decides.

    Parameters
    ----------
    data, out : Path
        Where the songs are, and the model's file.
    groups : str, default="auto"
        Where the artist of a song is found.
    recipe, voting : str
        What the model is made of.
    window, hop, sample_rate : float or None, default=None
        How songs are cut; what fits them where None.
    n_folds : int or None, default=None
        Folds of the cross-validation, at most; those of the data, or 5, if None.
    cache : Path or None, default=None
        Where features are kept.
    n_jobs : int, default=-1
        Songs at a time.
    isolate : bool, default=False
        Whether files are decoded in processes of their own.
    copies : bool, default=True
        Whether copies of one recording are looked for.
    licence : str or None, default=None
        Of the model, for its file.
    review : Path or None, default=None
        A table of `skgenre review` that somebody filled in.
    """

    data: Path
    out: Path
    groups: str = "auto"
    recipe: str = "fast"
    voting: str = "mean"
    window: float | None = None
    hop: float | None = None
    sample_rate: float | None = None
    n_folds: int | None = None
    cache: Path | None = None
    n_jobs: int = -1
    isolate: bool = False
    copies: bool = True
    licence: str | None = None
    review: Path | None = None


def run_train(wanted: WantedModel, *, json: bool = False) -> None:
    """Train a model, measure it, and save it.

    Parameters
    ----------
    wanted : WantedModel
        What the user decides.
    json : bool, default=False
        Whether to print one JSON object.
    """
    require("skops")
    _check_out(wanted.out)
    kept = f"No model was saved. {features_kept(wanted.cache)}"
    with interruptible(kept):
        _train(Speaker(json=json), wanted)


@dataclass(frozen=True)
class _Usable:
    """The songs that can be used, what the recipe hears of them, and their labels."""

    heard: Heard
    features: list["SongWindows"]
    positions: np.ndarray  # (n_usable,), among all songs
    errors: dict[str, str]
    y: np.ndarray  # (n_usable,)
    groups: np.ndarray | None  # (n_usable,)


def _train(say: Speaker, wanted: WantedModel) -> None:
    start, root = time.perf_counter(), root_of(wanted.data)
    songs = read_data(say, wanted.data, groups=wanted.groups, isolate=wanted.isolate)
    reviewed = reviewed_songs(say, songs, wanted.review)
    songs = reviewed.songs
    check_genres(songs.target_names, words=say.words)
    copies = look_for_copies(
        say,
        songs,
        folder=root,
        wanted=wanted.copies,
        n_jobs=wanted.n_jobs,
        isolate=wanted.isolate,
    )
    cut = chosen_cut(
        say,
        songs,
        recipe=wanted.recipe,
        window=wanted.window,
        hop=wanted.hop,
        sample_rate=wanted.sample_rate,
        n_jobs=wanted.n_jobs,
        isolate=wanted.isolate,
    )
    with memory_for(wanted.recipe, wanted.cache) as memory:
        model = recipe_model(
            wanted.recipe,
            cut,
            voting=wanted.voting,
            memory=memory,
            n_jobs=wanted.n_jobs,
            isolate=wanted.isolate,
        )
        heard = hear(say, songs, model, name=wanted.recipe, data=root, options=_OPTIONS)
        usable = _usable(say, songs, heard, copies, root)
        unknown_groups(say, songs)
        measured = _measure(say, songs, usable, copies, wanted)
        if measured.figures is not None:
            measured_after(say, reviewed.facts)
        _fit(say, songs, usable, about=measured.seconds_of_a_fit)
    card = _card(songs, usable, cut, measured.figures, wanted, say.words)
    if reviewed.facts is not None:
        card["review"] = reviewed.facts
    size = _save(model, card, wanted.out)
    say.done(
        f"Trained on all {say.words.several(len(usable.y), 'song')}, and saved "
        f"{wanted.out} ({size:,} kB)."
    )
    say.line(f"Next: skgenre predict {wanted.out} NEW_FILES --out verdicts.csv")
    say.result(
        "train",
        {
            "model": wanted.out,
            **card,
            "errors": usable.errors,
            "copies": copies.pairs,
            "seconds": time.perf_counter() - start,
        },
    )


def _check_out(out: Path) -> None:
    """Check that the model can be saved, before the long part."""
    if out.is_dir():
        raise UserError(
            f"Got --out {out}, which is a folder, but expected a file for the model, "
            f"such as {out / 'model.skgenre'}."
        )
    checked_out(out.absolute().parent)


def _usable(
    say: Speaker, songs: "Bunch", heard: Heard, copies: Copies, root: Path
) -> _Usable:
    positions, errors = usable_songs(say, songs, [heard], data=root, options=_OPTIONS)
    check_none_gone(say, songs, positions)
    return _Usable(
        heard=heard,
        features=heard.of(positions),
        positions=positions,
        errors=errors,
        y=songs.target[positions],
        groups=None if copies.groups is None else copies.groups[positions],
    )


# -- the figure -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Measured:
    """How good a model is, if it can be told, and how long a fit takes."""

    figures: dict[str, Any] | None
    seconds_of_a_fit: float


def _measure(
    say: Speaker, songs: "Bunch", usable: _Usable, copies: Copies, wanted: WantedModel
) -> _Measured:
    """Cross-validate, say what came out, and give the figures; None if none can be."""
    y, groups = usable.y, usable.groups
    split = chosen_split(
        say,
        y,
        groups,
        wanted.n_folds,
        songs.groups is not None,
        official=official_split(songs, usable.positions),
    )
    if split is None:
        return _Measured(None, 0.0)
    with say.step():
        comparison = _cross_validated(say, usable, split, wanted)
    # All songs are a little more than those of a fold.
    seconds = say.seconds / max(split.n_folds - 1, 1)
    figures = {
        **_figures(comparison, comparison.reference),
        "recipe": wanted.recipe,
        "voting": wanted.voting,
        "n_folds": split.n_folds,
        "split": split.text,
        "by": split.by,
        "copies_in_one_fold": copies.unsearched is None,
    }
    _say_figures(say, figures)
    said = ensured(
        n_unknown=sum(songs.artists[song] is None for song in usable.positions),
        n_songs=len(y),
        unsearched=copies.unsearched,
        words=say.words,
        apart=groups is None or split.groups is not None,
    )
    say.line(said)
    return _Measured({**figures, "ensured": said}, seconds)


def _cross_validated(
    say: Speaker, usable: _Usable, split: Split, wanted: WantedModel
) -> "ModelComparison":
    from skgenre.model_selection import ModelComparison

    voted = cross_validate(
        usable.heard.judges,
        usable.features,
        usable.y,
        votings=[wanted.voting],
        cv=split.cv,
        groups=split.groups,
        seed=0,
        verbose=say.watched,
    )
    if len(voted.compared) == 1:
        return voted.compared[0]  # which knows of windows, too
    return ModelComparison(
        y=usable.y,
        song_proba=voted.song_proba,
        fold=voted.fold,
        groups=split.groups,
        reference=wanted.voting,
    )


def _figures(comparison: "ModelComparison", name: str) -> dict[str, Any]:
    """Scores over all songs, each tested once."""
    scores = {k: v for k, v in comparison.pooled[name].items() if k in _SCORES}
    label, share = comparison.baseline
    return {
        **scores,
        "confidence": comparison.confidence,
        "always": {"label": label, "accuracy": share},
        "recall": comparison.recall(name),
    }


def _say_figures(say: Speaker, figures: dict[str, Any]) -> None:
    words, always = say.words, figures["always"]
    low, high = 100 * figures["accuracy_low"], 100 * figures["accuracy_high"]
    say.done(
        f"Measured it in {figures['split']}, each on {plural(words.song)} that "
        "its model had not been trained on."
    )
    say.line(
        f"{100 * figures['accuracy']:.1f} % of {plural(words.song)} right "
        f"({100 * figures['confidence']:g} % interval {low:.0f} to {high:.0f}), "
        f"{100 * figures['balanced_accuracy']:.1f} % on average over "
        f"{plural(words.label)}. Always {always['label']!r} would get "
        f"{100 * always['accuracy']:.1f} %.",
        style="bold",
    )
    recall = ", ".join(
        f"{label} {100 * share:.0f} %" for label, share in figures["recall"].items()
    )
    say.line(f"Right of each {words.label}: {recall}.")


# -- the model ------------------------------------------------------------------------


def _fit(say: Speaker, songs: "Bunch", usable: _Usable, *, about: float) -> None:
    """Fit on all songs that can be used."""
    model, judges = usable.heard.model, usable.heard.judges
    what = f"training on all {plural(say.words.song)}"
    with say.step(), waiting(say, what, about=about):
        if len(judges) == 1:
            arguments = {} if usable.groups is None else {"groups": usable.groups}
            judges[0].vote.fit(usable.features[0], usable.y, **arguments)
        else:
            # As a whole, which takes features from the cache.
            model.fit([songs.data[song] for song in usable.positions], usable.y)
    # Whoever loads it hears of bad files, unless they ask for something else.
    set_windowers(model, on_error="raise", isolate=False)


def _save(model: Any, card: dict[str, Any], out: Path) -> int:
    """Save the model; give its size in kB."""
    from skgenre.persistence import save_model

    return round(save_model(model, out, card=card).stat().st_size / 1000)


def _card(
    songs: "Bunch",
    usable: _Usable,
    cut: Cut,
    figures: dict[str, Any] | None,
    wanted: WantedModel,
    words: Unit,
) -> dict[str, Any]:
    """What the file says of the model, beside what can be read off it."""
    y = usable.y
    return {
        "unit": words.song,
        "recipe": wanted.recipe,
        "voting": wanted.voting,
        "cut": {
            "window_seconds": cut.window,
            "hop_seconds": cut.hop,
            "sample_rate": cut.sample_rate,
        },
        "songs": {str(label): int(np.sum(y == label)) for label in np.unique(y)},
        "left_out": len(usable.errors),
        "figures": figures,
        "fingerprint": _fingerprint(songs, usable.positions, root_of(wanted.data)),
        "licences": {"model": wanted.licence},
    }


def _fingerprint(songs: "Bunch", positions: np.ndarray, data: Path) -> str:
    """Tell these songs and labels from others: names, sizes and labels, hashed."""
    lines = sorted(
        f"{below(songs.data[i], data)}\t{_size(songs.data[i])}\t{songs.target[i]}"
        for i in positions.tolist()
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _size(song: Any) -> int | None:
    try:
        return Path(getattr(song, "path", song)).stat().st_size
    except OSError:
        return None
