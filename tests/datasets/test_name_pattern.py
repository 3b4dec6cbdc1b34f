import re
import unicodedata

import pytest
from song_files import touch

from skgenre.datasets import load_songs, load_table
from skgenre.datasets._name_pattern import groups_by_pattern


@pytest.mark.parametrize(
    ("pattern", "path", "group"),
    [
        ("patient{group}_{n}.wav", "x/patient12_3.wav", "12"),
        ("patient{group}_{n}.wav", "x/patient007_3_4.wav", "007"),
        ("{n}_{group}", "x/3_12.wav", "12"),
        ("{n}_{group}.{ext}", "x/3_12.wav", "12"),
        ("{group}-{n}", "a.b-1.flac", "a.b"),
        ("{site}/{group}/{n}.wav", "north/A/1.wav", "A"),
        ("{group}/{group}_{n}.wav", "A/A_1.wav", "A"),
        ("sub-{group}/{x}/{y}.wav", "sub-1/ses-2/run.wav", "1"),
        ("({group}) {n}+.wav", "(a) 1+.wav", "a"),
        ("{group}é.wav", unicodedata.normalize("NFD", "bé.wav"), "b"),
    ],
)
def test_groups_by_hand(pattern, path, group):
    assert groups_by_pattern(pattern, [path]) == [group]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("patient{group}_{n}.wav", "patient_3.wav"),
        ("patient{group}_{n}.wav", "patient1_3.flac"),
        ("patient{group}_{n}.wav", "Xpatient1_3.wav"),
        ("{group}/{group}_{n}.wav", "A/B_1.wav"),
        ("{group}/{n}.wav", "deep/A/1.wav"),
        ("{group}_{n}.wav", "  _1.wav"),
    ],
)
def test_what_does_not_fit_is_unknown(pattern, path):
    fits = "q/q_1.wav" if "/" in pattern else "patientq_1.wav"
    fits = "q/1.wav" if pattern == "{group}/{n}.wav" else fits
    with pytest.warns(UserWarning, match="1 of 2 files do not fit the pattern") as w:
        found = groups_by_pattern(pattern, [path, fits])
    assert found[0] is None
    assert found[1] is not None
    assert path in str(w[0].message)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("patient{n}.wav", "but expected one with {group} in it, and words in braces"),
        ("{group}_{n.wav", "but expected one with {group} in it, and words in braces"),
        ("{group}{n}.wav", "but expected something between two words in braces"),
        ("p{group}.wav", "none of 2 fits. They are named such as 'x/a.wav'."),
    ],
)
def test_patterns_that_cannot_be(pattern, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        groups_by_pattern(pattern, ["x/a.wav", "x/b.wav"])
    assert repr(pattern) in str(caught.value)


def test_of_a_folder(tmp_path):
    touch(tmp_path, "ill/p1_a.wav", "ill/p2_a.wav", "well/p1_b.wav", "well/q.wav")
    with pytest.warns(UserWarning, match=r"1 of 4 files .*well/q.wav"):
        songs = load_songs(tmp_path, artist="p{group}_{n}.wav")
    assert songs.artists == ["1", "2", "1", None]
    assert songs.groups.tolist() == ["1", "2", "1", "unknown: well/q.wav"]
    assert songs.unit == ("recording", "group", "class")
    by_path = load_songs(tmp_path, artist="{group}/{n}")
    assert by_path.groups.tolist() == ["ill", "ill", "well", "well"]


def test_of_a_table(tmp_path):
    touch(tmp_path, "ill/p1_a.wav", "well/p2_b.wav")
    table = tmp_path / "t.csv"
    table.write_text("path,label,artist\nill/p1_a.wav,i,X\nwell/p2_b.wav,w,X\n")
    songs = load_table(table, group_pattern="p{group}_{n}.wav")
    assert songs.groups.tolist() == ["1", "2"]
    assert "group by the pattern 'p{group}_{n}.wav'" in songs.DESCR
    assert load_table(table, group_pattern="{group}/{n}").artists == ["ill", "well"]
    with pytest.raises(ValueError, match="expected one of them"):
        load_table(table, group="artist", group_pattern="p{group}_{n}.wav")
