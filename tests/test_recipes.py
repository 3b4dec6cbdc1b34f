import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from embedding_files import install_toy
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline

from skgenre import recipes

RECIPES = [recipes.baseline, recipes.fast, recipes.strong]


@pytest.fixture(scope="module")
def songs():
    """Steady and pulsating noise, 20 songs of 2.4 to 4 s."""
    rng = np.random.default_rng(0)
    y = np.array(["steady", "pulsating"] * 10)
    waveforms = []
    for label in y:
        n_samples = int(22050 * rng.uniform(2.4, 4.0))
        noise = 0.1 * rng.normal(size=n_samples)
        if label == "pulsating":
            noise *= np.sin(2 * np.pi * 3 * np.arange(n_samples) / 22050) ** 2
        waveforms.append(noise.astype(np.float32))
    return waveforms, y


def _small(recipe):
    if recipe is not recipes.strong:
        return recipe(window_seconds=1.0)
    model = recipe(window_seconds=(1.0, 2.0))
    for scale in ("windows_1s", "windows_2s"):
        small = {
            "features__spectrum__features": ("mfcc", "zcr"),
            "features__texture__n_mels": 8,
            "vote__trees__estimator__n_estimators": 20,
        }
        model.set_params(**{f"scales__{scale}__{k}": v for k, v in small.items()})
    return model


