"""What is said of model files, with cards made by hand."""

import json

import numpy as np
import pytest
from shell import one_line
from sklearn.linear_model import LogisticRegression

from skgenre import GroupVotingClassifier, save_model
from skgenre.cli import main
from skgenre.cli._errors import UserError
from skgenre.cli._models import card_lines, card_table, figures_text, run_models
from skgenre.cli._say import Speaker
from skgenre.datasets._unit import MUSIC, OTHER
from skgenre.persistence import ModelCard

FIGURES = {
    "n_songs": 195,
    "accuracy": 0.8205,
    "accuracy_low": 0.7605,
    "accuracy_high": 0.8681,
    "confidence": 0.95,
    "balanced_accuracy": 0.815,
    "always": {"label": "rock", "accuracy": 0.3487},
    "recall": {"jazz": 0.8, "rock": 0.83},
    "n_folds": 5,
    "by": "artist",
    "ensured": "No song was judged by a model that had heard it.",
}
FACTS = {
    "unit": "song",
    "recipe": "fast",
    "voting": "mean",
    "cut": {"window_seconds": 5.0},
    "songs": {"jazz": 59, "rock": 136},
    "left_out": 2,
    "figures": FIGURES,
    "fingerprint": "0123456789abcdef" * 4,
    "licences": {"model": "CC BY 4.0", "data": None},
}


def card(**other):
    """What a file says of itself, with some of it otherwise."""
    fields = {
        "format_version": 1,
        "skgenre_version": "0.2.0",
        "versions": {"python": "3.11.9", "numpy": "2.1.0"},
        "created": "2026-11-27T02:30:00+00:00",
        "model": "Pipeline(steps=[...])",
        "classes": ["jazz", "rock"],
        "window_seconds": (5.0,),
        "hop_seconds": (2.5,),
        "sample_rate": (22050.0,),
        "facts": FACTS,
        "parts": {"estimator.skops": {"size": 41000, "sha256": "00"}},
    }
    return ModelCard(**fields | other)


@pytest.fixture
def run(monkeypatch):
    """Run the command on files of which each says what is given."""

    def run_on(paths, cards, **options):
        def read(path):
            found = cards[path.name]
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr("skgenre.persistence.read_model_card", read)
        run_models(Speaker(**options), paths)

    return run_on


@pytest.fixture
def paths(tmp_path):
    for name, size in {"a.skgenre": 1_234_567, "b.skgenre": 500}.items():
        (tmp_path / name).write_bytes(bytes(size))
    return [tmp_path / "a.skgenre", tmp_path / "b.skgenre"]


def test_one_file_is_told_line_by_line(run, paths, capsys):
    run(paths[:1], {"a.skgenre": card()})
    assert capsys.readouterr().out.splitlines() == [
        "a.skgenre (1.2 MB, written 2026-11-27 02:30:00 UTC by skgenre 0.2.0)",
        "Genres: 2 (jazz, rock)",
        "Windows: 5 s, one every 2.5 s, at 22,050 Hz",
        "Made of: recipe 'fast', voting 'mean'",
        "Figures: 82.0 % of songs right (95 % interval 76.0 to 86.8), balanced 81.5 %, "
        "always 'rock' would get 34.9 %, of 195 songs, in 5 folds, split by artist",
        "No song was judged by a model that had heard it.",
        "Trained on: 195 songs (59 jazz, 136 rock), 2 were left out, fingerprint "
        "0123456789ab",
        "Licence: model: CC BY 4.0",
        "Versions: python 3.11.9, numpy 2.1.0",
        "Parts: estimator.skops 41 kB",
        "Model: Pipeline(steps=[...])",
    ]


def test_what_a_review_changed(run, paths, capsys):
    ann = {"song": "a.wav", "by": "Ann", "at": "", "comment": ""}
    review = {
        "relabelled": [{**ann, "from": "jazz", "to": "rock"}],
        "left_out": [{**ann, "by": "Ben"}],
        "confirmed": [ann, {**ann, "by": ""}],
        "open": 4,
    }
    facts = {"unit": "song", "review": review}
    run(paths[:1], {"a.skgenre": card(facts=facts)})
    assert (
        "Reviewed by Ann, Ben: 1 song relabelled, 1 left out, 2 confirmed, 4 open"
        in capsys.readouterr().out.splitlines()
    )
    # What a stranger wrote into a file harms nothing.
    strange = {"relabelled": [1, None], "left_out": "all", "open": "x"}
    run(paths[:1], {"a.skgenre": card(facts={"review": strange})})
    said = capsys.readouterr().out.splitlines()
    assert "Reviewed: 0 recordings relabelled, 0 left out, 0 confirmed" in said


def test_several_files_are_a_table(run, paths, capsys):
    other = card(facts={"unit": "recording"}, window_seconds=(1.0, 3.0))
    run(paths, {"a.skgenre": card(), "b.skgenre": other})
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["model", "accuracy", "balanced", "by"]
    cells = [" ".join(line.split()[1:]) for line in (first, second)]
    assert cells[0] == "82.0 % 81.5 % artist 2 5 s fast mean 2026-11-27"
    assert cells[1] == "- - - 2 1 s and 3 s - - 2026-11-27"
    assert len({len(line) for line in (head, first, second)}) == 1


