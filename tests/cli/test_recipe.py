import pytest

from skgenre import FrameWindower
from skgenre.cli._errors import UserError
from skgenre.cli._recipe import (
    RECIPES,
    Cut,
    checked_recipe,
    checked_recipes,
    cut_of_network,
    memory_for,
    network_of,
    recipe_model,
    set_windowers,
)
from skgenre.datasets import load_songs

CUT = Cut(1.0, None, 8000)


def windowers_of(model):
    parts = model.get_params().values()
    return [part for part in parts if isinstance(part, FrameWindower)]


def test_a_recipe_is_cut_as_asked():
    model = recipe_model("fast", Cut(2.0, 0.5, 4000), voting="max", n_jobs=1)
    windower = model["windows"]
    assert (windower.window_seconds, windower.hop_seconds) == (2.0, 0.5)
    assert windower.sample_rate == 4000
    assert windower.on_error == "warn"
    assert model["vote"].voting == "max"
    assert recipe_model("baseline", CUT)["vote"].voting == "mean"


def test_strong_has_a_shorter_window_where_one_fits():
    lengths = [w.window_seconds for w in windowers_of(recipe_model("strong", CUT))]
    # 0.4 s would hold fewer frames than the recipe needs.
    assert sorted(lengths) == [0.512, 1.0]
    short = recipe_model("strong", Cut(0.5, None, 8000))
    assert [w.window_seconds for w in windowers_of(short)] == [0.5]
    with pytest.raises(UserError, match="windows of two lengths"):
        recipe_model("strong", Cut(5.0, 1.0, 8000))


def test_random_choices_are_fixed():
    trees = [
        part for name, part in recipe_model("strong", CUT).get_params().items()
        if name.endswith("random_state")
    ]  # fmt: skip
    assert set(trees) - {None} == {0}


def test_windowers_are_found_wherever_they_are():
    model = set_windowers(recipe_model("strong", CUT), on_error="raise")
    assert {windower.on_error for windower in windowers_of(model)} == {"raise"}


@pytest.mark.slow
def test_windowers_of_fitted_parts_are_set_as_well(library):
    songs = load_songs(library)
    model = recipe_model("strong", CUT, n_jobs=1).fit(songs.data, songs.target)
    set_windowers(model, on_error="raise")
    inner = [part["windows"].on_error for part in model["scales"].estimators_]
    assert inner == ["raise", "raise"]


def test_a_cache_for_as_long_as_it_is_needed(tmp_path):
    with memory_for("fast", None) as memory:
        assert memory is None
    with memory_for("strong", tmp_path) as memory:
        assert memory == tmp_path
    with memory_for("strong", None) as memory:
        assert memory.is_dir()
    assert not memory.exists()


# -- pretrained networks --------------------------------------------------------------


def test_each_network_is_a_recipe_of_its_name():
    assert {"pretrained", "musicnn-msd", "birdnet-2.4"} <= set(RECIPES)
    assert network_of("pretrained") is network_of("musicnn-msd")
    assert network_of("birdnet-2.4").sample_rate == 48_000
    assert network_of("fast") is None


def test_songs_are_cut_as_the_network_was_trained_but_for_what_the_user_says():
    free = {"window": None, "hop": None, "sample_rate": None}
    assert cut_of_network("fast", **free) is None
    assert cut_of_network("birdnet-2.4", **free) == Cut(3.0, None, 48_000)
    chosen = cut_of_network("pretrained", window=5.0, hop=1.0, sample_rate=8000)
    assert chosen == Cut(5.0, 1.0, 8000)
    model = recipe_model("musicnn-mtt", chosen, voting="max", n_jobs=1)
    assert model["features"].model == "musicnn-mtt"
    assert model["windows"].get_params().items() >= {
        ("window_seconds", 5.0),
        ("hop_seconds", 1.0),
        ("sample_rate", 8000),
        ("on_error", "warn"),
    }


def test_what_is_not_installed_is_told_before_the_long_part(tmp_path, monkeypatch):
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path))
    with pytest.raises(ValueError, match="embeddings install musicnn-msd"):
        checked_recipe("pretrained")
    with pytest.raises(UserError, match="expected one of baseline, fast, strong"):
        checked_recipe("best")
    with pytest.raises(UserError, match=r"--recipe strong.* fast, pre.* compare"):
        checked_recipe("strong", single=True)
    assert checked_recipes(["fast", "strong", "fast"]) == ("fast", "strong")
