"""What ``skgenre compare`` saves: a picture, a verdict by each model, all scores."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre import __version__
from skgenre._files import write_whole
from skgenre.cli._say import plain
from skgenre.prediction._table_files import safe_cell

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skgenre.model_selection import ModelComparison

COMPARED_FILES = ("comparison.png", "predictions.csv", "comparison.json")


def save_compared(
    out: Path,
    comparison: "ModelComparison",
    *,
    songs: "Bunch",
    names: list[str],
    heard: np.ndarray,
    errors: Mapping[str, str],
    result: Mapping[str, Any],
) -> None:
    """Write what was found.

    Parameters
    ----------
    out : Path
        Folder, made if missing.
    comparison : ModelComparison
        Of the songs that could be used.
    songs : Bunch
        All songs, as from `load_songs`.
    names : list of str of length n_songs
        Names of all songs.
    heard : int array of shape (n_heard,)
        Positions of the songs that could be used.
    errors : dict of str to str
        Why others could not, by name.
    result : mapping
        What goes into comparison.json.
    """
    out.mkdir(parents=True, exist_ok=True)
    picture, predictions, numbers = (out / name for name in COMPARED_FILES)
    _save_picture(picture, comparison)
    _save_predictions(
        predictions,
        comparison,
        songs=songs,
        names=names,
        heard=heard,
        errors=errors,
    )
    text = json.dumps(plain({"skgenre": __version__, **result}), indent=2)
    write_whole(numbers, f"{text}\n".encode())


def _save_picture(path: Path, comparison: "ModelComparison") -> None:
    import matplotlib as mpl

    # No window is opened, which many servers could not.
    mpl.use("Agg")
    from matplotlib import pyplot

    several = len(comparison.pooled) > 1
    n_axes = 1 + several
    figure, axes = pyplot.subplots(
        n_axes,
        1,
        figsize=(8, n_axes * (1.4 + 0.36 * len(comparison.pooled))),
        layout="constrained",
        squeeze=False,
    )
    comparison.plot(ax=axes[0, 0])
    if several:
        comparison.plot(ax=axes[1, 0], kind="difference")
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def _save_predictions(
    path: Path,
    comparison: "ModelComparison",
    *,
    songs: "Bunch",
    names: list[str],
    heard: np.ndarray,
    errors: Mapping[str, str],
) -> None:
    """A line for each song: what each model says of it, or why there is none."""
    models = list(comparison.song_proba)
    verdicts = np.array([comparison.verdicts(name) for name in models]).T
    said = {
        song: [comparison.fold[row], *verdicts[row].tolist(), ""]
        for row, song in enumerate(heard.tolist())
    }
    file = io.StringIO(newline="")  # the writer ends lines itself
    writer = csv.writer(file)
    head = ["song", "artist", "genre", "fold", *models, "error"]
    writer.writerow(map(safe_cell, head))
    for song, name in enumerate(names):
        about = [name, songs.artists[song] or "", songs.target[song]]
        nothing = ["", *[""] * len(models), errors.get(name, "no windows")]
        line = [*about, *said.get(song, nothing)]
        writer.writerow(map(safe_cell, line))
    write_whole(path, file.getvalue().encode())
