import re

import pytest

from skgenre.model_selection._text_tables import (
    aligned,
    html_table,
    interval_head,
    percent,
    percent_interval,
    point_interval,
    wrapped,
)

TABLE = [["Songs", "right"], ["mean", "7 %"], ["naive_bayes", "100.0 %"]]


def test_first_column_to_the_left_others_to_the_right():
    assert aligned(TABLE) == [
        "Songs          right",
        "mean             7 %",
        "naive_bayes  100.0 %",
    ]


def test_lines_are_equally_long():
    assert len(set(map(len, aligned(TABLE)))) == 1
    assert aligned([["a"]]) == ["a"]
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        aligned([["a", "b"], ["c"]])


def test_html_holds_the_cells():
    text = html_table(TABLE)
    assert re.findall(r"<th>(.*?)</th>", text) == TABLE[0]
    assert re.findall(r"<td>(.*?)</td>", text) == [*TABLE[1], *TABLE[2]]
    assert text.count("<tr>") == text.count("</tr>") == 3


def test_html_is_escaped():
    text = html_table([["<script>"], ['A & "B"']])
    assert "<th>&lt;script&gt;</th>" in text
    assert "<td>A &amp; &quot;B&quot;</td>" in text


def test_numbers():
    assert interval_head(0.95) == "95 % interval"
    assert interval_head(0.995) == "99.5 % interval"
    assert percent(0.125) == "12.5 %"
    assert percent(float("nan")) == "nan %"
    assert percent_interval(0, 0.5) == "0.0 to 50.0 %"
    assert point_interval(-1.25, 30) == "-1.2 to +30.0"


def test_c_columns_that_do_not_fit_are_left_out():
    table = [["name", "a", "b"], ["x", "12345", "12345"]]
    assert aligned(table, 20) == aligned(table)
    assert aligned(table, 15) == ["name      a", "x     12345"]
    assert aligned(table, 3) == ["name      a", "x     12345"]


def test_c_words_are_never_broken():
    text = "  a-very-long-name-of-a-song.wav is no song"
    assert wrapped(text, 12) == [
        "  a-very-long-name-of-a-song.wav", "  is no song",
    ]  # fmt: skip
    assert wrapped("", 12) == [""]
