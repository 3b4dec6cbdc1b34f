"""What the command line saves."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from skgenre import __version__

FILES = (
    *("timeline.png", "votings.png", "confusion.png"),
    *("predictions.csv", "comparison.json"),
)


def save_pictures(
    out: Path, comparison: Any, voting: str, examples: list[int], names: list[str]
) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot
    from sklearn.metrics import ConfusionMatrixDisplay

    from skgenre.plotting._timeline import TimelineDisplay, draw_timelines

    windows = comparison.window_proba
    seconds = windows.window_seconds
    displays = []
    for song in examples:
        one = windows[[song]]
        display = TimelineDisplay(
            one.values,
            comparison.classes.tolist(),
            starts=one.starts,
            ends=one.starts + seconds,
            verdict=comparison.verdicts(voting)[song],
            song=names[song],
            song_proba=comparison.song_proba[voting][song],
            truth=comparison.y[song],
        )
        displays.append(display)
    figure = draw_timelines(displays)
    figure.suptitle(
        f"What windows say, and the verdict by {voting} (songs of mixed windows)"
    )
    _save(pyplot, figure, out / "timeline.png")

    figure, (above, below) = pyplot.subplots(
        2, 1, figsize=(7.5, 2.4 + 0.75 * len(comparison.pooled)), layout="constrained"
    )
    comparison.plot(ax=above)
    comparison.plot(ax=below, kind="difference")
    _save(pyplot, figure, out / "votings.png")

    size = 2.5 + 0.55 * len(comparison.classes)
    figure, ax = pyplot.subplots(figsize=(size, size), layout="constrained")
    ConfusionMatrixDisplay.from_predictions(
        comparison.y,
        comparison.verdicts(voting),
        labels=comparison.classes,
        cmap="Blues",
        colorbar=False,
        xticks_rotation=45,
        ax=ax,
    )
    pyplot.setp(ax.get_xticklabels(), ha="right", rotation_mode="anchor")
    title = f"{len(comparison.y)} songs by genre and verdict"
    ax.set(xlabel=f"verdict by {voting}", ylabel="genre", title=title)
    _save(pyplot, figure, out / "confusion.png")


def _save(pyplot: Any, figure: Any, path: Path) -> None:
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def save_predictions(
    out: Path,
    songs: Any,
    names: list[str],
    heard: np.ndarray,
    comparison: Any,
    voting: str,
    errors: dict[str, str],
) -> None:
    head = ["song", "artist", "genre", "fold", "windows", "verdict"]
    head += [f"proba_{label}" for label in comparison.classes] + ["error"]
    verdicts = comparison.verdicts(voting)
    position = {int(song): i for i, song in enumerate(heard)}
    with (out / "predictions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        for song, name in enumerate(names):
            about = [name, songs.artists[song] or "", songs.target[song]]
            if song not in position:
                blank = [""] * (len(comparison.classes) + 1)
                writer.writerow([*about, "", 0, *blank, errors.get(name, "no windows")])
                continue
            i = position[song]
            proba = [f"{p:.6f}" for p in comparison.song_proba[voting][i]]
            counts = comparison.window_proba.counts[i]
            writer.writerow(
                [*about, comparison.fold[i], counts, verdicts[i], *proba, ""]
            )


def save_comparison(
    out: Path, comparison: Any, settings: dict, errors: dict, *, by_artist: bool
) -> None:
    report = {
        "skgenre": __version__,
        "settings": settings,
        "by_artist": by_artist,
        "classes": comparison.classes.tolist(),
        "reference": comparison.reference,
        "confidence": comparison.confidence,
        "votings": comparison.pooled,
        "folds": comparison.per_fold,
        "errors": errors,
    }
    text = json.dumps(report, indent=2)
    (out / "comparison.json").write_text(f"{text}\n", encoding="utf-8")