@pytest.mark.parametrize("recipe", RECIPES)
def test_one_verdict_per_song(recipe, songs):
    X, y = songs
    model = _small(recipe)
    assert isinstance(model, Pipeline)
    model.fit(X[:12], y[:12])
    proba = model.predict_proba(X[12:])
    assert proba.shape == (8, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert model.classes_.tolist() == ["pulsating", "steady"]
    assert model.score(X[12:], y[12:]) >= 0.75
    np.testing.assert_array_equal(
        clone(model).fit(X[:12], y[:12]).predict_proba(X[12:]), proba
    )


@pytest.mark.parametrize(
    "recipe",
    [
        recipes.baseline,
        recipes.fast,
        pytest.param(recipes.strong, marks=pytest.mark.slow),
    ],
)
def test_a_song_alone_gets_the_verdict_that_it_gets_among_others(recipe, songs):
    """BLAS may add up a few rows in another order than many: 1e-7, not more."""
    X, y = songs
    # One of a single window, and one of many.
    heard = [*X[16:], X[12][:20000], np.concatenate(X[12:])]
    model = _small(recipe).fit(X[:12], y[:12])
    proba, verdicts = model.predict_proba(heard), model.predict(heard)
    alone = np.concatenate([model.predict_proba([song]) for song in heard])
    np.testing.assert_allclose(alone, proba, rtol=0, atol=1e-7)
    assert_array_equal(np.concatenate([model.predict([s]) for s in heard]), verdicts)
    order = np.random.default_rng(0).permutation(len(heard))
    shuffled = [heard[i] for i in order]
    np.testing.assert_allclose(
        model.predict_proba(shuffled), proba[order], rtol=0, atol=1e-7
    )
    assert_array_equal(model.predict(shuffled), verdicts[order])
    jobs = [name for name in model.get_params() if name.endswith("features__n_jobs")]
    assert jobs
    model.set_params(**dict.fromkeys(jobs, 2))
    assert_array_equal(model.predict_proba(heard), proba)


@pytest.mark.parametrize("recipe", RECIPES)
def test_arguments_reach_every_step(recipe, tmp_path):
    model = recipe(sample_rate=44100, voting="median", memory=tmp_path, n_jobs=2)
    parameters = model.get_params()
    rates = [v for k, v in parameters.items() if k.endswith("windows__sample_rate")]
    votings = [v for k, v in parameters.items() if k.endswith("voting") and v != "soft"]
    memories = [v for k, v in parameters.items() if k.endswith("features__memory")]
    jobs = [v for k, v in parameters.items() if k.endswith("features__n_jobs")]
    assert set(rates) == {44100}
    assert set(votings) == {"median"}
    assert set(memories) == {tmp_path}
    assert set(jobs) == {2}


@pytest.mark.parametrize("recipe", [recipes.baseline, recipes.strong])
def test_random_state_reaches_what_is_random(recipe):
    parameters = recipe(random_state=7).get_params()
    states = [v for k, v in parameters.items() if k.endswith("estimator__random_state")]
    states += [v for k, v in parameters.items() if k.endswith("sion__random_state")]
    assert 7 in states


@pytest.mark.parametrize("recipe", [recipes.baseline, recipes.fast, recipes.strong])
def test_a_fit_is_the_same_after_clone(recipe, songs):
    X, y = songs
    model = _small(recipe)
    first, second = (clone(model).fit(X, y).predict_proba(X) for _ in range(2))
    assert_array_equal(first, second)


def test_a_grid_reaches_inside(songs):
    X, y = songs
    grid = {"features__n_mfcc": [5, 13], "vote__voting": ["mean", "majority"]}
    search = GridSearchCV(_small(recipes.baseline), grid, cv=2).fit(X, y)
    assert set(search.best_params_) == set(grid)
    name = "scales__windows_1s__vote__svm__estimator__svc__C"
    assert name in _small(recipes.strong).get_params()


def test_cross_validation_counts_songs(songs, tmp_path):
    X, y = songs
    model = _small(recipes.fast).set_params(features__memory=tmp_path)
    scores = cross_val_score(model, X, y, cv=4)
    assert scores.mean() >= 0.8
    assert set(np.round(scores * 5, 9)) <= set(range(6))


def test_windows_longer_than_the_song(songs):
    X, y = songs
    assert recipes.fast(window_seconds=6.0).fit(X, y).predict(X).shape == (20,)


def test_names_of_scales_are_valid_parameters():
    model = recipes.strong(window_seconds=[0.5, 3])
    names = [name for name, _ in model["scales"].estimators]
    assert names == ["windows_0_5s", "windows_3s"]


# Hearts and earthquakes, telephones, bees, music, bats.
RATES = [1000, 4000, 8000, 16000, 48000, 96000, 250000]


def _songs_at(rate):
    """Steady and pulsating noise at a rate: shorter and longer than windows."""
    rng = np.random.default_rng(rate)
    seconds = [0.4, 2.5, 7.6]
    y = np.array(["steady", "pulsating"] * len(seconds))
    waveforms = []
    for i, label in enumerate(y):
        noise = 0.1 * rng.normal(size=int(rate * seconds[i // 2]))
        if label == "pulsating":
            noise *= np.sin(2 * np.pi * 3 * np.arange(len(noise)) / rate) ** 2
        waveforms.append((noise.astype(np.float32), rate))
    waveforms[-1][0][7 * rate :] = 0  # digital silence at the end
    return waveforms, y


def _parts(model):
    """The pipelines of a recipe, each of windows, features and vote."""
    if "scales" not in model.named_steps:
        return [model]
    return [part for _, part in model["scales"].estimators]


@pytest.mark.parametrize(
    ("recipe", "rate"),
    [
        pytest.param(recipe, rate, marks=pytest.mark.slow)
        if recipe is recipes.strong and rate > 48_000
        else (recipe, rate)
        for recipe, rate in itertools.product(RECIPES, RATES)
    ],
)
@pytest.mark.filterwarnings("ignore:.*bands hold none and say nothing")
def test_b5_features_at_every_rate(recipe, rate):
    X, _ = _songs_at(rate)
    for part in _parts(recipe(sample_rate=rate)):
        features = part[:-1].fit_transform(X)
        assert (features.counts > 0).all()
        assert features.counts[-1] >= 2
        names = features.feature_names.tolist()
        assert features.values.shape == (features.counts.sum(), len(set(names)))
        assert np.isfinite(features.values).all()
        # Of songs that differ, nearly all features do.
        assert (features.values.std(axis=0) > 0).mean() > 0.9


@pytest.mark.parametrize(
    ("recipe", "rate"),
    [
        *itertools.product([recipes.baseline, recipes.fast], RATES),
        # What it fits depends on no rate but by its features, which are tested above.
        pytest.param(recipes.strong, min(RATES), marks=pytest.mark.slow),
        pytest.param(recipes.strong, max(RATES), marks=pytest.mark.slow),
    ],
)
@pytest.mark.filterwarnings("ignore:.*bands hold none and say nothing")
def test_b5_verdicts_at_every_rate(recipe, rate):
    X, y = _songs_at(rate)
    proba = recipe(sample_rate=rate).fit(X, y).predict_proba(X)
    assert proba.shape == (6, 2)
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    # Of songs that it was fitted on, and that fill a window, it knows the kind.
    verdicts = np.array(["pulsating", "steady"])[proba.argmax(axis=1)]
    np.testing.assert_array_equal(verdicts[4:], y[4:])


@pytest.mark.parametrize("window_seconds", [5.0, ()])
def test_strong_needs_lengths(window_seconds):
    with pytest.raises(ValueError, match=r"Got window_seconds=.*expected a tuple"):
        recipes.strong(window_seconds=window_seconds)


@pytest.mark.slow
def test_real_songs():
    folder = os.environ.get("SKGENRE_DATA")
    if not folder:
        pytest.skip("SKGENRE_DATA does not say where the recordings are")
    paths, y = [], []
    for label in ("dog_bark", "rain", "rooster"):
        found = sorted((Path(folder) / "esc10" / "audio" / label).glob("*.ogg"))
        paths += found
        y += [label] * len(found)
    # The first digit of a clip's name is its official fold.
    fold = np.array([int(path.name[0]) for path in paths])
    y = np.array(y)
    train, test = np.flatnonzero(fold != 1), np.flatnonzero(fold == 1)
    model = recipes.fast().fit([paths[i] for i in train], y[train])
    assert model.score([paths[i] for i in test], y[test]) > 0.85


# -- a pretrained network -------------------------------------------------------------


@pytest.fixture
def toy(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    return install_toy(tmp_path, monkeypatch)


def test_pretrained_gives_one_verdict_per_song(toy, songs):
    X, y = songs
    model = recipes.pretrained("toy", window_seconds=1.0)
    model.fit(X[:12], y[:12])
    proba = model.predict_proba(X[12:])
    assert proba.shape == (8, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    # Filters made up hear loudness, at least.
    assert model.score(X[12:], y[12:]) >= 0.75
    again = clone(model).fit(X[:12], y[:12]).predict_proba(X[12:])
    np.testing.assert_array_equal(again, proba)


def test_pretrained_cuts_as_the_network_was_trained(tmp_path):
    windower = recipes.pretrained("birdnet-2.4")["windows"]
    assert (windower.window_seconds, windower.sample_rate) == (3.0, 48_000)
    model = recipes.pretrained(
        sample_rate=44_100, hop_seconds=0.5, voting="max", memory=tmp_path, n_jobs=2
    )
    assert model["windows"].get_params().items() >= {
        ("sample_rate", 44_100),
        ("hop_seconds", 0.5),
        ("window_seconds", 3.0),
    }
    assert (model["features"].memory, model["features"].n_jobs) == (tmp_path, 2)
    assert model["vote"].voting == "max"
    state = recipes.pretrained(random_state=7)
    assert state.get_params()["vote__estimator__logreg__random_state"] == 7


def test_pretrained_of_a_name_that_nobody_knows():
    with pytest.raises(ValueError, match="expected one of 'musicnn-msd'"):
        recipes.pretrained("yamnet")


def test_recipes_are_fused_by_scikit_learn(toy, songs):
    """The mean of what each says of a song, whatever windows it has."""
    X, y = songs
    members = [
        ("ears", recipes.pretrained("toy", window_seconds=1.0)),
        ("fast", recipes.fast(window_seconds=2.0)),
    ]
    both = VotingClassifier(members, voting="soft").fit(X[:12], y[:12])
    alone = [model.fit(X[:12], y[:12]).predict_proba(X[12:]) for _, model in members]
    np.testing.assert_allclose(both.predict_proba(X[12:]), np.mean(alone, axis=0))


def test_units_that_never_fire_decide_nothing():
    rng = np.random.default_rng(0)
    heard = rng.normal(size=(60, 3))
    y = np.where(heard[:, 0] > 0, "rock", "jazz")
    # What rounding leaves of dead units is other on each machine.
    here, there = (
        np.column_stack([heard, 1e-11 * rng.normal(size=(60, 40))]) for _ in range(2)
    )
    vote = recipes.pretrained()["vote"].fit(here, y)
    np.testing.assert_allclose(
        vote.predict_proba(there), vote.predict_proba(here), atol=1e-6
    )