def test_a_narrow_screen_shows_what_matters(run, paths, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.chdir(paths[0].parent)
    names = [type(path)(path.name) for path in paths]
    run(names, {"a.skgenre": card(), "b.skgenre": card()})
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[0].split()[:3] == ["model", "accuracy", "balanced"]
    table = card_table({"a.skgenre": card(), "b.skgenre": card()})
    assert all(len(line) == len(table[0]) for line in table)


def test_everything_as_json(run, paths, capsys):
    run(paths, {"a.skgenre": card(), "b.skgenre": card(facts={})}, json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["command"] == "models"
    first, second = found["models"]
    assert first["path"] == str(paths[0])
    assert first["bytes"] == 1_234_567
    assert first["facts"] == FACTS
    assert first["window_seconds"] == [5.0]
    assert first["parts"] == {"estimator.skops": {"size": 41000, "sha256": "00"}}
    assert second["facts"] == {}
    assert found["errors"] == {}


def test_a_bad_file_hides_nothing_of_the_others(run, paths, capsys):
    cards = {"a.skgenre": ValueError("it is no zip archive"), "b.skgenre": card()}
    with pytest.raises(UserError) as caught:
        run(paths, cards)
    assert str(caught.value) == f"{paths[0]}: it is no zip archive"
    assert "b.skgenre" in capsys.readouterr().out
    with pytest.raises(UserError):
        run(paths, cards, json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["errors"] == {str(paths[0]): "it is no zip archive"}
    assert [model["path"] for model in found["models"]] == [str(paths[1])]


def test_an_error_that_names_its_file_is_not_named_twice(run, paths):
    told = f"Got {paths[0]}, but it is no model."
    with pytest.raises(UserError) as caught:
        run(paths[:1], {"a.skgenre": ValueError(told)})
    assert str(caught.value) == told


def test_a_model_of_which_nothing_is_known():
    bare = card(classes=[], window_seconds=(), hop_seconds=(), sample_rate=(), facts={})
    lines = card_lines("bare.skgenre", bare, 1000)
    assert lines[1:8] == [
        "Classes: none",
        "Windows: as they are given: it cuts none itself",
        "Made of: not known",
        "Figures: none: it was not measured",
        "Trained on: not known",
        "Licence: not known",
        "Versions: python 3.11.9, numpy 2.1.0",
    ]


def test_cards_that_people_wrote_themselves():
    facts = {"figures": {"f1": 0.7, "of": "a poster"}, "licences": "MIT", "by": "Ada"}
    lines = card_lines("own.skgenre", card(facts=facts), 1000)
    assert "Figures: f1 0.7, of a poster" in lines
    assert "Licence: MIT" in lines
    assert "by: Ada" in lines
    half = card(facts={"figures": {"accuracy": 0.5}})
    assert figures_text(half, OTHER) == "50.0 % of recordings right"
    assert figures_text(card(facts={"figures": [1, 2]}), MUSIC) == "1, 2"
    true = card(facts={"figures": {"accuracy": True}})
    assert figures_text(true, MUSIC) == "accuracy True"
    songs = card(facts={"songs": "FMA small"})
    assert "Trained on: FMA small" in card_lines("a", songs, 1)


def test_a_card_of_nonsense_is_told_all_the_same(run, paths, capsys):
    """A stranger wrote it: nothing in it is what it should be, or steers a terminal."""
    odd = card(
        classes=[f"\x1b[31mclass {i}\nx" for i in range(50)],
        window_seconds=("five", 2.0, None),
        hop_seconds=(1.0, 1.0),
        sample_rate=(1.0, 8000, 3),
        facts={"songs": {"a": "many"}, "licences": ["x"], "left_out": [], "unit": 3},
    )
    run(paths[:1], {"a.skgenre": odd})
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert r"Classes: 50 (\x1b[31mclass 0\nx," in out
    assert "and 30 more)" in out
    assert "Windows: 2 s, one every 1 s, at 8,000 Hz\n" in out
    run(paths, {"a.skgenre": odd, "b.skgenre": odd})
    assert "\x1b" not in capsys.readouterr().out


def test_files_as_they_are_saved(tmp_path, capsys):
    """From the command line, without cards made by hand."""
    rng = np.random.default_rng(0)
    model = GroupVotingClassifier(LogisticRegression())
    model.fit(rng.normal(size=(8, 2)), ["jazz", "rock"] * 4)
    facts = {**FACTS, "colour": "blue"}
    path = save_model(model, tmp_path / "genres.skgenre", card=facts)
    assert main(["models", str(path)]) == 0
    out = capsys.readouterr().out
    for text in (
        "genres.skgenre (",
        "Genres: 2 (jazz, rock)",
        "Windows: as they are given",
        "82.0 % of songs right",
        "colour: blue",
        "scikit-learn ",
        "Model: GroupVotingClassifier(",
    ):
        assert text in out
    assert main(["models", str(path), str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["models"][0]["facts"] == facts
    assert found["models"][0]["bytes"] == path.stat().st_size
    path.write_bytes(path.read_bytes()[:100])
    assert main(["models", str(path)]) == 1
    assert one_line(capsys).count("genres.skgenre") == 1
    assert main(["models", str(tmp_path / "gone.skgenre")]) == 1
    assert "gone.skgenre" in one_line(capsys)
    assert main(["models"]) == 2
