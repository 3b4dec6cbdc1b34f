import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import assert_words_are_apart
from sklearn.base import BaseEstimator
from sklearn.ensemble import VotingClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skgenre import GroupVotingClassifier
from skgenre.plotting import TrainingDisplay

HISTORY = {
    "loss": [0.9, 0.5, 0.3, 0.2],
    "val_loss": [0.8, 0.6, 0.6, 0.7],
    "accuracy": [0.5, 0.6, 0.8, 0.9],
    "val_accuracy": [0.5, 0.6, 0.7, 0.6],
}


class Network(BaseEstimator):
    def __init__(self, history=HISTORY):
        self.history = history

    def fit(self, X, y):
        self.history_, self.classes_ = self.history, np.array(["a", "b"])
        return self


def test_losses_and_metrics_of_each_epoch():
    display = TrainingDisplay.from_history(HISTORY, name="MILClassifier")
    assert [ax.get_ylabel() for ax in display.axes_] == ["loss", "accuracy"]
    for ax, metric in zip(display.axes_, ["loss", "accuracy"], strict=True):
        trained, held, _ = ax.lines
        np.testing.assert_array_equal(trained.get_xdata(), [1, 2, 3, 4])
        np.testing.assert_array_equal(trained.get_ydata(), HISTORY[metric])
        np.testing.assert_array_equal(held.get_ydata(), HISTORY[f"val_{metric}"])
        assert trained.get_marker() != held.get_marker()
        assert trained.get_linestyle() != held.get_linestyle()
    title = display.ax_.get_legend().get_title().get_text()
    assert title == "MILClassifier: epoch 2 of 4 is taken"
    assert display.axes_[-1].get_xlabel() == "epoch"
    assert_words_are_apart(display.figure_)


def test_the_epoch_taken_is_marked():
    # The first of equal ones, as training keeps the weights of.
    display = TrainingDisplay.from_history(HISTORY)
    assert display.chosen_epoch == 2
    for ax in display.axes_:
        assert list(ax.lines[-1].get_xdata()) == [2, 2]
    # Without songs held out the last is taken, as without any number to compare.
    assert TrainingDisplay({"loss": [3, 2, 1]}).chosen_epoch == 3
    assert TrainingDisplay({"loss": [3, 2], "val_loss": [np.nan] * 2}).chosen_epoch == 2


@pytest.mark.parametrize("n_epochs", [1, 2, 300])
@pytest.mark.parametrize("n_metrics", [0, 1, 4])
def test_words_are_apart(n_epochs, n_metrics):
    loss = np.linspace(1, 0.1, n_epochs)
    history = {f"{side}loss": loss for side in ("", "val_")}
    history |= {f"metric_{i}": loss for i in range(n_metrics)}
    display = TrainingDisplay.from_history(history)
    assert len(display.axes_) == 1 + n_metrics
    assert_words_are_apart(display.figure_)


def test_a_network_is_found_however_deep():
    network = Network().fit(None, None)
    vote = GroupVotingClassifier(Network())
    vote.classes_ = network.classes_
    vote.estimator_ = make_pipeline(FunctionTransformer(), network)
    for model in (network, vote, make_pipeline(FunctionTransformer(), vote)):
        _, ax = plt.subplots()
        display = TrainingDisplay.from_estimator(model, ax=ax)
        assert display.ax_ is ax
        assert display.chosen_epoch == 2


def test_none_or_several_networks_are_refused():
    with pytest.raises(ValueError, match="Got GaussianNB that holds no fitted net"):
        TrainingDisplay.from_estimator(GaussianNB())
    several = VotingClassifier([])
    several.estimators_ = [Network().fit(None, None), Network().fit(None, None)]
    with pytest.raises(ValueError, match="holds 2 fitted"):
        TrainingDisplay.from_estimator(several)


@pytest.mark.parametrize(
    "history", [{}, {"loss": []}, {"val_loss": [1]}, {"loss": [1, 2], "acc": [1]}]
)
def test_what_is_no_history(history):
    with pytest.raises(ValueError, match="Got a history of"):
        TrainingDisplay(history)


@pytest.mark.slow
def test_networks_of_songs_and_of_windows(songs):
    neural = pytest.importorskip("skgenre.neural")
    windows, y = songs
    given = {"epochs": 6, "validation_fraction": 0.3, "random_state": 0}
    mil = neural.MILClassifier("linear", metrics=["accuracy"], **given)
    display = TrainingDisplay.from_estimator(mil.fit(windows, y))
    assert len(display.axes_) == 2
    assert display.chosen_epoch == np.argmin(mil.history_["val_loss"]) + 1
    vote = GroupVotingClassifier(neural.KerasWindowClassifier("linear", **given))
    display = TrainingDisplay.from_estimator(vote.fit(windows, y))
    network = vote.estimator_
    np.testing.assert_array_equal(
        display.ax_.lines[0].get_ydata(), network.history_["loss"]
    )
