import errno
import io
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from discovery import examples
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    ModelFileError,
    SongWindows,
    load_model,
    read_model_card,
    recipes,
    save_model,
)
from skgenre.features import KerasFeaturizer
from skgenre.voting import WitnessClassifier

TRUSTED = [  # of the examples
    "skgenre.features._function._LevelAndSpread",
    "skgenre.features._tflite._Level",
    "skgenre.embeddings._pretrained_featurizer._Level",
]

# In another process, where nothing was imported: what each model says of its input.
CHILD = """
import pickle, sys
from pathlib import Path
from skgenre import load_model
folder = Path(sys.argv[1])
found = {}
for path in sorted(folder.glob("*.skgenre")):
    name, method, given, trusted = pickle.loads(path.with_suffix(".given").read_bytes())
    found[name] = getattr(load_model(path, trusted=trusted), method)(given)
(folder / "found").write_bytes(pickle.dumps(found))
"""


class Elsewhere:
    """Saves models here, and asks them in another process."""

    def __init__(self, folder):
        self.folder = folder
        self.expected = {}

    def add(self, name, model, method, given, trusted=()):
        stem = self.folder / f"{len(self.expected):03d}"
        save_model(model, stem.with_suffix(".skgenre"))
        self.expected[name] = getattr(model, method)(given)
        stem.with_suffix(".given").write_bytes(
            pickle.dumps((name, method, given, trusted))
        )

    def check(self):
        child = subprocess.run(
            [sys.executable, "-W", "error", "-c", CHILD, str(self.folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert child.returncode == 0, child.stderr[-2000:]
        found = pickle.loads((self.folder / "found").read_bytes())
        assert found.keys() == self.expected.keys()
        for name, expected in self.expected.items():
            assert type(found[name]) is type(expected), name
            for one, other in zip(values(found[name]), values(expected), strict=True):
                assert one.dtype == other.dtype, name
                assert_array_equal(one, other, err_msg=name)


def values(result):
    """Arrays in a prediction or in what a transformer gives."""
    if isinstance(result, SongWindows):
        return [np.asarray(result.values), result.counts, result.starts]
    return [np.asarray(result)]


@pytest.fixture
def elsewhere(tmp_path):
    return Elsewhere(tmp_path)


def test_every_estimator_says_the_same_in_another_process(elsewhere, songs, tmp_path):
    X, y, _ = songs
    rng = np.random.default_rng(0)
    waves = rng.normal(size=(12, 6615)).astype(np.float32)
    proba = SongWindows(
        rng.dirichlet(np.ones(4), size=X.n_windows),
        X.counts,
        starts=X.starts,
        window_seconds=5.0,
    )
    found = [*examples(of_arrays=True), *examples(of_arrays=False)]
    assert len(found) >= 15
    for example in found:
        model = clone(example)
        name = f"{model!r}"
        if isinstance(model, WitnessClassifier):
            model = GroupVotingClassifier(model)  # it is one of windows
        if hasattr(model, "_predict"):
            elsewhere.add(name, model.fit(proba, y), "predict_proba", proba)
        elif isinstance(model, FrameWindower):
            elsewhere.add(name, model.fit(), "transform", list(waves))
        elif hasattr(model, "predict_proba"):
            elsewhere.add(name, model.fit(X, y), "predict_proba", X)
        elif hasattr(model, "transformer"):
            elsewhere.add(name, model.fit(X, y), "transform", X)
        else:
            if hasattr(getattr(model, "model", None), "save"):
                # Keras models stay in files of their own.
                model.model.save(tmp_path / "ears.keras")
                model.set_params(model=str(tmp_path / "ears.keras"))
            model = make_pipeline(FrameWindower(0.1), model).fit(waves)
            elsewhere.add(name, model, "transform", list(waves), TRUSTED)
    elsewhere.check()


# Keras writes and reads networks so, where scikit-learn's clone copies one.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.slow
def test_networks_say_the_same_in_another_process(elsewhere):
    """Those of each kind: on vectors and images, of windows and of songs."""
    neural = pytest.importorskip("skgenre.neural")
    rng = np.random.default_rng(0)
    y = np.array(["blues", "jazz", "rock"] * 5)
    counts = rng.integers(1, 4, size=15)
    vectors = SongWindows(rng.normal(size=(counts.sum(), 4)), counts)
    images = SongWindows(rng.normal(size=(counts.sum(), 12, 16)), counts)
    few = {"epochs": 1, "random_state": 0}
    small = {"model__width": 2, "model__n_stages": 1}
    of_windows = [
        (neural.KerasWindowClassifier(**few), vectors),
        (neural.KerasWindowClassifier("linear", **few), vectors),
        (neural.KerasWindowClassifier(neural.window_model, **few), images),
        (neural.KerasWindowClassifier("resnet", **few, **small), images),
        (neural.KerasWindowClassifier(neural.window_model((12, 16), 3), **few), images),
    ]
    of_songs = [
        neural.MILClassifier(pooling=pooling, pooling_space=space, **few)
        for pooling in ("mean", "max", "log_sum_exp", "autopool", "attention")
        for space in ("proba", "logit")
    ]
    attention = neural.AttentionPooling(units=3)
    of_songs.append(neural.MILClassifier(pooling=attention, **few))
    of_songs.append(neural.MILClassifier(pooling=neural.MaxPooling, **few))
    for number, (network, X) in enumerate(of_windows):
        model = GroupVotingClassifier(network).fit(X, y)
        elsewhere.add(f"windows {number}", model, "predict_proba", X)
    for number, model in enumerate(of_songs):
        model.fit(vectors, y)
        elsewhere.add(f"songs {number}", model, "predict_proba", vectors)
        elsewhere.add(f"where {number}", model, "attention_weights", vectors)
    elsewhere.check()


@pytest.mark.slow
def test_recipes_say_the_same_in_another_process(elsewhere, song_files):
    songs, y = song_files.data[:15], song_files.target[:15]
    strong = recipes.strong(random_state=0)
    for seconds in ("2", "5"):
        trees = f"scales__windows_{seconds}s__vote__trees__estimator"
        strong.set_params(**{f"{trees}__n_estimators": 9})
    models = {
        "baseline": recipes.baseline(voting="naive_bayes"),
        "fast": recipes.fast(),
        "strong": strong,
    }
    for name, model in models.items():
        elsewhere.add(name, model.fit(songs, y), "predict_proba", songs[:5])
    elsewhere.check()


def test_a_keras_model_and_a_method_are_refused_with_the_remedy(tmp_path):
    keras = pytest.importorskip("keras")
    wave = keras.Input((None, 1))
    peak = keras.layers.GlobalMaxPooling1D()(wave)
    ears = KerasFeaturizer(keras.Model(wave, peak, name="ears"), model_rate=16000)
    X = np.random.default_rng(0).normal(size=(4, 800)).astype(np.float32)
    with pytest.raises(ModelFileError, match=r"ears\.save\('ears\.keras'\) writes one"):
        save_model(ears.fit(X), tmp_path / "ears.skgenre")
    method = FunctionTransformer(StandardScaler().fit(X).transform).fit(X)
    with pytest.raises(ModelFileError, match=r"method 'StandardScaler\.transform'"):
        save_model(method, tmp_path / "method.skgenre")
    assert list(tmp_path.iterdir()) == []


def test_a_model_is_the_same_once_more_saved(tmp_path, vote):
    one = save_model(vote, tmp_path / "one.skgenre")
    other = save_model(load_model(one), tmp_path / "other.skgenre")
    assert read_model_card(one).parts == read_model_card(other).parts


def test_what_is_not_fitted_is_refused(tmp_path):
    with pytest.raises(NotFittedError):
        save_model(recipes.baseline(), tmp_path / "genres.skgenre")
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_the_machine_or_of_the_songs_is_in_the_file(tmp_path, song_files):
    secret = tmp_path / "secret"
    secret.mkdir()
    bad = secret / "broken song.wav"
    bad.write_bytes(b"no audio")
    songs = [*song_files.data[:8], bad]
    y = [*song_files.target[:8], song_files.target[0]]
    model = make_pipeline(
        FrameWindower(on_error="warn"),
        MFCCFeaturizer(summary=("mean",), memory=str(secret / "cache"), n_jobs=1),
        GroupVotingClassifier(
            LogisticRegression(), memory=str(secret / "votes"), n_jobs=2
        ),
    )
    with pytest.warns(UserWarning, match="broken song"):
        model.fit(songs, y)
    assert model[0].errors_
    path = save_model(model, tmp_path / "genres.skgenre")
    with zipfile.ZipFile(path) as archive:
        texts = [archive.read(name) for name in archive.namelist()]
        inner = zipfile.ZipFile(io.BytesIO(archive.read("estimator.skops")))
        texts += [inner.read(name) for name in inner.namelist()]
    for text in texts:
        assert b"secret" not in text
        assert b"broken" not in text
    again = load_model(path)
    assert again[0].errors_ == {}
    assert again[1].get_params()["memory"] is None
    assert again[1].n_jobs is None
    assert again[2].memory is None
    assert again[2].n_jobs is None
    # The model itself is as it was.
    assert model[1].memory == str(secret / "cache")
    assert model[0].errors_
    assert_array_equal(
        again.predict_proba(song_files.data[:3]),
        model.predict_proba(song_files.data[:3]),
    )


def test_an_old_file_stays_where_a_new_one_cannot_be_written(
    tmp_path, vote, monkeypatch
):
    path = tmp_path / "genres.skgenre"
    save_model(vote, path)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(
        ModelFileError, match=r"No space left on device.*genres\.skgenre"
    ):
        save_model(vote, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said(tmp_path, vote):
    with pytest.raises(ModelFileError, match="No such file or directory"):
        save_model(vote, tmp_path / "nowhere" / "genres.skgenre")


def test_any_name_is_taken_and_given_back(tmp_path, vote):
    path = save_model(vote, str(tmp_path / "genres"))
    assert path == Path(tmp_path / "genres")
    (tmp_path / "other").touch()
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode
