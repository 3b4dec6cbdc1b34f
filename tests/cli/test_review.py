import csv
import json
import shutil

import pytest
import soundfile
from shell import one_line, write_song

from skgenre.cli import main
from skgenre.cli._review import has_labels

pytest.importorskip("skops")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Songs of which one has a wrong label, and one is there twice, softer."""
    folder = tmp_path_factory.mktemp("data")
    for genre, frequency in {"high": 3000, "low": 300}.items():
        for i in range(9):
            write_song(folder / genre / f"band {i % 3} - {i}.wav", frequency + 20 * i)
    write_song(folder / "low" / "wrong é.wav", 3070)
    y, rate = soundfile.read(folder / "high" / "band 1 - 1.wav")
    soundfile.write(folder / "high" / "copy.wav", 0.5 * y, rate)
    return folder


@pytest.fixture(scope="module")
def model(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.skgenre"
    cut = ["--window", "1", "--sample-rate", "8000", "--jobs", "1", "--folds", "2"]
    assert (
        main(["train", str(data), "-o", str(path), "--recipe", "baseline", *cut]) == 0
    )
    return path


def review(data, model, out, *more):
    given = [str(data), "--model", str(model), "--out", str(out), "--jobs", "1"]
    return main(["review", *given, *more])


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def filled_in(path, decisions):
    """As a spreadsheet of another country saves it."""
    rows = rows_of(path)
    for row in rows:
        row |= decisions.get(row["song"], {})
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


DECISIONS = {
    "low/wrong é.wav": {
        "decision": "Relabel", "new_label": "high", "decided_by": "Ann",
        "decided_at": "2026-11-27",
    },
    "high/copy.wav": {"decision": "leave out", "decided_by": "Ann"},
}  # fmt: skip


def test_from_songs_to_a_table_and_back(data, model, tmp_path, capsys):
    out = tmp_path / "review.csv"
    assert review(data, model, out) == 0
    said = capsys.readouterr().out
    assert "Each was judged by a model fitted anew without the song, its copies" in said
    assert " of 20 songs are worth a look." in said
    assert "  1. high/copy.wav\n     The same recording as high/band 1 - 1.wav" in said
    assert "Labelled low (" in said
    assert f"  skgenre train {data} --review {out} -o better.skgenre" in said
    rows = rows_of(out)
    assert [row["song"] for row in rows][:2] == ["high/copy.wav", "low/wrong é.wav"]
    assert {row["decision"] for row in rows} == {""}
    filled_in(out, DECISIONS)

    # A second review keeps what was decided, and learns from it.
    assert review(data, model, out, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n_songs"] == 19
    again = [(row["song"], row["decision"], row["decided_by"]) for row in rows_of(out)]
    assert again[-2:] == [
        ("high/copy.wav", "leave out", "Ann"), ("low/wrong é.wav", "relabel", "Ann"),
    ]  # fmt: skip
    assert {decision for _, decision, _ in again[:-2]} <= {""}

    better = tmp_path / "better.skgenre"
    given = ["train", str(data), "-o", str(better), "--review", str(out), "--json"]
    cut = ["--recipe", "baseline", "--window", "1", "--sample-rate", "8000"]
    assert main([*given, *cut, "--jobs", "1", "--folds", "2"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["songs"] == {"high": 10, "low": 9}
    assert card["review"] == {
        "relabelled": [
            {"song": "low/wrong é.wav", "by": "Ann", "at": "2026-11-27T00:00:00",
             "comment": "", "from": "low", "to": "high"}
        ],
        "left_out": [{"song": "high/copy.wav", "by": "Ann", "at": "", "comment": ""}],
        "confirmed": [],
        "open": len(again) - 2,
    }  # fmt: skip


def test_features_are_kept(data, model, tmp_path):
    cache = tmp_path / "cache"
    assert review(data, model, tmp_path / "r.csv", "--cache", str(cache)) == 0
    kept = sorted(cache.rglob("*.pkl"))
    assert len(kept) >= 20
    assert review(data, model, tmp_path / "r.csv", "--cache", str(cache)) == 0
    assert sorted(cache.rglob("*.pkl")) == kept


def test_train_says_what_the_review_changed(data, model, tmp_path, capsys):
    out = tmp_path / "review.csv"
    lines = [
        "song,decision,new_label", "low/wrong é.wav,relabel,hig",
        "high/gone.wav,leave out,", "high/copy.wav,right,",
        "low/band 0 - 0.wav,unsure,",
    ]  # fmt: skip
    out.write_text("\n".join(lines), encoding="utf-8")
    arguments = ["--recipe", "baseline", "--window", "1", "--sample-rate", "8000"]
    given = ["train", str(data), "--review", str(out), "-o", str(tmp_path / "m")]
    assert main([*given, *arguments, "--jobs", "1"]) == 0
    said = capsys.readouterr().out
    assert (
        f"Took the decisions of {out}: 1 song relabelled (1 from low to hig), 0 left "
        "out, 1 confirmed, 1 still open."
    ) in said
    assert "1 song is decided on, but not there any more: high/gone.wav." in said
    assert "1 song gets the new label 'hig', which none has" in said
    assert "Is 'high' meant?" in said


@pytest.mark.parametrize("command", ["train", "review"])
def test_a_table_with_faults_stops_before_the_long_part(
    command, data, model, tmp_path, capsys
):
    out = tmp_path / "review.csv"
    text = "song,decision\nlow/wrong é.wav,maybe\n"
    out.write_text(text, encoding="utf-8")
    if command == "train":
        assert main(["train", str(data), "--review", str(out)]) == 1
    else:
        assert review(data, model, out) == 1
    error = capsys.readouterr().err
    assert "line 2: Got the decision 'maybe', but expected one of right" in error
    # It is not replaced.
    assert out.read_text(encoding="utf-8") == text


def test_a_folder_without_labels(data, model, tmp_path, capsys):
    new = tmp_path / "new"
    new.mkdir()
    shutil.copy(data / "low" / "band 0 - 0.wav", new / "a.wav")
    shutil.copy(data / "low" / "band 0 - 0.wav", new / "b.wav")
    (new / "bad.wav").write_bytes(b"nothing")
    out = tmp_path / "review.csv"
    assert review(new, model, out) == 0
    said = capsys.readouterr().out
    assert "Found 3 recordings without labels" in said or "Found 3 songs" in said
    assert "Without labels, the model judged the songs as it is" in said
    assert "bad.wav: It cannot be decoded" in said
    assert "skgenre train" not in said
    assert [(row["song"], row["copy_of"], row["label"]) for row in rows_of(out)] == [
        ("b.wav", "a.wav", "")
    ]


def test_a_table_of_parts_of_files(data, model, tmp_path, capsys):
    table = tmp_path / "clips.csv"
    lines = ["path,label,start,end"]
    for path in sorted(data.rglob("band*.wav")):
        lines += [f"{path},{path.parent.name},0,1", f"{path},{path.parent.name},1,2"]
    wrong = lines[1].split(",")
    lines[1] = ",".join([wrong[0], "low", *wrong[2:]])
    table.write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "review.csv"
    assert review(table, model, out, "--no-copies") == 0
    capsys.readouterr()
    name = f"{wrong[0]} [0.0 to 1.0 s]"
    assert rows_of(out)[0]["song"] == name
    filled_in(out, {name: {"decision": "relabel", "new_label": "high"}})
    arguments = ["--recipe", "baseline", "--window", "1", "--sample-rate", "8000"]
    given = ["train", str(table), "--review", str(out), "-o", str(tmp_path / "m")]
    assert main([*given, *arguments, "--jobs", "1", "--no-copies"]) == 0
    assert "1 recording relabelled (1 from low to high)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--out", "review.html"], "ends in .csv"),
        (["--model", "none.skgenre"], "none.skgenre"),
        (["--folds", "1"], "--folds"),
    ],
)
def test_errors_in_one_line(more, message, data, model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert review(data, model, "review.csv", *more) != 0
    assert message in capsys.readouterr().err


def test_one_class_only(data, model, tmp_path, capsys):
    shutil.copytree(data / "low", tmp_path / "one" / "low")
    assert review(tmp_path / "one", model, tmp_path / "r.csv", "--no-copies") == 1
    assert "of one class only" in one_line(capsys)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["a/x.wav", "b/y.wav"], True), (["x.wav", "y.wav"], False), ([], True),
        (["a/x.wav", "y.wav"], True),
    ],
)  # fmt: skip
def test_folders_with_and_without_labels(files, expected, tmp_path):
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert has_labels(tmp_path) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [("path,label", True), ("path,genre", True), ("path,artist", False),
     ("path,genre,species", True), ("file,start,end", False)],
)  # fmt: skip
def test_tables_with_and_without_labels(head, expected, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text(f"{head}\n" + ",".join("x" * len(head.split(","))) + "\n")
    assert has_labels(table) == expected


def test_a_page_to_decide_on(data, model, tmp_path, capsys):
    page = tmp_path / "review.html"
    assert review(data, model, tmp_path / "r.csv", "--report", str(page)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"Open {page}, listen and decide by keys" in said
    text = page.read_text(encoding="utf-8")
    for row in rows_of(tmp_path / "r.csv"):
        assert json.dumps(row["song"]).strip('"') in text  # ASCII alone
    assert "worth a look" in text
    assert review(data, model, tmp_path / "r.csv", "--report", "x.txt") != 0
    assert "ends in .html" in one_line(capsys)
