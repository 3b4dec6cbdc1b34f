import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer, SongWindows
from skgenre.model_selection import compare_votings
from skgenre.plotting import (
    TimelineDisplay,
    VotingComparisonDisplay,
    plot_timelines,
)
from skgenre.plotting._colours import class_styles

mpl.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def songs():
    rng = np.random.default_rng(0)
    y = np.array(["jazz", "rock"] * 10)
    windows = SongWindows(
        rng.normal(size=(100, 3)),
        counts=[5] * 20,
        song_ids=[f"{label}/{i} - Title.wav" for i, label in enumerate(y)],
        starts=np.tile(np.arange(5) * 2.5, 20),
        window_seconds=5.0,
    )
    windows.values[windows.expand(y) == "rock"] += 0.7
    return windows, y


@pytest.fixture(scope="module")
def model(songs):
    return GroupVotingClassifier(GaussianNB()).fit(*songs)


def heights(display):
    """Height of each class over time, from what was drawn."""
    steps = [p for p in display.ax_.patches if p.get_fill()]
    return np.column_stack([p.get_data().values - p.get_data().baseline for p in steps])


def texts(display):
    return [text.get_text() for text in display.ax_.texts] + [
        display.ax_.get_title(loc="left").strip()
    ]


def test_from_estimator_draws_what_windows_say(songs, model):
    windows, y = songs
    display = TimelineDisplay.from_estimator(model, windows, song=3, truth=y[3])
    np.testing.assert_allclose(
        heights(display), model.predict_window_proba(windows[[3]]), atol=1e-12
    )
    edges = display.ax_.patches[0].get_data().edges
    np.testing.assert_allclose(edges, [0, 3.75, 6.25, 8.75, 11.25, 15])
    assert display.ax_.get_xlabel() == "time (s)"
    assert display.ax_.get_xlim() == (0, 15)
    share = model.predict_proba(windows[[3]])[0, 1]
    assert f"verdict: rock ({100 * share:.0f} %), right" in texts(display)
    assert "3 - Title" in texts(display)
    labels = [text.get_text() for text in display.legend_.get_texts()]
    assert labels == ["rock", "jazz"]


def test_wrong_verdict_says_so(songs, model):
    windows, _ = songs
    display = TimelineDisplay.from_estimator(model, windows, song=3, truth="jazz")
    assert any("but it is jazz" in text for text in texts(display))


def test_from_estimator_reads_one_song_of_a_pipeline(tmp_path):
    import soundfile

    rng = np.random.default_rng(0)
    paths, y = [], np.array(["high", "low"] * 3)
    for i, label in enumerate(y):
        tone = np.sin(np.arange(8000) * (1.5 if label == "high" else 0.2))
        path = tmp_path / f"{label} {i}.wav"
        soundfile.write(path, 0.5 * tone + 0.01 * rng.normal(size=8000), 8000)
        paths.append(str(path))
    model = make_pipeline(
        FrameWindower(0.25, sample_rate=8000),
        MFCCFeaturizer(5, n_mels=20, summary=["mean"]),
        GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression())),
    ).fit(paths, y)
    # Broken paths beside it do not matter: only one song is read.
    display = TimelineDisplay.from_estimator(
        model, ["no such.wav", paths[1], "nor this.wav"], song=1, truth="low"
    )
    assert "low 1" in texts(display)
    assert heights(display).shape == (7, 2)
    alone = TimelineDisplay.from_estimator(model, paths[1])
    np.testing.assert_array_equal(heights(alone), heights(display))
    waveform = soundfile.read(paths[1])[0]
    unnamed = TimelineDisplay.from_estimator(model, [waveform])
    assert "song 0" in texts(unnamed)
    figure = plot_timelines(model, paths, y=y)
    assert len(figure.axes) == 6


def test_from_timeline_takes_one_of_many(songs, model):
    windows, _ = songs
    table = model.timeline(windows[:3])
    name = windows.song_ids[1]
    display = TimelineDisplay.from_timeline(table, song=name, truth="rock")
    np.testing.assert_allclose(
        heights(display), model.predict_window_proba(windows[[1]]), atol=1e-12
    )
    with pytest.raises(ValueError, match="a table of 3 songs, but expected one"):
        TimelineDisplay.from_timeline(table)
    with pytest.raises(ValueError, match="Got song='x', which the table does not"):
        TimelineDisplay.from_timeline(table, song="x")
    with pytest.raises(ValueError, match="without the column"):
        TimelineDisplay.from_timeline(pd.DataFrame({"song": [1]}))


def test_windows_without_times_are_counted(songs, model):
    windows, _ = songs
    display = TimelineDisplay.from_estimator(
        model, windows.values, groups=windows.groups, song=2
    )
    assert display.ax_.get_xlabel() == "window"
    edges = display.ax_.patches[0].get_data().edges
    np.testing.assert_array_equal(edges, np.arange(6) + 0.5)


def test_one_window_and_no_window():
    one = TimelineDisplay([[0.3, 0.7]], "ab", starts=[1], ends=[6], verdict="b").plot()
    assert one.ax_.get_xlim() == (1, 6)
    none = TimelineDisplay(np.zeros((0, 2)), "ab", verdict="b").plot()
    assert "no windows" in texts(none)
    assert none.legend_ is None


def test_draws_on_given_axes(songs, model):
    _, (left, right) = plt.subplots(1, 2)
    display = TimelineDisplay.from_estimator(model, songs[0], ax=right, legend=False)
    assert display.ax_ is right
    assert display.figure_ is right.figure
    assert not left.patches


