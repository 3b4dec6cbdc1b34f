import json
import sys

import pytest
from numpy.testing import assert_array_equal
from shell import one_line, write_song

from skgenre import load_model, read_model_card
from skgenre.cli import main
from skgenre.cli._recipe import Cut, recipe_model
from skgenre.datasets import load_songs
from skgenre.model_selection import compare_models

pytest.importorskip("skops")


def train(data, out, *more):
    audio = ["--window", "1", "--sample-rate", "8000", "--jobs", "1"]
    return main(["train", str(data), "-o", str(out), *audio, *more])


def test_a_model_with_its_figure(library, tmp_path, capsys):
    out = tmp_path / "m.skgenre"
    assert train(library, out, "--folds", "3", "--licence", "CC BY 4.0") == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "12 songs of 2 genres" in said.out
    assert "36 windows of 1 s" in said.out
    assert "3 folds, each on songs that its model had not been trained on" in said.out
    assert "100.0 % of songs right (95 % interval" in said.out
    assert "Always 'high' would get 50.0 %." in said.out
    assert "No song was judged by a model that had heard it" in said.out
    assert f"Next: skgenre predict {out} NEW_FILES" in said.out
    card = read_model_card(out)
    assert card.classes == ["high", "low"]
    assert card.window_seconds == (1.0,)
    assert card.sample_rate == (8000.0,)
    figures = card.figures
    assert figures["accuracy"] == 1
    assert figures["n_songs"] == 12
    assert (figures["by"], figures["n_folds"]) == ("artist", 3)
    assert (figures["recipe"], figures["voting"]) == ("fast", "mean")
    assert figures["always"] == {"label": "high", "accuracy": 0.5}
    assert card.facts["songs"] == {"high": 6, "low": 6}
    assert card.licences == {"model": "CC BY 4.0"}
    # Nothing of the machine or of the songs is in the file but their fingerprint.
    assert str(library) not in json.dumps(card.facts)
    model = load_model(out)
    songs = sorted(map(str, library.rglob("*.wav")))
    assert model.predict(songs).tolist() == ["high"] * 6 + ["low"] * 6
    assert model["windows"].on_error == "raise"


def test_the_same_songs_have_the_same_fingerprint(library, tmp_path):
    prints = []
    for name in "ab":
        assert train(library, tmp_path / name, "--folds", "2", "--no-copies") == 0
        prints.append(read_model_card(tmp_path / name).fingerprint)
    assert prints[0] == prints[1]
    write_song(tmp_path / "more" / "high" / "a.wav", 3000)
    write_song(tmp_path / "more" / "low" / "b.wav", 300)
    assert train(tmp_path / "more", tmp_path / "c", "--no-copies") == 0
    assert read_model_card(tmp_path / "c").fingerprint != prints[0]


def test_one_song_of_a_class_trains_but_measures_nothing(tmp_path, capsys):
    for name, frequency in {"high/a": 3000, "high/b": 3100, "low/c": 300}.items():
        write_song(tmp_path / "data" / f"{name}.wav", frequency)
    out = tmp_path / "m"
    assert train(tmp_path / "data", out, "--json", "--recipe", "baseline") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["figures"] is None
    assert any("trained, but not measured" in text for text in found["warnings"])
    assert read_model_card(out).figures is None


def test_bad_files_cost_nothing_but_themselves(library, tmp_path, capsys):
    data = tmp_path / "data"
    for path in library.rglob("*.wav"):
        target = data / path.relative_to(library)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    (data / "low" / "X - broken.wav").write_bytes(b"no audio")
    assert train(data, tmp_path / "m", "--json", "--recipe", "baseline") == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["errors"]) == ["low/X - broken.wav"]
    assert found["left_out"] == 1
    assert found["figures"]["n_songs"] == 12


@pytest.mark.parametrize("command", ["train", "evaluate", "compare"])
def test_parts_of_files(library, tmp_path, capsys, command):
    lines = [
        f"{path},{path.parent.name},{path.stem[10:12]},{start},{start + 1}"
        for path in sorted(library.rglob("*.wav"))
        for start in (0, 1)
    ]
    lines.append(lines[0].replace(",0,1", ",50,51"))
    table = tmp_path / "t.csv"
    table.write_text("\n".join(["path,label,group,start,end", *lines]))
    out = "-o" if command == "train" else "--out"
    more = [out, str(tmp_path / "out"), "--window", "0.5", "--jobs", "1", "--json"]
    recipe = ["--recipe", "baseline"]
    assert main([command, str(table), *more, *recipe]) == 0
    found = json.loads(capsys.readouterr().out)
    (name,) = found["errors"]
    assert name.endswith(".wav [50.0 to 51.0 s]")
    assert "lies behind its end" in found["errors"][name]
    scores = found.get("figures") or found.get("votings") or found["models"]
    scores = scores.get("mean") or scores.get("baseline, mean") or scores
    assert scores["n_songs"] == 24


