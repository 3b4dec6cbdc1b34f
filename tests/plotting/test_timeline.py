import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import soundfile
from drawn import assert_words_are_apart, heights, texts
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer
from skgenre.plotting import TimelineDisplay, plot_timelines
from skgenre.plotting._plot_timelines import draw_timelines
from skgenre.voting import window_events


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
    assert labels == ["decided", "rock", "jazz"]


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
    assert [text.get_text() for text in legend.get_texts()] == [
        "jazz",
        "rock",
        "decided",
    ]
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


def test_stretches_meet_half_way_and_gaps_stay_empty():
    # Windows of 4 s at 0, 1 and 6 s: the first two share 1 to 4 s, the last is alone.
    proba = [[1, 0], [0.5, 0.5], [0, 1]]
    display = TimelineDisplay(proba, "ab", starts=[0, 1, 6], ends=[4, 5, 10]).plot()
    edges = display.ax_.patches[0].get_data().edges
    np.testing.assert_allclose(edges, [0, 2.5, 5, 6, 10])
    nan = [np.nan, np.nan]
    np.testing.assert_allclose(heights(display), [*proba[:2], nan, proba[2]])


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


def bars(ax):
    """Seconds and heights of what is drawn below, the two signs together."""
    up, down = (patch.get_data() for patch in ax.patches)
    return up.edges, up.values + down.values


def test_contributions_below_and_what_decided(songs, model):
    windows, _ = songs
    display = TimelineDisplay.from_estimator(
        model, windows, song=3, below="contribution"
    )
    table = model.explain(windows[[3]])
    edges, values = bars(display.below_ax_)
    np.testing.assert_allclose(edges, [0, 3.75, 6.25, 8.75, 11.25, 15])
    np.testing.assert_allclose(values, table["contribution"])
    assert display.below_ax_.get_ylabel() == "contribution\n(share)"
    assert display.below_ax_.get_xlabel() == "time (s)"
    marked = [line.get_xdata() for line in display.ax_.lines if line.get_gid()]
    events = window_events(table)
    np.testing.assert_array_equal(marked, events[["start", "end"]].to_numpy())
    assert_words_are_apart(display.figure_)


def test_what_speaks_against_goes_down_and_is_hatched():
    display = TimelineDisplay(
        [[0.9, 0.1], [0.2, 0.8]],
        "ab",
        starts=[0, 5],
        ends=[5, 10],
        contribution=[2.0, -1.0],
        kind="log-odds",
    ).plot(below="contribution")
    _, values = bars(display.below_ax_)
    assert values.tolist() == [2, -1]
    assert [bool(p.get_hatch()) for p in display.below_ax_.patches] == [False, True]
    assert display.find_deciding() == [(0, 5)]


def test_attention_below(songs, model):
    proba = [[0.9, 0.1], [0.2, 0.8]]
    display = TimelineDisplay(
        proba, "ab", starts=[0, 5], ends=[5, 10], attention=[0.25, 0.75]
    ).plot(below="attention")
    assert bars(display.below_ax_)[1].tolist() == [0.25, 0.75]
    assert display.below_ax_.get_ylabel() == "attention\n(weight)"
    with pytest.raises(ValueError, match="MILClassifier gives windows weights"):
        TimelineDisplay.from_estimator(model, songs[0], below="attention")


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tones")
    rng = np.random.default_rng(0)
    paths, y = [], np.array(["high", "low"] * 4)
    for i, label in enumerate(y):
        tone = np.sin(np.arange(16000) * (1.5 if label == "high" else 0.2))
        path = folder / f"{label} {i}.wav"
        soundfile.write(path, 0.4 * tone + 0.02 * rng.normal(size=16000), 8000)
        paths.append(str(path))
    return paths, y


def recipe(seconds, voting="mean"):
    return make_pipeline(
        FrameWindower(seconds, sample_rate=8000),
        MFCCFeaturizer(5, n_mels=20, summary=["mean"]),
        GroupVotingClassifier(LogisticRegression(), voting=voting),
    )


@pytest.mark.parametrize("above", ["mel", "waveform"])
def test_the_song_itself_above(tones, above):
    paths, y = tones
    model = recipe(0.6).fit(paths, y)
    display = TimelineDisplay.from_estimator(
        model, paths, song=2, above=above, below="contribution", truth="low"
    )
    # All of the song, of which windows reach to 1.8 s only.
    assert display.ax_.get_xlim() == display.above_ax_.get_xlim() == (0, 2)
    assert display.ends[-1] == pytest.approx(1.8)
    assert len(display.waveform) == 16000
    # The name stands on top of all.
    assert display.above_ax_.get_title(loc="left") == "high 2"
    assert any("but it is low" in t.get_text() for t in display.above_ax_.texts)
    assert_words_are_apart(display.figure_)
    # Windows of features still know the file.
    windows = model[:-1].transform(paths)
    again = TimelineDisplay.from_estimator(model[-1], windows, song=2, above=above)
    assert len(again.waveform) > 2 * 16000  # nobody says at which rate


