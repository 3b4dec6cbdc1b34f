import matplotlib as mpl
import numpy as np
import pytest
from drawn import assert_words_are_apart
from leaky_songs import hand_made, make_windows
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from skgenre import GroupVotingClassifier
from skgenre.model_selection import leakage_report
from skgenre.plotting import LeakageDisplay


@pytest.fixture(scope="module")
def leaky():
    windows, y, artists = make_windows(of_song=2, of_artist=2, of_class=0.5)
    model = GroupVotingClassifier(KNeighborsClassifier(1))
    return leakage_report(model, windows, y, artists=artists)


def test_display(leaky):
    display = leaky.plot()
    assert isinstance(display, LeakageDisplay)
    shown = [text.get_text() for text in display.ax_.texts]
    assert shown == [f"{100 * row['accuracy']:.1f}" for row in leaky.scores]
    display.figure_.canvas.draw()
    _, ax = mpl.pyplot.subplots()
    assert LeakageDisplay.from_report(hand_made(), ax=ax).ax_ is ax
    windows, y, _ = make_windows(30)
    display = LeakageDisplay.from_estimator(
        GroupVotingClassifier(GaussianNB()), windows, y, cv=3, n_bootstrap=20
    )
    assert len(display.ax_.get_xticks()) == 2


def test_words_are_apart(leaky):
    assert_words_are_apart(leaky.plot().figure_)


def test_what_is_held_out_is_named_as_in_the_report():
    report = hand_made()
    ax = report.plot().ax_
    names = [label.get_text().replace("\n", " ") for label in ax.get_xticklabels()]
    assert names == ["random windows", "whole songs", "whole artists"]
    assert names == list(report.held_out.values())


def test_intervals_are_those_of_the_report():
    report = hand_made()
    ax = report.plot().ax_
    ends = [bar.get_segments()[i][:, 1] for bar in ax.collections for i in range(3)]
    expected = [[100 * row["low"], 100 * row["high"]] for row in report.scores]
    np.testing.assert_allclose(ends, expected, atol=1e-9)
