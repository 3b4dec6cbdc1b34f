from types import SimpleNamespace

import pytest
from embedding_files import install_toy

from skgenre import load_model, read_model_card, recipes, save_model
from skgenre.persistence._pretrained import with_networks


def network(name="ears", sha256="12" * 32, **more):
    about = {"name": name, "sha256": sha256, "license": "ISC", "labels": ["a"]}
    return SimpleNamespace(model_info_={**about, **more})


def test_a_model_without_networks_is_left_as_it_is():
    assert with_networks(None, [object(), 3]) is None
    assert with_networks({"figures": 1}, [SimpleNamespace(model_info_=7)]) == {
        "figures": 1
    }


def test_each_network_is_said_once_with_its_licence():
    facts = {"licences": {"model": "CC0"}, "figures": 1}
    found = with_networks(facts, [network(), network(), network(None, "34" * 32)])
    assert found["figures"] == 1
    assert [n["name"] for n in found["embeddings"]] == ["ears", None]
    assert found["embeddings"][0].keys() == {
        *("name", "sha256", "license", "trained_on", "citation")
    }
    assert found["licences"] == {
        "ears": "ISC",
        "network 343434343434": "ISC",
        "model": "CC0",
    }
    assert facts == {"licences": {"model": "CC0"}, "figures": 1}


def test_a_licence_in_words_is_that_of_the_model():
    found = with_networks({"licences": "CC BY 4.0"}, [network()])
    assert found["licences"] == {"ears": "ISC", "model": "CC BY 4.0"}


def test_a_file_says_what_it_listens_with_and_does_not_hold_it(
    tmp_path, monkeypatch, song_files
):
    pytest.importorskip("onnxruntime")
    toy = install_toy(tmp_path, monkeypatch, licence="CC BY-NC-SA 4.0")
    songs, y = song_files.data[::3], song_files.target[::3]
    model = recipes.pretrained("toy").fit(songs, y)
    path = save_model(model, tmp_path / "genres.skgenre")
    card = read_model_card(path)
    (said,) = card.facts["embeddings"]
    assert said["sha256"] == toy.sha256
    assert card.licences == {"toy": "CC BY-NC-SA 4.0", "model": None}
    assert str(tmp_path).encode() not in path.read_bytes()
    loaded = load_model(path)
    assert loaded.predict(songs[:3]).tolist() == model.predict(songs[:3]).tolist()
    # On a machine that lacks it.
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(ValueError, match="skgenre embeddings install toy"):
        load_model(path).predict(songs[:3])