def test_sound_that_is_not_known_is_asked_for(songs, model, tones):
    with pytest.raises(ValueError, match=r"Say it with audio='song\.wav'"):
        TimelineDisplay.from_estimator(model, songs[0], above="mel")
    display = TimelineDisplay.from_estimator(
        model, songs[0], above="waveform", audio=(np.sin(np.arange(8000.0)), 8000)
    )
    assert display.ax_.get_xlim() == (0, 15)
    with pytest.raises(ValueError, match="above='mel' without a waveform"):
        TimelineDisplay([[1, 0]], "ab").plot(above="mel")
    for wrong in ({"above": "stft"}, {"below": "weights"}):
        with pytest.raises(ValueError, match="or None"):
            TimelineDisplay([[1, 0]], "ab").plot(**wrong)


def test_parts_of_a_model_are_drawn_as_their_mean(tones):
    paths, y = tones
    parts = [("short", recipe(0.5)), ("long", recipe(1.0))]
    model = VotingClassifier(parts, voting="soft").fit(paths, y)
    display = TimelineDisplay.from_estimator(model, paths, song=1, below="contribution")
    assert display.ax_.get_ylabel() == "probability\n(mean of 2)"
    np.testing.assert_allclose(display.window_proba.sum(axis=1), 1)
    np.testing.assert_allclose(display.song_proba, model.predict_proba(paths[1:2])[0])
    # Contributions are per second, and add up to the probability of the verdict.
    edges, values = bars(display.below_ax_)
    total = (np.diff(edges) * values).sum()
    assert total == pytest.approx(display.song_proba.max())
    assert_words_are_apart(display.figure_)


def test_calibrated_models_are_drawn(tones):
    paths, y = tones
    model = CalibratedClassifierCV(recipe(0.5), cv=2).fit(np.array(paths), y)
    display = TimelineDisplay.from_estimator(model, np.array(paths), song=1)
    proba = model.predict_proba(np.array(paths)[1:2])[0]
    np.testing.assert_allclose(display.song_proba, proba)
    assert f"verdict: low ({100 * proba[1]:.0f} %)" in texts(display)


def test_songs_that_are_not_heard_get_no_verdict(tones, tmp_path):
    paths, y = tones
    soundfile.write(tmp_path / "silent.wav", np.zeros(8000), 8000)
    model = recipe(0.5).fit(paths, y).set_params(framewindower__on_error="warn")
    display = TimelineDisplay.from_estimator(
        model, str(tmp_path / "silent.wav"), above="mel", below="contribution"
    )
    assert display.verdict is None
    assert display.song_proba is None
    said = [t.get_text() for ax in display.figure_.axes for t in ax.texts]
    assert "no verdict" in said
    assert any("It is silent" in text for text in said)
    assert_words_are_apart(display.figure_)


@pytest.mark.parametrize("n_classes", [2, 10, 50])
@pytest.mark.parametrize("name", ["a long name of a genre {}", "音楽 🎵 {}", "{}"])
def test_words_of_all_classes_are_apart(n_classes, name):
    rng = np.random.default_rng(0)
    classes = [name.format(i) for i in range(n_classes)]
    proba = rng.dirichlet(np.full(n_classes, 0.2), size=20)
    display = TimelineDisplay(
        proba,
        classes,
        starts=np.arange(20) * 2.5,
        ends=np.arange(20) * 2.5 + 5,
        song=f"音楽/{name.format('of a song')}.mp3",
        verdict=classes[1],
        truth=classes[0],
        song_proba=proba.mean(axis=0),
        contribution=rng.normal(size=20),
        waveform=rng.normal(size=22050),
        attention=proba[:, 0],
    ).plot(above="waveform", below="contribution")
    assert_words_are_apart(display.figure_)
    assert display.figure_.get_figwidth() <= 8
    names = [text.get_text() for text in display.legend_.get_texts()]
    assert len(set(names)) == len(names) == min(n_classes, 10) + 1


def test_rows_must_fit():
    with pytest.raises(ValueError, match=r"Got contribution of shape \(2,\)"):
        TimelineDisplay([[1, 0]], "ab", contribution=[1, 2])


@pytest.mark.slow
def test_a_network_of_songs_is_drawn_with_its_attention(songs):
    neural = pytest.importorskip("skgenre.neural")
    windows, y = songs
    mil = neural.MILClassifier("linear", pooling="attention", epochs=3, random_state=0)
    mil.fit(windows, y)
    display = TimelineDisplay.from_estimator(mil, windows, song=3, below="attention")
    weights = mil.attention_weights(windows[[3]])
    np.testing.assert_allclose(bars(display.below_ax_)[1], np.ravel(weights), rtol=1e-5)
    TimelineDisplay.from_estimator(mil, windows, song=3, below="contribution")


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
