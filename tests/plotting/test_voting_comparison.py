import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import assert_words_are_apart
from sklearn.naive_bayes import GaussianNB

from skgenre import GroupVotingClassifier
from skgenre.model_selection import compare_votings
from skgenre.plotting import VotingComparisonDisplay


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
        GroupVotingClassifier(GaussianNB()),
        *songs,
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


def test_intervals_are_those_of_the_comparison(comparison):
    ax = VotingComparisonDisplay.from_comparison(comparison).ax_
    drawn = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2]
    expected = [
        [100 * row["accuracy_low"], 100 * row["accuracy_high"]]
        for row in comparison.pooled.values()
    ]
    np.testing.assert_allclose(drawn[: len(expected)], expected)


def test_line_of_the_windows_alone(comparison):
    ax = comparison.plot().ax_
    share = 100 * comparison.pooled["majority"]["window_accuracy"]
    (line,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(line.get_xdata(), share)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == [
        "one fold",
        "all songs, 95 % interval",
        f"windows alone ({share:.1f})",
    ]
    difference = comparison.plot(kind="difference").ax_
    names = [text.get_text() for text in difference.get_legend().get_texts()]
    assert names == ["one fold", "all songs, 95 % interval"]
