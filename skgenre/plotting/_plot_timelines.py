"""plot_timelines: several songs in one figure."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from skgenre._optional import require
from skgenre.audio._errors import AudioError
from skgenre.audio._song import is_file
from skgenre.plotting._song_axes import Above
from skgenre.plotting._stack import (
    DECIDED,
    MOST_CLASSES,
    deciding_handle,
    legend_names,
    main_classes,
    stack_bands,
)
from skgenre.plotting._timeline import TimelineDisplay
from skgenre.plotting._words import lettered
from skgenre.voting._judge_song import JudgedSong, judge_song

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_timelines(
    estimator: Any,
    X: Any,
    *,
    songs: Sequence[int] | None = None,
    y: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_cols: int = 2,
    above: Above = None,
) -> "Figure":
    """Draw what a fitted classifier says of several songs, in one figure.

    Parameters
    ----------
    estimator : estimator
        Fitted, as `TimelineDisplay.from_estimator` takes it.
    X : SongWindows, sequence of paths, or what else the model takes
        Songs.
    songs : sequence of int, default=None
        Positions of the songs to draw; the first six if None.
    y : array-like of shape (n_songs,), default=None
        The label of each song in `X`, where known.
    groups : array-like of shape (n_windows,), default=None
        The song of each row, where `X` is a plain array of windows.
    n_cols : int, default=2
        Songs beside each other.
    above : {"mel", "waveform"} or None, default=None
        Draw each song's sound above.

    Returns
    -------
    matplotlib Figure
        One set of axes per song and one legend. A song that cannot be read has none of
        its own drawn, and says why.

    See Also
    --------
    TimelineDisplay : One song.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> from skgenre.plotting import plot_timelines
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 10)
    >>> windows = SongWindows(rng.normal(size=(100, 3)), counts=[5] * 20)
    >>> model = GroupVotingClassifier(GaussianNB()).fit(windows, y)
    >>> figure = plot_timelines(model, windows, songs=[0, 1], y=y)
    >>> [ax.get_ylabel() for ax in figure.axes]
    ['probability', '']
    """
    if songs is None:
        n_songs = len(X) if groups is None else len(set(np.asarray(groups).tolist()))
        songs = range(min(6, n_songs))
    displays = []
    for song in songs:
        judged = _judged(estimator, X, song, groups)
        truth = None if y is None else np.asarray(y)[song]
        display = TimelineDisplay.from_judged(judged, truth=truth)
        if above is not None:
            display.hear(judged.song, estimator)
        displays.append(display)
    return draw_timelines(displays, n_cols=n_cols, above=above)


def _judged(estimator: Any, X: Any, song: int, groups: ArrayLike | None) -> JudgedSong:
    """Judge a song; one that cannot be read says why, and costs the others nothing."""
    try:
        return judge_song(estimator, X, song=song, groups=groups)
    except AudioError as error:
        # Of one song there is one reason.
        reason = next(iter(error.errors.values()), str(error))
        name = X[song] if is_file(X[song]) else f"song {song}"
        classes = np.asarray(estimator.classes_).tolist()
        return JudgedSong(name, classes, (), None, None, reason)


def draw_timelines(
    displays: Sequence[TimelineDisplay], *, n_cols: int = 2, above: Above = None
) -> "Figure":
    """Draw several songs in one figure with one legend.

    Parameters
    ----------
    displays : sequence of TimelineDisplay
        With the same classes.
    n_cols : int, default=2
        Songs beside each other.
    above : {"mel", "waveform"} or None, default=None
        Draw each song's sound above.

    Returns
    -------
    matplotlib Figure
        One set of axes per song and one legend.
    """
    if not displays:
        raise ValueError("Got no songs to draw, but expected at least one.")
    pyplot = require("matplotlib.pyplot", "plot", "plot_timelines")
    n_cols = min(n_cols, len(displays))
    n_rows = math.ceil(len(displays) / n_cols)
    height = 2.1 if above is None else 3.0
    classes = _common_classes(displays)
    with lettered(classes):
        figure, grid = pyplot.subplots(
            n_rows,
            n_cols,
            figsize=(max(5.0, 4.2 * n_cols), height * n_rows + 0.6),
            layout="constrained",
            squeeze=False,
        )
        for i, ax in enumerate(grid.flat):
            if i >= len(displays):
                ax.set_axis_off()
                continue
            displays[i].plot(ax=ax, above=above, legend=False, classes=classes)
            # The axes share what they show: one label is enough for songs side by side.
            if i % n_cols:
                ax.set_ylabel("")
        is_marked = any(display.find_deciding() for display in displays)
        _draw_legend(figure, displays[0].classes, classes, is_marked=is_marked)
    return figure


def _common_classes(displays: Sequence[TimelineDisplay]) -> list[Any]:
    """Classes that are drawn in all songs: those that matter most in any of them."""
    every = displays[0].classes
    always = {
        every.index(label)
        for display in displays
        for label in (display.verdict, display.truth)
        if label in every
    }
    if len(always) >= MOST_CLASSES:
        return [every[i] for i in sorted(always)]
    proba = np.concatenate([display.window_proba for display in displays])
    return [every[i] for i in main_classes(proba, sorted(always))]


def _draw_legend(
    figure: "Figure", every: list[Any], classes: list[Any], *, is_marked: bool
) -> None:
    """Name the classes once, below all songs."""
    from matplotlib.patches import Patch

    columns = [every.index(label) for label in classes]
    _, names, styles = stack_bands(np.zeros((0, len(every))), every, columns)
    labels = legend_names(names)
    handles: list[Any] = [Patch(edgecolor="white", **style) for style in styles]
    if is_marked:
        handles, labels = [*handles, deciding_handle()], [*labels, DECIDED]
    # About 12 letters to the inch; a coloured box takes the room of seven.
    letters = max(len(line) for name in labels for line in name.split("\n")) + 7
    n_cols = max(1, int(12 * figure.get_figwidth() / letters))
    figure.legend(
        handles=handles,
        labels=labels,
        loc="outside lower center",
        ncols=min(len(labels), n_cols),
        frameon=False,
    )
