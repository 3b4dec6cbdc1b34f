"""What the command line saves."""

import csv
import io
import json
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from skgenre import __version__
from skgenre._files import write_whole
from skgenre.datasets._unit import MUSIC, Unit, plural
from skgenre.prediction._table_files import safe_cell
from skgenre.reporting._words import worded

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from sklearn.utils import Bunch

    from skgenre.model_selection import VotingComparison

FILES = (
    "timeline.png",
    "votings.png",
    "confusion.png",
    "predictions.csv",
    "comparison.json",
)


@dataclass(frozen=True)
class Findings:
    """What an evaluation found, and of which songs.

    Parameters
    ----------
    comparison : VotingComparison
        Of the songs that could be used.
    voting : str
        The voting of the verdicts.
    songs : Bunch
        All songs, as from `load_songs`.
    names : list of str of length n_songs
        Names of all songs.
    heard : int array of shape (n_heard,)
        Positions of the songs that could be used.
    errors : dict of str to str
        Why others could not, by name.
    copies : list of (str, str)
        Names of songs that are one recording.
    words : Unit, default=MUSIC
        What songs and labels are called.
    """

    comparison: "VotingComparison"
    voting: str
    songs: "Bunch"
    names: list[str]
    heard: np.ndarray
    errors: dict[str, str]
    copies: list[tuple[str, str]] = field(default_factory=list)
    words: Unit = MUSIC

    @property
    def heard_names(self) -> list[str]:
        """Names of the songs of the comparison."""
        return [self.names[song] for song in self.heard]


def save_pictures(out: Path, found: Findings, examples: list[int]) -> None:
    """Draw timelines of some songs, the votings, and who is taken for whom.

    Parameters
    ----------
    out : Path
        Folder that exists.
    found : Findings
        What to draw.
    examples : list of int
        Songs of the comparison, for the timelines.
    """
    import matplotlib as mpl

    # No window is opened, which many servers could not.
    mpl.use("Agg")
    save_timelines(out / "timeline.png", found, examples)
    _save(_votings(found.comparison), out / "votings.png")
    _save(
        _confusion(found.comparison, found.voting, found.words), out / "confusion.png"
    )


def save_timelines(path: Path, found: Findings, songs: list[int]) -> None:
    """Draw what windows say of some songs, and the verdict on each.

    Parameters
    ----------
    path : Path
        The picture.
    found : Findings
        What to draw.
    songs : list of int
        Songs of the comparison.
    """
    _save(_timelines(found, songs), path)


def _timelines(found: Findings, examples: list[int]) -> "Figure":
    from skgenre.plotting import TimelineDisplay
    from skgenre.plotting._plot_timelines import draw_timelines

    comparison, voting = found.comparison, found.voting
    windows = comparison.window_proba
    displays = []
    for song in examples:
        one = windows[[song]]
        display = TimelineDisplay(
            one.values,
            comparison.classes.tolist(),
            starts=one.starts,
            ends=one.ends,
            verdict=comparison.verdicts(voting)[song],
            song=found.heard_names[song],
            song_proba=comparison.song_proba[voting][song],
            truth=comparison.y[song],
        )
        displays.append(display)
    figure = draw_timelines(displays)
    songs = plural(found.words.song)
    title = f"What windows say, and the verdict by {voting} ({songs} of mixed windows)"
    # About nine of its letters to the inch: one song makes a narrow picture.
    figure.suptitle(textwrap.fill(title, int(9 * figure.get_figwidth())))
    return figure


def _votings(comparison: "VotingComparison") -> "Figure":
    from matplotlib import pyplot

    figure, (above, under) = pyplot.subplots(
        2, 1, figsize=(7.5, 2.4 + 0.75 * len(comparison.pooled)), layout="constrained"
    )
    comparison.plot(ax=above)
    comparison.plot(ax=under, kind="difference")
    return figure


def _confusion(comparison: "VotingComparison", voting: str, words: Unit) -> "Figure":
    from skgenre.plotting import ConfusionDisplay

    display = ConfusionDisplay.from_comparison(comparison, voting)
    ax = display.ax_
    title = worded(ax.get_title(loc="left"), words)
    ax.set_title(title, loc="left", fontsize="medium")
    ax.set(
        xlabel=f"verdict by {voting}",
        ylabel=f"{words.label} ({plural(words.song)})",
    )
    return cast("Figure", display.figure_)


def _save(figure: "Figure", path: Path) -> None:
    from matplotlib import pyplot

    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def save_predictions(out: Path, found: Findings) -> None:
    """Write a table of all songs, with the verdict on each, or why there is none.

    Parameters
    ----------
    out : Path
        Folder that exists.
    found : Findings
        What to write.
    """
    classes = found.comparison.classes
    head = ["song", "artist", "genre", "fold", "windows", "verdict"]
    head += [f"proba_{label}" for label in classes] + ["error"]
    said = dict(zip(found.heard.tolist(), _said(found), strict=True))
    file = io.StringIO(newline="")  # the writer ends lines itself
    writer = csv.writer(file)
    writer.writerow(map(safe_cell, head))
    for song, name in enumerate(found.names):
        about = [name, found.songs.artists[song] or "", found.songs.target[song]]
        nothing = ["", 0, "", *[""] * len(classes)]
        nothing += [found.errors.get(name, "no windows")]
        writer.writerow(map(safe_cell, about + said.get(song, nothing)))
    write_whole(out / "predictions.csv", file.getvalue().encode())


def _said(found: Findings) -> list[list[Any]]:
    """Fold, windows, verdict, probabilities and error of each song heard."""
    comparison = found.comparison
    nothing = ["", 0, "", *[""] * len(comparison.classes), "tested in no fold"]
    return [
        [fold, n_windows, verdict, *(f"{p:.6f}" for p in proba), ""]
        if fold >= 0
        else nothing
        for fold, n_windows, verdict, proba in zip(
            comparison.fold,
            comparison.window_proba.counts,
            comparison.verdicts(found.voting),
            comparison.song_proba[found.voting],
            strict=True,
        )
    ]


def facts_of(found: Findings, settings: dict[str, Any]) -> dict[str, Any]:
    """All scores, and with which settings they came about.

    Parameters
    ----------
    found : Findings
        What was found.
    settings : dict
        What the user decided.

    Returns
    -------
    dict
        As JSON can hold it.
    """
    comparison = found.comparison
    return {
        "skgenre": __version__,
        "settings": settings,
        "by_artist": found.songs.groups is not None,
        "always": dict(zip(("label", "accuracy"), comparison.baseline, strict=True)),
        "recall": comparison.recall(found.voting),
        "classes": comparison.classes.tolist(),
        "reference": comparison.reference,
        "confidence": comparison.confidence,
        "votings": comparison.pooled,
        "folds": comparison.per_fold,
        "copies": found.copies,
        "errors": found.errors,
    }


def save_comparison(out: Path, facts: dict[str, Any]) -> None:
    """Write all scores.

    Parameters
    ----------
    out : Path
        Folder that exists.
    facts : dict
        Of `facts_of`.
    """
    text = json.dumps(facts, indent=2)
    write_whole(out / "comparison.json", f"{text}\n".encode())