def test_groups_by_a_pattern_and_one_group_of_a_class(tmp_path, capsys):
    for i in range(4):
        write_song(tmp_path / "data" / "high" / f"p{i}_1.wav", 3000 + 9 * i, seed=i)
        write_song(tmp_path / "data" / "low" / f"p9_{i}.wav", 300 + 9 * i, seed=i)
    more = ["--groups", "p{group}_{n}.wav", "--recipe", "baseline", "--folds", "2"]
    assert train(tmp_path / "data", tmp_path / "m", *more) == 0
    out = capsys.readouterr().out
    assert "The class 'low' has one group only" in out
    assert "recordings of one group may be on both sides, which flatters" in out
    assert read_model_card(tmp_path / "m").figures["by"] == "song"


@pytest.mark.slow
def test_strong_is_measured_and_kept(library, tmp_path, capsys):
    out = tmp_path / "m"
    assert train(library, out, "--recipe", "strong", "--folds", "2") == 0
    assert "100.0 % of songs right" in capsys.readouterr().out
    songs = sorted(map(str, library.rglob("*.wav")))
    assert load_model(out).predict(songs).tolist() == ["high"] * 6 + ["low"] * 6


@pytest.mark.parametrize(
    ("more", "match"),
    [
        (["--recipe", "best"], "Got --recipe best, but expected one of baseline, fast"),
        (["--voting", "mode"], "Got --voting mode"),
        (["--groups", "me"], "Got --groups me"),
        (["--jobs", "0"], "Got --jobs 0"),
    ],
)
def test_what_is_refused(library, tmp_path, capsys, more, match):
    assert train(library, tmp_path / "m", *more) == 1
    assert match in one_line(capsys)
    assert not (tmp_path / "m").exists()


def test_places_that_cannot_be_written_are_said_first(library, tmp_path, capsys):
    assert train(library, tmp_path) == 1
    assert "which is a folder, but expected a file for the model" in one_line(capsys)


def test_a_class_of_bad_files_only_is_refused(tmp_path, capsys):
    for i in range(3):
        write_song(tmp_path / "data" / "high" / f"{i}.wav", 3000, seed=i)
    (tmp_path / "data" / "low").mkdir()
    (tmp_path / "data" / "low" / "a.wav").write_bytes(b"no audio")
    assert train(tmp_path / "data", tmp_path / "m", "--no-copies") == 1
    err = capsys.readouterr().err
    assert "No recording of the class 'low' can be used." in err
    assert not (tmp_path / "m").exists()


def test_advice_is_said(library, tmp_path, capsys):
    # Songs of 2 s.
    more = ["--window", "2", "--folds", "2", "--recipe", "baseline"]
    assert train(library, tmp_path / "m", *more) == 0
    said = one_paragraph(capsys)
    assert "so votings cannot differ; --window 0.5 would give about 7." in said


def one_paragraph(capsys):
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.slow
def test_strong_is_measured_as_a_whole_cross_validated_would_be(library, tmp_path):
    out = tmp_path / "m"
    assert train(library, out, "--recipe", "strong", "--folds", "2") == 0
    figures = read_model_card(out).figures
    songs = load_songs(library)
    whole = recipe_model("strong", Cut(1.0, None, 8000), n_jobs=1)
    expected = compare_models(
        {"strong": whole}, songs.data, songs.target, cv=2, groups=songs.groups
    ).pooled["strong"]
    for name in ("accuracy", "log_loss", "ece", "accuracy_low"):
        assert figures[name] == pytest.approx(expected[name], rel=1e-9)
    # What is kept is the whole recipe, fitted as scikit-learn fits it.
    fitted = whole.fit(songs.data, songs.target)
    assert_array_equal(
        load_model(out).predict_proba(songs.data), fitted.predict_proba(songs.data)
    )


def interrupt(monkeypatch, *, after):
    """Press Ctrl-C while the song after so many is read."""
    module = sys.modules["skgenre.features._extract"]
    extract, read = module._extract_song, []

    def extracted(song, *more):
        if len(read) == after:
            raise KeyboardInterrupt
        read.append(str(song))
        return extract(song, *more)

    monkeypatch.setattr(module, "_extract_song", extracted)
    return read


def test_what_an_interruption_leaves_is_there(library, tmp_path, capsys, monkeypatch):
    out, cache = tmp_path / "m", tmp_path / "cache"
    more = ["--folds", "2", "--no-copies", "--cache", str(cache)]
    with monkeypatch.context() as patch:
        read = interrupt(patch, after=5)
        assert train(library, out, *more) == 130
    assert len(read) == 5
    assert capsys.readouterr().err == (
        "Interrupted. No model was saved. Features computed so far are kept in "
        f"{cache}: the same command uses them.\n"
    )
    assert not out.exists()
    with monkeypatch.context() as patch:
        read = interrupt(patch, after=99)
        assert train(library, out, *more) == 0
    assert len(read) == 7


def test_without_a_cache_it_leaves_nothing(library, tmp_path, capsys, monkeypatch):
    interrupt(monkeypatch, after=5)
    assert train(library, tmp_path / "m", "--no-copies") == 130
    assert capsys.readouterr().err == (
        "Interrupted. No model was saved. Features are not kept. With --cache FOLDER "
        "they are, song by song.\n"
    )
    assert list(tmp_path.iterdir()) == []
