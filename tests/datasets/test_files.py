import pytest
from song_files import touch

from skgenre.datasets._files import check_files, first_with


def test_missing_files(tmp_path):
    touch(tmp_path, "a.wav", "b.wav")
    there = [tmp_path / "a.wav", tmp_path / "b.wav"]
    gone = tmp_path / "gone.wav"
    check_files(there, title="a table", fix="")
    with pytest.warns(UserWarning, match=r"1 of 3 files of a table are .*gone.wav"):
        check_files([gone, *there, gone], title="a table", fix="")
    with pytest.raises(FileNotFoundError, match=r"none of 1 is there.* Look there\."):
        check_files([gone, gone], title="a table", fix="Look there.")


def test_where_a_data_set_begins(tmp_path):
    touch(tmp_path, "inner/meta/t.csv", "other/meta/t.csv")
    found = first_with(tmp_path, [".", "inner", "other"], "meta/t.csv")
    assert found == tmp_path / "inner"
    assert first_with(tmp_path, ["."], "meta/t.csv") is None
