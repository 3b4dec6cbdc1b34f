import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
import sklearn
from model_files import forge, node, read, write
from numpy.testing import assert_allclose, assert_array_equal
from onnx_models import dense_model
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    ModelFileError,
    load_model,
    read_model_card,
    save_model,
)
from skgenre.features import OnnxFeaturizer
from skgenre.persistence._archive import CARD

FIXTURES = Path(__file__).parent / "fixtures"


def loudest(window_proba, groups):
    """A voting of somebody's own, in a module."""
    return np.maximum.reduceat(
        window_proba, np.flatnonzero(np.diff(groups, prepend=-1))
    )


# -- files of before ------------------------------------------------------------------


def test_a_file_of_format_1_is_loaded_and_says_what_it_said():
    spec = spec_from_file_location("made", FIXTURES / "make.py")
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    path = FIXTURES / "format1.skgenre"
    card = read_model_card(path)
    assert card.format_version == 1
    assert card.classes == ["high", "low"]
    assert card.window_seconds == (0.25,)
    assert card.figures == {"accuracy": 1.0}
    assert path.stat().st_size < 100_000
    if card.versions["scikit-learn"] == sklearn.__version__:
        model = load_model(path)
    else:
        with pytest.warns(UserWarning, match="was saved with scikit-learn"):
            model = load_model(path)
    expected = json.loads((FIXTURES / "format1.json").read_text())
    # Not to the last bit: it was another machine.
    assert_allclose(model.predict_proba(made.songs(5)), expected, atol=1e-5)


def test_another_version_of_scikit_learn_is_said_once(path):
    parts = read(path)
    card = json.loads(parts[CARD])
    card["versions"]["scikit-learn"] = "1.2.3"
    write(path, {**parts, CARD: json.dumps(card).encode()})

    def older(schema, files):
        for found in ("GroupVotingClassifier", "LogisticRegression"):
            state = node(schema, found)["content"]["content"]
            if "_sklearn_version" in state:
                state["_sklearn_version"]["content"] = '"1.2.3"'

    forge(path, older)
    with pytest.warns(UserWarning, match=r"scikit-learn 1\.2\.3") as caught:
        load_model(path)
    assert len(caught) == 1
    assert caught[0].filename == __file__


# -- parts of scikit-learn ------------------------------------------------------------

PARTS = [
    CalibratedClassifierCV(LinearSVC(), cv=3),
    GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3),
    HistGradientBoostingClassifier(max_iter=3),
    HistGradientBoostingClassifier(max_iter=3, categorical_features=[2]),
    KNeighborsClassifier(algorithm="brute"),
    MLPClassifier((4,), max_iter=400, tol=0.1, random_state=0),
    RandomForestClassifier(5, random_state=0),
    SGDClassifier(loss="log_loss", random_state=0),
    SVC(),
    StackingClassifier([("a", GaussianNB())], LogisticRegression(), cv=3),
    VotingClassifier([("a", GaussianNB())], voting="soft"),
    make_pipeline(StandardScaler(), LogisticRegression()),
]


@pytest.mark.parametrize("estimator", PARTS, ids=lambda e: type(e).__name__)
def test_classifiers_of_scikit_learn_say_the_same(tmp_path, songs, estimator):
    X, y, _ = songs
    X.values[:, 2] = np.round(np.abs(X.values[:, 2]))
    model = GroupVotingClassifier(estimator).fit(X, y)
    again = load_model(save_model(model, tmp_path / "genres.skgenre"))
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_others_say_the_same_where_they_are_trusted(tmp_path, songs):
    xgboost = pytest.importorskip("xgboost")
    X, y, _ = songs
    model = GroupVotingClassifier(xgboost.XGBClassifier(n_estimators=3)).fit(X, y)
    path = save_model(model, tmp_path / "genres.skgenre")
    names = ["xgboost.core.Booster", "xgboost.sklearn.XGBClassifier"]
    with pytest.raises(ModelFileError, match=r"xgboost\.core\.Booster.*trusted="):
        load_model(path)
    again = load_model(path, trusted=names)
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_a_tree_of_neighbours_is_asked_for(tmp_path, songs):
    X, y, _ = songs
    model = GroupVotingClassifier(KNeighborsClassifier(algorithm="kd_tree")).fit(X, y)
    path = save_model(model, tmp_path / "genres.skgenre")
    with pytest.raises(ModelFileError, match="KDTree"):
        load_model(path)


def test_a_voting_of_ones_own_is_found_by_name(tmp_path, songs):
    X, y, _ = songs
    model = GroupVotingClassifier(LogisticRegression(), voting=loudest).fit(X, y)
    path = save_model(model, tmp_path / "genres.skgenre")
    name = f"{loudest.__module__}.loudest"
    with pytest.raises(ModelFileError, match=rf"{name}.*trusted="):
        load_model(path)
    again = load_model(path, trusted=[name])
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    model.voting_ = lambda window_proba, groups: window_proba
    with pytest.raises(ModelFileError, match="<lambda>"):
        save_model(model, tmp_path / "genres.skgenre")