def test_names_are_shown_as_they_are():
    name = "a_b $x$ " + 60 * "c"
    display = TimelineDisplay([[1, 0]], "ab", verdict="a", song=name).plot()
    display.figure_.canvas.draw()
    title = display.ax_.get_title(loc="left").strip()
    assert title.startswith(r"a_b \$x\$ ccc")
    assert title.endswith("...")
    assert len(title) < 50


def test_timeline_errors(songs, model):
    windows, _ = songs
    with pytest.raises(ValueError, match="Got song=20, but expected a position"):
        TimelineDisplay.from_estimator(model, windows, song=20)
    with pytest.raises(ValueError, match="expected a GroupVotingClassifier"):
        TimelineDisplay.from_estimator(GaussianNB(), windows)
    with pytest.raises(ValueError, match=r"Got window_proba of shape \(1, 2\)"):
        TimelineDisplay([[1, 0]], "abc")
    with pytest.raises(ValueError, match="Got no songs to draw"):
        plot_timelines(model, windows, songs=[])


def boxes(figure):
    """Where the words of a figure are, in pixels."""
    figure.canvas.draw()
    # Numbers beside the visible range of an axis exist, but are not drawn.
    undrawn = {
        label
        for ax in figure.findobj(mpl.axes.Axes)
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not np.isclose(
            np.clip(tick.get_loc(), *sorted(axis.get_view_interval())), tick.get_loc()
        )
    }
    found = []
    for text in figure.findobj(mpl.text.Text):
        if text.get_visible() and text.get_text().strip() and text not in undrawn:
            box = text.get_window_extent()
            if box.width and box.height:
                found.append((text.get_text().strip(), box))
    return found


def assert_words_are_apart(figure):
    found = boxes(figure)
    for i, (one, a) in enumerate(found):
        assert a.x0 > -1, one
        assert a.x1 < figure.bbox.x1 + 1, one
        for other, b in found[i + 1 :]:
            # Titles hold an empty line, in which the verdict stands.
            if "Title" in one + other and "verdict" in one + other:
                continue
            assert not a.overlaps(b), (one, other)


def test_grid_has_one_legend_and_no_words_on_words(songs, model):
    windows, y = songs
    figure = plot_timelines(model, windows, songs=[0, 1, 2], y=y)
    assert len(figure.axes) == 4
    assert [ax.axison for ax in figure.axes] == [True, True, True, False]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["jazz", "rock"]
    assert_words_are_apart(figure)


def test_words_of_many_classes_are_apart():
    classes = [f"quite a long name {i}" for i in range(12)]
    proba = np.full((4, 12), 1 / 12)
    display = TimelineDisplay(
        *(proba, classes),
        **{"starts": np.arange(4), "ends": np.arange(4) + 2, "song": "Title"},
        **{"verdict": classes[3], "song_proba": proba[0]},
    )
    from skgenre.plotting._timeline import draw_timelines

    assert_words_are_apart(draw_timelines([display, display]))


def test_colours_belong_to_classes():
    seven = class_styles(range(7))
    assert len({style["facecolor"] for style in seven}) == 7
    ten = class_styles(range(10))
    assert len({style["facecolor"] for style in ten}) == 10
    many = class_styles(range(25))
    assert len({(s["facecolor"], s["hatch"]) for s in many}) == 25
    assert class_styles("abc") == class_styles("xyz")


@pytest.fixture(scope="module")
def comparison(songs):
    return compare_votings(GroupVotingClassifier(GaussianNB()), *songs, cv=4)


def test_comparison_accuracy(comparison):
    display = comparison.plot()
    ax = display.ax_
    assert isinstance(display, VotingComparisonDisplay)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == list(comparison.pooled)
    assert ax.get_xlabel() == "accuracy (% of songs)"
    fold_points = [line for line in ax.lines if len(line.get_xdata()) == 4]
    assert len(fold_points) == len(names)
    frame = comparison.to_frame()
    for name, line in zip(names, fold_points, strict=True):
        expected = 100 * frame.loc[frame["voting"] == name, "accuracy"]
        np.testing.assert_allclose(line.get_xdata(), expected)
    assert [text.get_text() for text in ax.texts] == [
        f"{100 * row['accuracy']:.1f}" for row in comparison.pooled.values()
    ]
    assert_words_are_apart(display.figure_)


def test_comparison_difference(comparison):
    display = VotingComparisonDisplay.from_comparison(comparison, kind="difference")
    names = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert names == comparison.differences().index.tolist()
    assert "minus that of majority" in display.ax_.get_xlabel()
    assert_words_are_apart(display.figure_)


def test_comparison_from_estimator_on_given_axes(songs):
    _, ax = plt.subplots()
    display = VotingComparisonDisplay.from_estimator(
        *(GroupVotingClassifier(GaussianNB()), *songs),
        ax=ax,
        votings="mean",
        reference="mean",
        cv=2,
    )
    assert display.ax_ is ax
    with pytest.raises(ValueError, match="with one voting, but expected a second"):
        display.plot(kind="difference")
    with pytest.raises(ValueError, match="Got kind='box'"):
        display.plot(kind="box")


def test_import_does_not_load_matplotlib():
    code = (
        "import sys, skgenre.plotting, skgenre.model_selection, skgenre.cli\n"
        "loaded = {'matplotlib', 'librosa', 'typer', 'tensorflow'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
