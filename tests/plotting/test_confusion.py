import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import assert_words_are_apart, boxes
from sklearn.metrics import confusion_matrix, recall_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skgenre import (
    FrameWindower,
    FunctionFeaturizer,
    GroupVotingClassifier,
    SongWindows,
)
from skgenre.model_selection import compare_votings
from skgenre.plotting import ConfusionDisplay


def made_up(n_classes, n_songs=300, share=0.7, name="a class with a long name {}"):
    rng = np.random.default_rng(0)
    classes = np.array([name.format(i) for i in range(n_classes)])
    y = classes[np.arange(n_songs) % n_classes]
    lucky = rng.random(n_songs) < share
    return y, np.where(lucky, y, classes[rng.integers(0, n_classes, n_songs)])


def test_numbers_are_those_of_scikit_learn():
    y, verdicts = made_up(7)
    display = ConfusionDisplay.from_predictions(y, verdicts)
    np.testing.assert_array_equal(display.counts, confusion_matrix(y, verdicts))
    np.testing.assert_allclose(display.recall, recall_score(y, verdicts, average=None))
    (image,) = display.ax_.images
    np.testing.assert_allclose(
        image.get_array(), confusion_matrix(y, verdicts, normalize="true")
    )


def test_each_cell_names_its_songs():
    y, verdicts = ["a", "b", "a", "b", "a"], ["a", "a", "b", None, "a"]
    names = ["one", "two", "three", "four", "five"]
    display = ConfusionDisplay(y, verdicts, names=names)
    assert display.songs("a", "a") == ["one", "five"]
    assert display.songs("b", "a") == ["two"]
    assert display.songs("a", "b") == ["three"]
    assert display.songs("b", None) == ["four"]
    assert display.songs("b", "b") == []
    for label, verdict in [("c", "a"), ("a", "c"), (None, "a")]:
        with pytest.raises(ValueError, match="expected one of the classes"):
            display.songs(label, verdict)


@pytest.mark.parametrize("missing", [None, np.nan, float("nan")])
def test_songs_without_a_verdict_are_shown_and_in_no_recall(missing):
    verdicts = np.array(["a", "a", missing, missing], dtype=object)
    display = ConfusionDisplay.from_predictions(["a", "b", "b", "c"], verdicts)
    assert display.counts.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert display.unjudged.tolist() == [0, 1, 1]
    np.testing.assert_array_equal(display.recall, [1, 0, np.nan])
    words = [word for word, _ in boxes(display.figure_)]
    assert "1 of 2 songs right (50.0 %), 2 without a verdict" in words
    assert "no verdict" in words
    assert_words_are_apart(display.figure_)


@pytest.mark.parametrize("n_classes", [2, 3, 10, 25, 50])
def test_words_are_apart_and_say_all(n_classes):
    y, verdicts = made_up(n_classes, share=0.9)
    verdicts = verdicts.astype(object)
    verdicts[::50] = None
    display = ConfusionDisplay.from_predictions(y, verdicts)
    assert_words_are_apart(display.figure_)
    rows = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert len(set(rows)) == n_classes
    # As wide as a page, and no number so small that it could not be read.
    assert display.figure_.get_figwidth() < 7
    sizes = [text.get_fontsize() for text in display.ax_.texts]
    assert min(sizes) >= 5
    shown = [t.get_text() for t in display.ax_.texts]
    if n_classes <= 10:
        for count in display.counts[display.counts > 0]:
            assert str(count) in shown


def test_numbers_wider_than_their_cell_are_left_out():
    y = np.repeat(np.arange(50), 3000)
    display = ConfusionDisplay.from_predictions(y, y)
    display.figure_.canvas.draw()
    assert "3000" not in [text.get_text() for text in display.ax_.texts]
    pitch = display.ax_.get_window_extent().width / 50
    for text in display.ax_.texts:
        if text.get_text().isdigit():
            assert text.get_window_extent().width < pitch


@pytest.mark.parametrize(
    "classes", [["音楽 🎵", "$a_b$"], [0, 1], [False, True], ["a", "A"], ["", "x"]]
)
def test_labels_of_all_kinds(classes):
    display = ConfusionDisplay.from_predictions(classes * 3, classes * 3)
    display.figure_.canvas.draw()
    assert display.recall.tolist() == [1, 1]


def test_right_verdicts_are_framed():
    y, verdicts = made_up(4)
    display = ConfusionDisplay.from_predictions(y, verdicts)
    frames = [patch.get_xy() for patch in display.ax_.patches]
    assert frames == [(i - 0.5, i - 0.5) for i in range(4)]


def test_a_model_gives_songs_without_windows_no_verdict():
    songs = SongWindows([[0.0], [0.1], [1.0], [0.9]], [2, 0, 2], song_ids=list("abc"))
    y = ["jazz", "rock", "rock"]
    with pytest.warns(UserWarning, match="no windows"):
        model = GroupVotingClassifier(GaussianNB()).fit(songs, y)
    display = ConfusionDisplay.from_estimator(model, songs, y)
    assert display.songs("rock", None) == ["b"]
    assert display.songs("rock", "rock") == ["c"]
    assert display.recall.tolist() == [1, 1]
    # A label that the model has never heard of is a row, too.
    display = ConfusionDisplay.from_estimator(model, songs, ["jazz", "folk", "folk"])
    assert display.classes == ["jazz", "rock", "folk"]
    assert display.songs("folk", "rock") == ["c"]


def test_a_pipeline_from_waveforms():
    rng = np.random.default_rng(0)
    waves = [rng.normal(size=4000) * s for s in (0.1, 0.5, 0.1, 0.5)]
    y = ["soft", "loud"] * 2
    model = make_pipeline(
        FrameWindower(0.1, sample_rate=8000, on_error="warn"),
        FunctionFeaturizer(lambda windows: windows.std(axis=1, keepdims=True)),
        GroupVotingClassifier(GaussianNB()),
    ).fit(waves, y)
    display = ConfusionDisplay.from_estimator(
        model, [*waves, np.zeros(4000)], [*y, "soft"], names=list("abcde")
    )
    assert display.songs("soft", None) == ["e"]
    assert display.songs("soft", "soft") == ["a", "c"]


def test_a_comparison_is_drawn_as_it_counts(songs):
    comparison = compare_votings(GroupVotingClassifier(GaussianNB()), *songs, cv=4)
    _, ax = plt.subplots()
    display = comparison.plot_confusion("mean", ax=ax)
    assert display.ax_ is ax
    recall = dict(zip(display.classes, display.recall.tolist(), strict=True))
    assert recall == comparison.recall("mean")
    accuracy = np.trace(display.counts) / display.counts.sum()
    assert accuracy == pytest.approx(comparison.pooled["mean"]["accuracy"])
    wrong = comparison.verdicts("mean") != comparison.y
    behind = [*display.songs("jazz", "rock"), *display.songs("rock", "jazz")]
    assert sorted(behind) == sorted(comparison.song_ids[wrong])


def test_errors():
    with pytest.raises(ValueError, match="verdicts"):
        ConfusionDisplay(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="Got the label 'b', but expected one of"):
        ConfusionDisplay(["a", "b"], ["a", "a"], classes=["a"])
    with pytest.raises(ValueError, match="Got no songs to draw"):
        ConfusionDisplay.from_predictions([], [])
