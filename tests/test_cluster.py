"""A real cluster of worker processes, one of which dies."""

import os
import signal
import time
from pathlib import Path
from threading import Thread

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import (
    FrameWindower,
    FunctionFeaturizer,
    GroupVotingClassifier,
    MFCCFeaturizer,
)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


class Slow:
    """Loudness of each window, after a while, with a line in a file before it."""

    def __init__(self, log):
        self.log = log

    def __call__(self, windows):
        with Path(self.log).open("a") as file:
            file.write("song\n")
        time.sleep(0.05)
        return np.abs(windows).mean(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            host="127.0.0.1",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_cross_validation_and_search(cluster, song_files, tmp_path):
    model = make_pipeline(
        FrameWindower(1.0),
        MFCCFeaturizer(summary=("mean", "std")),
        GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression())),
    )
    X, y = song_files.data, song_files.target
    cv = StratifiedKFold(3)
    grid = {"groupvotingclassifier__voting": ["mean", "majority", "max"]}
    alone = cross_val_score(model, X, y, cv=cv)
    search = GridSearchCV(model, grid, cv=cv).fit(X, y)
    model.set_params(mfccfeaturizer__memory=tmp_path / "cache")
    with joblib.parallel_config(backend="dask"):
        assert_array_equal(cross_val_score(model, X, y, cv=cv), alone)
        again = GridSearchCV(model, grid, cv=cv).fit(X, y)
    for name in ("mean_test_score", "split0_test_score"):
        assert_array_equal(again.cv_results_[name], search.cv_results_[name])


def test_a_worker_is_killed(cluster, tmp_path, song_files):
    windows = FrameWindower(0.5).fit_transform(song_files.data * 3)
    log = tmp_path / "log"
    featurizer = FunctionFeaturizer(Slow(log), output=tmp_path / "features.npy")
    featurizer.fit(windows)
    workers = cluster.run(os.getpid)

    def kill_later():
        while len(log.read_text().splitlines()) < 12:
            time.sleep(0.01)
        os.kill(next(iter(workers.values())), signal.SIGKILL)

    killer = Thread(target=kill_later)
    killer.start()
    with joblib.parallel_config(backend="dask"):
        features = featurizer.transform(windows)
    killer.join()
    assert set(cluster.run(os.getpid).values()) != set(workers.values())
    assert features == FunctionFeaturizer(Slow(log)).fit_transform(windows)


def test_b16_a_cluster_of_ray(song_files):
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    windows = FrameWindower(0.5).fit_transform(song_files.data[:6])
    featurizer = MFCCFeaturizer(summary=("mean", "std"))
    expected = featurizer.fit_transform(windows)
    register_ray()
    ray.init(num_cpus=2, include_dashboard=False)
    try:
        with joblib.parallel_config(backend="ray"):
            assert featurizer.fit_transform(windows) == expected
    finally:
        ray.shutdown()