def test_names_to_trust_are_a_list(path):
    with pytest.raises(ModelFileError, match="a list of names"):
        load_model(path, trusted="xgboost.core.Booster")


# -- without skops --------------------------------------------------------------------


def test_without_skops_the_extra_is_named_and_the_card_is_read(path):
    code = f"""
import sys
class Missing:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "skops":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name="skops")
sys.meta_path.insert(0, Missing)
from skgenre import load_model, read_model_card
print(read_model_card({str(path)!r}).classes)
try:
    load_model({str(path)!r})
except ModuleNotFoundError as error:
    print(error)
"""
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert "['blues', 'jazz', 'metal', 'rock']" in out
    assert (
        'load_model needs skops. Install it with: pip install "skgenre[model]"' in out
    )


# -- damage ---------------------------------------------------------------------------


def outcome(path, X):
    """What a file says of songs, or that it is refused; nothing else may happen."""
    try:
        return load_model(path).predict_proba(X)
    except ModelFileError as error:
        if str(path) not in str(error):
            raise
        return None


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bits_are_refused_or_change_nothing(path, vote, songs, seed):
    X = songs[0]
    whole = path.read_bytes()
    expected = vote.predict_proba(X)
    rng = np.random.default_rng(seed)
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for position in rng.integers(len(data), size=rng.integers(1, 4)):
            data[position] ^= 1 << rng.integers(8)
        path.write_bytes(data)
        found = outcome(path, X)
        refused += found is None
        if found is not None:
            assert_array_equal(found, expected)
    assert refused > 120


def test_pieces_cut_out_doubled_and_zeroed_are_refused_or_change_nothing(
    path, vote, songs
):
    X = songs[0]
    whole = path.read_bytes()
    expected = vote.predict_proba(X)
    rng = np.random.default_rng(0)
    for _ in range(100):
        start, end = sorted(rng.integers(len(whole), size=2))
        for middle in (b"", 2 * whole[start:end], bytes(end - start)):
            path.write_bytes(whole[:start] + middle + whole[end:])
            found = outcome(path, X)
            if found is not None:
                assert_array_equal(found, expected)


def test_what_is_within_damaged_and_sealed_anew_never_does_anything_else(path, songs):
    """Somebody who forges checksums, too: another model of the kind, or an error."""
    X = songs[0]
    parts = read(path)
    rng = np.random.default_rng(0)
    for _ in range(200):
        data = bytearray(parts["estimator.skops"])
        data[rng.integers(len(data))] ^= 1 << rng.integers(8)
        write(path, {**parts, "estimator.skops": bytes(data)})
        try:
            model = load_model(path)
        except ModelFileError:
            continue
        assert type(model) is GroupVotingClassifier
    write(path, parts)
    assert load_model(path).predict_proba(X).shape == (40, 4)


# -- files that a model needs beside --------------------------------------------------


def of_a_network(model):
    windows = FrameWindower(1.0)
    vote = GroupVotingClassifier(GaussianNB())
    return make_pipeline(windows, OnnxFeaturizer(model), vote)


def test_a_network_in_a_file_is_named_with_its_checksum_if_it_is_missing(tmp_path):
    path, _ = dense_model(tmp_path / "ears.onnx", 22050, about={"sample_rate": "22050"})
    rng = np.random.default_rng(0)
    songs = [0.1 * rng.normal(size=44100) for _ in range(4)]
    model = of_a_network(path).fit(songs, list("abab"))
    saved = save_model(model, tmp_path / "genres.skgenre")
    expected = model.predict_proba(songs)
    assert_array_equal(load_model(saved).predict_proba(songs), expected)
    sha256 = model[1].model_info_["sha256"]
    path.rename(tmp_path / "moved.onnx")
    with pytest.warns(UserWarning, match=rf"ears\.onnx is not there.*{sha256}"):
        loaded = load_model(saved)
    with pytest.raises(FileNotFoundError, match=sha256):
        loaded.predict(songs)
    loaded.set_params(onnxfeaturizer__model=tmp_path / "moved.onnx")
    assert_array_equal(loaded.predict_proba(songs), expected)


def test_a_network_given_by_its_content_is_in_the_model(tmp_path):
    path, _ = dense_model(tmp_path / "ears.onnx", 22050, about={"sample_rate": "22050"})
    songs = [0.1 * np.random.default_rng(i).normal(size=44100) for i in range(4)]
    model = of_a_network(path.read_bytes()).fit(songs, list("abab"))
    saved = save_model(model, tmp_path / "genres.skgenre")
    path.unlink()
    loaded = load_model(saved)
    assert_array_equal(loaded.predict_proba(songs), model.predict_proba(songs))
