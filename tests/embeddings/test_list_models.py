from skgenre.embeddings import list_models


def test_what_is_there_is_said_to_be_there(monkeypatch, tmp_path):
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path))
    models = {model.name: model for model in list_models()}
    assert list(models) == ["musicnn-msd", "musicnn-mtt", "birdnet-2.4"]
    assert not any(model.installed for model in models.values())
    path = models["musicnn-msd"].path
    assert path == tmp_path / "models" / "musicnn-msd.onnx"
    path.parent.mkdir()
    path.write_bytes(b"")
    assert [model.installed for model in list_models()] == [True, False, False]


def test_only_the_one_that_forbids_commerce_says_so():
    forbidding = [model.name for model in list_models() if model.non_commercial]
    assert forbidding == ["birdnet-2.4"]
    assert "NC" in {model.name: model.licence for model in list_models()}["birdnet-2.4"]
