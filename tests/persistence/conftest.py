import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skgenre import GroupVotingClassifier, save_model


@pytest.fixture
def vote(songs):
    """A fitted classifier of songs, small and quick."""
    X, y, _ = songs
    return GroupVotingClassifier(LogisticRegression()).fit(X, y)


@pytest.fixture
def path(tmp_path, vote):
    """A saved model."""
    return save_model(vote, tmp_path / "genres.skgenre")


@pytest.fixture
def table():
    """Rows of four numbers and labels of three classes."""
    rng = np.random.default_rng(0)
    y = np.array(["blues", "jazz", "rock"] * 20)
    X = rng.normal(size=(60, 4))
    X[:, 0] += np.unique(y, return_inverse=True)[1]
    return X, y
