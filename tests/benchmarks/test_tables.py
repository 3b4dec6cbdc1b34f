import json
import re

import pytest
import tables


@pytest.mark.parametrize("path", tables.FILES, ids=["the door", "the laboratory"])
def test_tables_are_made_from_the_results(path):
    text = path.read_text()
    assert tables.render(text) == text


def test_every_table_stands_somewhere():
    texts = "".join(path.read_text() for path in tables.FILES)
    named = re.findall(r"<!-- table: (\w+) -->", texts)
    assert sorted(named) == sorted(tables.TABLES)


def test_results_say_what_they_ran_with():
    results = list((tables.ROOT / "benchmarks" / "results").glob("*.json"))
    assert results
    for result in results:
        assert "environment" in json.loads(result.read_text()), result.name


def test_render_replaces_what_is_between_the_marks(monkeypatch):
    monkeypatch.setattr(tables, "TABLES", {"a": lambda: "new\n", "b": lambda: ""})
    text = "x\n<!-- table: a -->\nold\n<!-- end -->\ny <!-- end -->\n"
    assert tables.render(text) == text.replace("old", "new")
    with pytest.raises(KeyError, match="c"):
        tables.render("<!-- table: c -->\n<!-- end -->")


def test_markdown():
    table = tables.markdown(["a", "b"], [[1, "x"], [2, ""]])
    assert table == "| a | b |\n| --- | --- |\n| 1 | x |\n| 2 |  |\n"


def test_an_interval_stands_behind_its_accuracy():
    figures = {"accuracy": 73.75, "interval_95": [68.4, 78.6]}
    assert tables.interval(figures) == "73.8 (68 to 79)"


def test_a_gain_stands_with_its_interval():
    figures = {"points": 2.5, "interval_95": [-0.26, 5.04], "p_value": 0.1}
    assert tables.gain(figures) == "+2.5 (-0.3 to +5.0)"
    assert tables.gain(None) == ""


def test_networks_stand_with_their_licences():
    assert tables.heard_by("birdnet") == "BirdNET 2.4 (CC BY-NC-SA)"
    assert set(tables.SHORT) <= set(tables.EARS)


def test_main_writes_both_files(monkeypatch, tmp_path):
    files = [tmp_path / "a.md", tmp_path / "b.md"]
    for file in files:
        file.write_text("<!-- table: short -->\n<!-- end -->")
    monkeypatch.setattr(tables, "FILES", files)
    monkeypatch.setattr("sys.argv", ["tables.py"])
    tables.main()
    assert {"`recipes.strong`" in file.read_text() for file in files} == {True}
