import math

import pytest

from skgenre.review import Review, ReviewRow, read_review

HEAD = "rank,song,label,verdict,confidence,decision,new_label,decided_at,comment"


def written(tmp_path, *lines, head=HEAD, end="\n", encoding="utf-8"):
    path = tmp_path / "review.csv"
    path.write_bytes(end.join([head, *lines, ""]).encode(encoding))
    return path


def test_what_was_saved_comes_back(tmp_path):
    rows = (
        ReviewRow(
            1, "=rock/é, 'x'.wav", "rock", "jazz", 0.75, "rock", 0.125, "Two.\nLines.",
            "b.wav", "relabel", "-blues", "Ann", "2026-11-27T08:00:00+00:00", "+1",
            (("loud", "@yes"),),
        ),
        ReviewRow(2, "'round midnight.wav", "jazz", extra=(("loud", ""),)),
    )  # fmt: skip
    path = Review(rows).save(tmp_path / "review.csv")
    read = read_review(path)
    assert read.rows[0] == rows[0]
    second = read.rows[1]
    assert (second.song, second.decision, second.extra) == (
        "'round midnight.wav", "", (("loud", ""),),
    )  # fmt: skip
    assert math.isnan(second.confidence)


def test_what_a_table_without_rows_says(tmp_path):
    assert read_review(Review(()).save(tmp_path / "review.csv")).rows == ()


@pytest.mark.parametrize(
    ("end", "encoding"),
    [("\n", "utf-8"), ("\r\n", "utf-8-sig"), ("\r", "utf-8"), ("\n", "utf-16")],
)
def test_ends_of_lines_and_marks(end, encoding, tmp_path):
    path = written(
        tmp_path, "1,é.wav,rock,jazz,0.9,right,,,", end=end, encoding=encoding
    )
    (row,) = read_review(path).rows
    assert (row.song, row.decision, row.confidence) == ("é.wav", "right", 0.9)


def test_semicolons_and_decimal_commas(tmp_path):
    path = written(
        tmp_path,
        "1;a, b.wav;rock;jazz;0,93;relabel;jazz;27.11.2026 08:15;yes, sure",
        head=HEAD.replace(",", ";"),
    )
    (row,) = read_review(path).rows
    assert (row.song, row.confidence, row.comment) == ("a, b.wav", 0.93, "yes, sure")
    assert row.decided_at == "2026-11-27T08:15:00"


@pytest.mark.parametrize(
    ("said", "expected"),
    [("Right", "right"), (" RELABEL ", "relabel"), ("leave-out", "leave out"),
     ("Leave_Out", "leave out"), ("leaveout", "leave out"), ("unsure", "unsure")],
)  # fmt: skip
def test_decisions_as_people_write_them(said, expected, tmp_path):
    label = "blues" if expected == "relabel" else ""
    path = written(tmp_path, f"1,a.wav,rock,jazz,0.9,{said},{label},,")
    assert read_review(path).rows[0].decision == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [("0.93", 0.93), ("93%", 0.93), ("93 %", 0.93), ("1", 1), ("", math.nan),
     ("9312", math.nan), ("Mar 93", math.nan), ("nan", math.nan)],
)  # fmt: skip
def test_no_number_is_better_than_a_wrong_one(said, expected, tmp_path):
    path = written(tmp_path, f"1,a.wav,rock,jazz,{said},,,,")
    found = read_review(path).rows[0].confidence
    assert found == expected or (math.isnan(found) and math.isnan(expected))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-11-27T08:00:00+00:00", "2026-11-27T08:00:00+00:00"),
        ("2026-11-27 08:00", "2026-11-27T08:00:00"),
        ("27.11.2026", "2026-11-27T00:00:00"),
        ("2026/11/27 08:00", "2026-11-27T08:00:00"),
        # Half a day behind 27 November 2026, as spreadsheets count days.
        ("46353.5", "2026-11-27T12:00:00"),
        ("03/04/2026", "03/04/2026"),  # in March or in April
        ("yesterday", "yesterday"),
    ],
)
def test_times_in_other_forms(said, expected, tmp_path):
    path = written(tmp_path, f"1,a.wav,rock,jazz,0.9,right,,{said},")
    assert read_review(path).rows[0].decided_at == expected


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("a.wav,rock,,,keep,,,", "Got the decision 'keep', but expected one of right, "
         "relabel, leave out, unsure, or nothing."),
        ("a.wav,rock,,,rigth,,,", "Got the decision 'rigth', but expected one of "
         "right, relabel, leave out, unsure, or nothing. Did you mean 'right'?"),
        ("a.wav,rock,,,relabel,,,", "Got relabel without a label. Write the right one "
         "into new_label."),
        ("a.wav,rock,,,relabel,rock,,", "Got relabel to 'rock', which is its label"),
        ("a.wav,rock,,,,jazz,,", "Got the new_label 'jazz' with the decision ''"),
        ("a.wav,rock,,,right,jazz,,", "Got the new_label 'jazz' with the decision "
         "'right', but expected relabel."),
        (",rock,,,right,,,", "Got no song"),
    ],
)  # fmt: skip
def test_lines_that_cannot_be_meant_are_named(cells, message, tmp_path):
    # The comment of the first song is two lines long, so that it ends in line 3.
    path = written(tmp_path, '1,z.wav,,,,,,,"one\ntwo"', f"2,{cells}")
    with pytest.raises(ValueError, match="cannot take it as it is") as error:
        read_review(path)
    assert f"line 4: {message}" in str(error.value)
    assert str(path) in str(error.value)


def test_all_faults_at_once(tmp_path):
    path = written(tmp_path, *[f"{i},{i}.wav,rock,,,keep,,," for i in range(25)])
    with pytest.raises(ValueError, match="line 2: ") as error:
        read_review(path)
    assert str(error.value).count("line ") == 20
    assert "and 5 more" in str(error.value)


def test_two_decisions_of_one_song(tmp_path):
    path = written(
        tmp_path, "1,a.wav,rock,,,right,,,", "2,b.wav,,,,,,,",
        "3,a.wav,rock,,,relabel,jazz,,",
    )  # fmt: skip
    with pytest.raises(ValueError, match="cannot take it as it is") as error:
        read_review(path)
    assert (
        "line 4: Got relabel to jazz for 'a.wav', of which line 2 says right, but "
        "expected one decision for each song. Delete one of the lines."
    ) in str(error.value)


def test_the_same_decision_twice_counts_once(tmp_path):
    path = written(
        tmp_path, "1,a.wav,rock,,,,,,", "2,a.wav,rock,,,right,,,first",
        "3,a.wav,rock,,,right,,,second",
    )  # fmt: skip
    rows = read_review(path).rows
    assert [(row.song, row.decision, row.comment) for row in rows] == [
        ("a.wav", "right", "first")
    ]


def test_few_columns_do(tmp_path):
    path = written(tmp_path, "a.wav,right", head="Song,DECISION")
    (row,) = read_review(path).rows
    assert (row.rank, row.song, row.decision, row.label) == (1, "a.wav", "right", "")


@pytest.mark.parametrize("head", ["name,decision", "song,what"])
def test_another_table(head, tmp_path):
    with pytest.raises(ValueError, match=r"but expected one named '(song|decision)'"):
        read_review(written(tmp_path, "a.wav,right", head=head))


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="which is no file"):
        read_review(tmp_path / "review.csv")
