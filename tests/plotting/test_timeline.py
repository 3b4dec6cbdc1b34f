import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import soundfile
from drawn import assert_words_are_apart, heights, texts
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer
from skgenre.plotting import TimelineDisplay, plot_timelines
from skgenre.plotting._timeline import draw_timelines


@pytest.fixture(scope="module")
def model(songs):
    return GroupVotingClassifier(GaussianNB()).fit(*songs)


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
    with pytest.raises(ValueError, match="judges windows and songs, such as MIL"):
        TimelineDisplay.from_estimator(GaussianNB(), windows)
    with pytest.raises(ValueError, match=r"Got window_proba of shape \(1, 2\)"):
        TimelineDisplay([[1, 0]], "abc")
    with pytest.raises(ValueError, match="Got no songs to draw"):
        plot_timelines(model, windows, songs=[])


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
        proba,
        classes,
        starts=np.arange(4),
        ends=np.arange(4) + 2,
        song="Title",
        verdict=classes[3],
        song_proba=proba[0],
    )
    assert_words_are_apart(draw_timelines([display, display]))


def test_stretches_meet_half_way():
    # Windows of 4 s at 0, 1 and 6 s have their centres at 2, 3 and 8 s.
    proba = [[1, 0], [0.5, 0.5], [0, 1]]
    display = TimelineDisplay(proba, "ab", starts=[0, 1, 6], ends=[4, 5, 10]).plot()
    edges = display.ax_.patches[0].get_data().edges
    np.testing.assert_allclose(edges, [0, 2.5, 5.5, 10])
    np.testing.assert_allclose(heights(display), proba)


def test_bar_of_the_song_is_what_the_voting_says():
    display = TimelineDisplay(
        [[0.3, 0.7]], "ab", starts=[0], ends=[5], verdict="b", song_proba=[0.25, 0.75]
    ).plot()
    (bar,) = display.ax_.child_axes
    steps = [p.get_data() for p in bar.patches if p.get_fill()]
    np.testing.assert_allclose([s.values - s.baseline for s in steps], [[0.25], [0.75]])
    assert "verdict: b (75 %)" in texts(display)


def test_songs_share_one_row_as_long_as_there_is_room():
    display = TimelineDisplay([[0.3, 0.7]], "ab", song="one")
    figure = draw_timelines([display] * 3, n_cols=2)
    assert [ax.get_ylabel() for ax in figure.axes[:3]] == [
        "probability",
        "",
        "probability",
    ]
    assert len(draw_timelines([display], n_cols=5).axes) == 1


class Judge(BaseEstimator):
    """Judges windows and songs, but is no GroupVotingClassifier."""

    classes_ = np.array(["jazz", "rock"])

    def predict_window_proba(self, X):
        return np.tile([0.25, 0.75], (X.n_windows, 1))

    def predict_proba(self, X):
        return np.tile([0.25, 0.75], (len(X), 1))


def test_c_any_classifier_of_windows_and_songs_is_drawn(songs):
    windows, _ = songs
    display = TimelineDisplay.from_estimator(Judge(), windows, song=3)
    assert display.verdict == "rock"
    assert len(display.window_proba) == windows.counts[3]


def test_c_a_short_song_is_drawn_to_its_end(tmp_path):
    path = tmp_path / "short.wav"
    soundfile.write(path, np.random.default_rng(0).normal(size=28000) / 9, 8000)
    pipeline = make_pipeline(FrameWindower(5, sample_rate=8000), Judge())
    display = TimelineDisplay.from_estimator(pipeline, [path])
    assert display.ends.tolist() == [3.5]
    assert display.ax_.get_xlim() == (0, 3.5)


def test_c_long_names_stay_within_the_picture(songs):
    genres = ["Contemporary Christian Music of the Nineties", "jazz"]
    display = TimelineDisplay(
        np.tile([0.5, 0.5], (4, 1)),
        genres,
        verdict="jazz",
        truth=genres[0],
        song="a name that is as long as names of songs are never in the charts",
        song_proba=[0.5, 0.5],
    )
    figure = draw_timelines([display])
    figure.canvas.draw()
    edge = figure.bbox.x1
    texts = [*display.ax_.texts, display.ax_._left_title]
    assert all(text.get_window_extent().x1 <= edge + 1 for text in texts)
    assert display.ax_.get_window_extent().width > 0.7 * figure.bbox.width
    alone = display.plot()
    alone.figure_.canvas.draw()
    assert alone.ax_.get_window_extent().width > 0.5 * alone.figure_.bbox.width
    assert max(map(len, alone.legend_.get_texts()[1].get_text().split("\n"))) <= 18
