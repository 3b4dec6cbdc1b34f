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
from skgenre.cli._data import read_data, unknown_groups
from skgenre.cli._errors import UserError, checked_out, require
from skgenre.cli._recipe import (
    Cut,
    Heard,
    hear,
    memory_for,
    recipe_model,
    set_windowers,
)
from skgenre.cli._say import Speaker, below, ensured
from skgenre.datasets._unit import Unit, plural

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skgenre.model_selection import ModelComparison

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
    n_folds : int, default=5
        Folds of the cross-validation, at most.
    cache : Path or None, default=None
        Where features are kept.
    n_jobs : int, default=-1
        Songs at a time.
    copies : bool, default=True
        Whether copies of one recording are looked for.
    licence : str or None, default=None
        Of the model, for its file.
    """

    data: Path
    out: Path
    groups: str = "auto"
    recipe: str = "fast"
    voting: str = "mean"
    window: float | None = None
    hop: float | None = None
    sample_rate: float | None = None
    n_folds: int = 5
    cache: Path | None = None
    n_jobs: int = -1
    copies: bool = True
    licence: str | None = None


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
    say, start = Speaker(json=json), time.perf_counter()
    songs = read_data(say, wanted.data, groups=wanted.groups)
    _check_labels(songs, say.words)
    copies = look_for_copies(
        say,
        songs,
        folder=wanted.data,
        wanted=wanted.copies,
        n_jobs=wanted.n_jobs,
    )
    cut = chosen_cut(
        say,
        songs,
        window=wanted.window,
        hop=wanted.hop,
        sample_rate=wanted.sample_rate,
        n_jobs=wanted.n_jobs,
    )
    with memory_for(wanted.recipe, wanted.cache) as memory:
        model = recipe_model(
            wanted.recipe,
            cut,
            voting=wanted.voting,
            memory=memory,
            n_jobs=wanted.n_jobs,
        )
        heard = hear(say, songs, model, data=wanted.data)
        say.done(
            f"Cut them into {heard.n_windows:,} windows of {cut.window:g} s, and "
            f"computed the features of the recipe {wanted.recipe!r}."
        )
        unknown_groups(say, songs)
        figures = _measure(say, songs, heard, copies, wanted)
        _fit(say, heard, songs.target[heard.heard], groups=copies.groups)
    card = _card(songs, heard, cut, figures, wanted, say.words)
    size = _save(heard.model, card, wanted.out)
    say.done(
        f"Trained on all {say.words.several(len(heard.heard), 'song')}, and saved "
        f"{wanted.out} ({size:,} kB)."
    )
    say.line(f"Next: skgenre predict {wanted.out} NEW_FILES --out verdicts.csv")
    say.result(
        "train",
        {
            "model": wanted.out,
            **card,
            "errors": heard.errors,
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


def _check_labels(songs: "Bunch", words: Unit) -> None:
    if len(songs.target_names) < 2:
        raise UserError(
            f"Found one {words.label} only, {songs.target_names[0]!r}, but expected "
            f"two or more {plural(words.label)} to tell apart."
        )


# -- the figure -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Split:
    """How songs are split to measure, and what that ensures.

    Parameters
    ----------
    n_folds : int
        How many folds.
    groups : array of shape (n_heard,) or None
        What is kept in one fold.
    by : str
        In a word: "artist", "recording" or "song".
    """

    n_folds: int
    groups: np.ndarray | None
    by: str


def _measure(
    say: Speaker, songs: "Bunch", heard: Heard, copies: Copies, wanted: WantedModel
) -> dict[str, Any] | None:
    """Cross-validate, say what came out, and give the figures; None if none can be."""
    y = songs.target[heard.heard]
    groups = None if copies.groups is None else copies.groups[heard.heard]
    split = _chosen_split(say, y, groups, wanted.n_folds, songs.groups is not None)
    if split is None:
        return None
    with say.step():
        comparison = _cross_validated(heard, y, split, wanted)
    figures = {
        **_figures(comparison, comparison.reference),
        "recipe": wanted.recipe,
        "voting": wanted.voting,
        "n_folds": split.n_folds,
        "by": split.by,
        "copies_in_one_fold": copies.unsearched is None,
    }
    _say_figures(say, figures)
    said = ensured(
        n_unknown=sum(songs.artists[song] is None for song in heard.heard),
        n_songs=len(y),
        unsearched=copies.unsearched,
        words=say.words,
        apart=groups is None or split.groups is not None,
    )
    say.line(said)
    return {**figures, "ensured": said}


def _chosen_split(
    say: Speaker,
    y: np.ndarray,
    groups: np.ndarray | None,
    n_folds: int,
    groups_are_known: bool,
) -> _Split | None:
    """Keep groups together where each label has two, else songs; None for neither."""
    words = say.words
    by = words.group if groups_are_known else "recording"
    few, label = _fewest(y, np.arange(len(y)) if groups is None else groups)
    if groups is not None and few > 1:
        return _Split(_said_folds(say, few, n_folds, label, by), groups, by)
    few_songs, few_label = _fewest(y, np.arange(len(y)))
    if few_songs < 2:
        say.warn(
            f"The {words.label} {few_label!r} has one {words.song} only, so it cannot "
            "be both learned and tested: the model is trained, but not measured."
        )
        return None
    if groups is not None:
        say.warn(
            f"The {words.label} {label!r} has one {by} only, so the model is measured "
            f"with {plural(by)} on both sides, which flatters it. Add {plural(by)}."
        )
        few, label = few_songs, few_label
    return _Split(_said_folds(say, few, n_folds, label, words.song), None, "song")


def _fewest(y: np.ndarray, members: np.ndarray) -> tuple[int, Any]:
    """How many songs or groups the label with the fewest has, and that label."""
    n_of = {label: len(set(members[y == label].tolist())) for label in np.unique(y)}
    label = min(n_of, key=lambda name: n_of[name])
    return n_of[label], label.item()


def _said_folds(say: Speaker, few: int, n_folds: int, label: Any, unit: str) -> int:
    if few < n_folds:
        say.warn(
            f"The {say.words.label} {label!r} has {few} {plural(unit)}, so there are "
            f"{few} folds, not {n_folds}."
        )
    return min(few, n_folds)


def _cross_validated(
    heard: Heard, y: np.ndarray, split: _Split, wanted: WantedModel
) -> "ModelComparison":
    from skgenre.model_selection import compare_models, compare_votings

    if heard.voter is heard.model:
        return compare_models(
            {wanted.recipe: heard.model},
            heard.X,
            y,
            cv=split.n_folds,
            groups=split.groups,
        )
    return compare_votings(
        heard.voter,
        heard.X,
        y,
        votings=[wanted.voting],
        reference=wanted.voting,
        cv=split.n_folds,
        groups=split.groups,
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
        f"Measured it in {figures['n_folds']} folds, each on {plural(words.song)} that "
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


def _fit(
    say: Speaker, heard: Heard, y: np.ndarray, *, groups: np.ndarray | None
) -> None:
    """Fit on all songs that could be read."""
    from skgenre import SongWindows

    arguments = {}
    if groups is not None and isinstance(heard.X, SongWindows):
        arguments["groups"] = groups[heard.heard]
    with say.step():
        heard.voter.fit(heard.X, y, **arguments)
    # Whoever loads it hears of bad files, unless they ask for something else.
    set_windowers(heard.model, on_error="raise")


def _save(model: Any, card: dict[str, Any], out: Path) -> int:
    """Save the model; give its size in kB."""
    from skgenre.persistence import save_model

    return round(save_model(model, out, card=card).stat().st_size / 1000)


def _card(
    songs: "Bunch",
    heard: Heard,
    cut: Cut,
    figures: dict[str, Any] | None,
    wanted: WantedModel,
    words: Unit,
) -> dict[str, Any]:
    """What the file says of the model, beside what can be read off it."""
    y = songs.target[heard.heard]
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
        "left_out": len(heard.errors),
        "figures": figures,
        "fingerprint": _fingerprint(songs, heard, wanted.data),
        "licences": {"model": wanted.licence},
    }


def _fingerprint(songs: "Bunch", heard: Heard, data: Path) -> str:
    """Tell these songs and labels from others: names, sizes and labels, hashed."""
    lines = sorted(
        f"{below(songs.data[i], data)}\t{_size(songs.data[i])}\t{songs.target[i]}"
        for i in heard.heard.tolist()
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _size(song: Any) -> int | None:
    try:
        return Path(getattr(song, "path", song)).stat().st_size
    except OSError:
        return None
