import re
import sys
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from shell import write_song
from sklearn.base import clone
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from skgenre import recipes
from skgenre._jobs import with_bar
from skgenre.cli._judges import cross_validate, features_of, judges_of


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("songs")
    for i in range(12):
        # All alike, so that nothing is certain.
        write_song(folder / f"{i:02}.wav", 500, seed=i, seconds=3)
    return [str(path) for path in sorted(folder.iterdir())], np.arange(12) % 2


def small_strong():
    model = recipes.strong(window_seconds=(0.75, 1.5), sample_rate=8000, random_state=0)
    return model.set_params(
        scales__windows_0_75s__vote__trees__estimator__n_estimators=5,
        scales__windows_1_5s__vote__trees__estimator__n_estimators=5,
    )


def test_a_recipe_of_one_vote():
    (judge,) = judges_of(recipes.baseline())
    assert [name for name, _ in judge.steps] == ["windows", "features"]
    assert judge.share == 1


def test_shares_add_up_to_one():
    judges = judges_of(recipes.strong(window_seconds=(1.0, 2.0, 4.0)))
    assert len(judges) == 9
    assert_allclose([judge.share for judge in judges], 1 / 9)


def test_features_are_computed_once_per_length(songs):
    paths, _ = songs
    judges = judges_of(small_strong())
    features = features_of(judges, paths)
    assert len({id(own) for own in features}) == 2
    assert [own.window_seconds for own in features] == [0.75] * 3 + [1.5] * 3


@pytest.mark.parametrize(
    "make",
    [pytest.param(small_strong, marks=pytest.mark.slow), recipes.fast],
    ids=["strong", "fast"],
)
def test_equals_the_whole_recipe_cross_validated(songs, make):
    paths, y = songs
    model = make() if make is small_strong else make(sample_rate=8000)
    votings = ["mean", "majority"]
    judges = judges_of(model)
    groups = np.arange(12) // 2
    found = cross_validate(
        judges,
        features_of(judges, paths),
        y,
        votings=votings,
        cv=2,
        groups=groups,
        seed=3,
    )
    for group in range(6):
        assert len(set(found.fold[groups == group])) == 1
    assert found.seconds > 0
    names = [name for name in model.get_params() if name.endswith("__voting")]
    for voting in votings:
        whole = clone(model)
        for name in names:
            # The votes' own, not the mean of the committee.
            if whole.get_params()[name] == "mean":
                whole.set_params(**{name: voting})
        expected = cross_val_predict(
            whole, paths, y, cv=PredefinedSplit(found.fold), method="predict_proba"
        )
        assert_allclose(found.song_proba[voting], expected, rtol=1e-9, atol=1e-12)
    assert not np.array_equal(found.song_proba["mean"], found.song_proba["majority"])
    assert_array_equal(found.fold >= 0, True)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("fast", ("2", "fold")), ("strong", ("6", "vote"))],
    ids=["folds", "votes"],
)
def test_one_bar(songs, monkeypatch, capsys, name, shown):
    for module in ("skgenre.model_selection._compare_votings", "skgenre.cli._judges"):
        at_once = partial(with_bar, patience=0.0)
        monkeypatch.setattr(sys.modules[module], "with_bar", at_once)
    paths, y = songs
    model = small_strong() if name == "strong" else recipes.fast(sample_rate=8000)
    judges = judges_of(model)
    features = features_of(judges, paths)
    split = {"votings": ["mean"], "cv": 2, "groups": None, "seed": 0}
    cross_validate(judges, features, y, **split)
    assert capsys.readouterr().err == ""
    cross_validate(judges, features, y, **split, verbose=1)
    err = capsys.readouterr().err
    assert "cross-validation: 100%" in err
    # No other bar of folds beside that of votes.
    n_all, unit = shown
    assert set(re.findall(r"\d+/(\d+) ", err)) == {n_all}
    assert set(re.findall(r"/s|s/|vote|fold", err)) - {"/s", "s/"} == {unit}
