import pytest

from skgenre.datasets._read_table import Table
from skgenre.datasets._table_columns import columns_of, described, quoted, unit_of

USUAL = {
    part: part for part in ("path", "label", "group", "fold", "split", "start", "end")
}


def table(*names):
    return Table({name: ["x"] for name in names}, "a table", None)


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("path", ["path", "File", "FileName", "file name", "file-path", "audio_file"]),
        ("label", ["label", "Genre", "CLASS", "category", " species "]),
        ("group", ["group", "Artist", "speaker", "patient", "source", "src_file"]),
        ("fold", ["Fold"]),
        ("split", ["split", "Subset", "partition"]),
    ],
)
def test_usual_names(part, names):
    for name in names:
        needed = {"path": "p", "label": "l", part: name}
        asked = {**USUAL, **{k: v for k, v in needed.items() if k != part}}
        assert columns_of(table(*needed.values()), asked)[part] == name


def test_usual_names_of_times():
    found = columns_of(
        table("path", "label", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)"), USUAL
    )
    assert found == {
        "path": "path",
        "label": "label",
        "start": "Begin Time (s)",
        "end": "End Time (s)",
    }


def test_its_own_name_comes_first_and_named_columns_are_taken():
    found = columns_of(table("path", "file", "label", "genre"), USUAL)
    assert found == {"path": "path", "label": "label"}
    asked = {**USUAL, "label": "artist", "group": None}
    assert columns_of(table("file", "artist", "speaker"), asked) == {
        "path": "file",
        "label": "artist",
    }
    # A column that is taken for one part is no other.
    asked = {**USUAL, "label": "artist"}
    assert "group" not in columns_of(table("file", "artist"), asked)


def test_words_follow_the_columns():
    assert unit_of({"label": "Genre"}).song == "song"
    assert unit_of({"label": "label", "group": "artist"}).label == "genre"
    assert unit_of({"label": "species", "group": "source"}).song == "recording"
    assert unit_of({"path": "genre"}).song == "recording"


def test_what_is_said():
    found = table("path", "label", "x")
    taken = {"path": "path", "label": "label"}
    assert described(found, taken, None) == [
        "Columns: path 'path', label 'label'",
        "Not used: 'x'",
    ]
    assert described(table(*taken), taken, "{group}_{n}") == [
        "Columns: path 'path', label 'label', group by the pattern '{group}_{n}'"
    ]
    assert quoted(["a", "b"]) == "'a', 'b'"
