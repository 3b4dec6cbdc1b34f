from embedding_files import made_up_wheel


def test_a_source_is_what_pip_takes(tmp_path):
    _, model = made_up_wheel(tmp_path)
    assert model.source.requirement == "toy==1.0"


def test_the_name_of_a_file_says_what_runs_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path))
    names = [
        made_up_wheel(tmp_path, extra=extra)[1].path.name
        for extra in ("onnx", "tflite")
    ]
    assert names == ["toy.onnx", "toy.tflite"]
