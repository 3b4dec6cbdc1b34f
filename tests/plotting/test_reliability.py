import numpy as np
import pytest
from drawn import assert_words_are_apart
from sklearn.naive_bayes import GaussianNB

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.model_selection import compare_votings
from skgenre.plotting import ReliabilityDisplay


@pytest.fixture(scope="module")
def comparison(songs):
    return compare_votings(GroupVotingClassifier(GaussianNB()), *songs, cv=4)


def test_error_is_that_of_the_comparison(comparison):
    display = comparison.plot_reliability(list(comparison.pooled))
    for name, row in comparison.pooled.items():
        assert display.reliabilities[name].ece == row["ece"]
        said = f"{name} (ECE {100 * row['ece']:.1f} points)"
        assert said in [
            text.get_text() for text in display.ax_.get_legend().get_texts()
        ]
    assert_words_are_apart(display.figure_)


def test_points_and_numbers_of_songs(comparison):
    display = comparison.plot_reliability("mean")
    found = display.reliabilities["mean"]
    filled = found.n_songs > 0
    (container,) = display.ax_.containers
    x, y = container.lines[0].get_data()
    np.testing.assert_allclose(x, 100 * found.confidence[filled])
    np.testing.assert_allclose(y, 100 * found.accuracy[filled])
    ends = np.array([bar[:, 1] for bar in container.lines[2][0].get_segments()])
    expected = 100 * np.c_[found.low[filled], found.high[filled]]
    np.testing.assert_allclose(ends, expected, atol=1e-9)
    numbers = [text.get_text() for text in display.counts_ax_.texts]
    assert numbers == [str(n) for n in found.n_songs[filled]]
    assert found.n_songs.sum() == len(comparison.y)


@pytest.mark.parametrize("n_classes", [2, 10, 50])
@pytest.mark.parametrize("n_songs", [1, 40, 5000])
def test_words_are_apart(n_classes, n_songs):
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.full(n_classes, 0.2), size=n_songs)
    y = np.array([rng.choice(n_classes, p=row) for row in proba])
    display = ReliabilityDisplay.from_predictions(
        y, proba, classes=range(n_classes), name="a really long name 音 " * 3
    )
    assert_words_are_apart(display.figure_)


def test_lines_are_told_apart_without_colour(comparison):
    names = list(comparison.pooled)
    assert len(names) > 3
    ax = comparison.plot_reliability(names).ax_
    looks = {
        (box.lines[0].get_marker(), str(box.lines[0].get_linestyle()))
        for box in ax.containers
    }
    assert len(looks) == min(len(names), 6)


def test_songs_without_a_verdict_are_left_out():
    proba = [[0.9, 0.1], [np.nan, np.nan], [0.2, 0.8]]
    display = ReliabilityDisplay.from_predictions(["a", "a", "b"], proba)
    assert display.reliabilities["verdicts"].n_songs.sum() == 2


def test_a_label_that_has_no_column_is_never_right():
    proba = [[0.9, 0.1], [0.9, 0.1]]
    display = ReliabilityDisplay.from_predictions(["a", "c"], proba, classes=["a", "b"])
    assert display.reliabilities["verdicts"].accuracy[8] == 0.5


def test_from_estimator(songs):
    model = GroupVotingClassifier(GaussianNB()).fit(*songs)
    display = ReliabilityDisplay.from_estimator(model, *songs)
    found = display.reliabilities["GroupVotingClassifier"]
    top = model.predict_proba(songs[0]).max(axis=1)
    mean = np.nansum(found.n_songs * np.nan_to_num(found.confidence)) / len(top)
    assert mean == pytest.approx(top.mean())


def test_songs_without_windows_are_left_out(songs):
    X, y = songs
    model = GroupVotingClassifier(GaussianNB()).fit(X, y)
    counts = np.r_[X.counts, 0, 0]
    more = SongWindows(X.values, counts=counts)
    display = ReliabilityDisplay.from_estimator(model, more, [*y, y[0], y[0]])
    assert display.reliabilities["GroupVotingClassifier"].n_songs.sum() == len(y)


def test_errors():
    with pytest.raises(ValueError, match=r"Got song_proba of shape \(1, 2\)"):
        ReliabilityDisplay.from_predictions(["a"], [[0.5, 0.5]])
    with pytest.raises(ValueError, match="Got nothing to draw"):
        ReliabilityDisplay({})
