import numpy as np
import pytest
import soundfile
from drawn import assert_words_are_apart, boxes
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer
from skgenre.plotting import TimelineDisplay, plot_timelines
from skgenre.plotting._plot_timelines import draw_timelines


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("songs")
    rng = np.random.default_rng(0)
    found, y = [], np.array(["high", "low"] * 3)
    for i, label in enumerate(y):
        tone = np.sin(np.arange(8000) * (1.5 if label == "high" else 0.2))
        path = folder / f"{label} {i}.wav"
        soundfile.write(path, 0.5 * tone + 0.01 * rng.normal(size=8000), 8000)
        found.append(str(path))
    return found, y


def pipeline(on_error):
    return make_pipeline(
        FrameWindower(0.25, sample_rate=8000, on_error=on_error),
        MFCCFeaturizer(5, n_mels=20, summary=["mean"]),
        GroupVotingClassifier(LogisticRegression()),
    )


@pytest.mark.parametrize("on_error", ["raise", "warn"])
def test_a_bad_song_costs_the_others_nothing(paths, tmp_path, on_error):
    songs, y = paths
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(8000), 8000)
    model = pipeline(on_error).fit(songs, y)
    wanted = [songs[0], "no such.wav", str(silent)]
    figure = plot_timelines(model, wanted, above="mel")
    said = " ".join(word for word, _ in boxes(figure))
    assert "verdict: high" in said
    assert said.count("no verdict") == 2
    assert said.count("no windows") == 2
    assert "There is no file" in said.replace("\n", " ") or "no such" in said
    assert "silent" in said
    assert_words_are_apart(figure)


@pytest.mark.parametrize(
    ("n_songs", "n_classes"),
    [(1, 2), (1, 50), (3, 10), (5, 50), pytest.param(40, 50, marks=pytest.mark.slow)],
)
def test_words_of_one_song_and_of_forty_are_apart(n_songs, n_classes):
    rng = np.random.default_rng(0)
    classes = [f"a genre with a long name {i}" for i in range(n_classes)]
    displays = []
    for i in range(n_songs):
        proba = rng.dirichlet(np.ones(n_classes), size=9)
        displays.append(
            TimelineDisplay(
                proba,
                classes,
                starts=np.arange(9),
                ends=np.arange(9) + 2,
                song=f"Title of song {i}",
                verdict=classes[proba.mean(axis=0).argmax()],
                song_proba=proba.mean(axis=0),
            )
        )
    figure = draw_timelines(displays)
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert len(set(names)) == len(names)
    # As many as are told apart; at most one verdict for each song on top of that.
    assert len(names) <= max(10, n_songs + 1)
    assert_words_are_apart(figure)


def test_all_songs_of_a_figure_have_the_same_classes():
    rng = np.random.default_rng(0)
    classes = list(range(30))
    displays = [
        TimelineDisplay(rng.dirichlet(np.full(30, 0.1), size=5), classes, verdict=v)
        for v in (3, 17)
    ]
    figure = draw_timelines(displays)
    drawn = [
        [p.get_facecolor() for p in display.ax_.patches if p.get_fill()]
        for display in displays
    ]
    assert drawn[0] == drawn[1]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"3", "17"} <= set(names)
    assert names[-1] == "21 others"


def test_the_first_six_songs(songs):
    model = GroupVotingClassifier(GaussianNB()).fit(*songs)
    assert len(plot_timelines(model, songs[0]).axes) == 6
