import numpy as np
import pytest
from numpy.testing import assert_array_equal
from song_files import touch

from skgenre.datasets import load_esc

HEADER = "filename,fold,target,category,esc10,src_file,take\n"
ROWS = (
    "1-100032-A-0.wav,1,0,dog,True,100032,A\n"
    "2-137-A-32.wav,2,32,keyboard_typing,False,137,A\n"
    "5-137-B-0.wav,5,0,dog,True,137,B\n"
)


def archive(folder, *, rows=ROWS):
    names = [line.partition(",")[0] for line in rows.splitlines()]
    touch(folder, "meta/esc50.csv", *(f"audio/{name}" for name in names))
    (folder / "meta" / "esc50.csv").write_text(HEADER + rows)
    return folder


@pytest.mark.parametrize("inner", [".", "ESC-50-master", "ESC-50"])
def test_the_archive(tmp_path, inner):
    archive(tmp_path / inner)
    clips = load_esc(tmp_path)
    assert clips.names == ["1-100032-A-0.wav", "2-137-A-32.wav", "5-137-B-0.wav"]
    assert clips.data[0] == str(tmp_path / inner / "audio" / "1-100032-A-0.wav")
    assert clips.target.tolist() == ["dog", "keyboard_typing", "dog"]
    assert_array_equal(clips.folds, [1, 2, 5])
    assert clips.groups.tolist() == ["100032", "137", "137"]
    assert clips.artists == clips.groups.tolist()
    assert clips.unit == ("recording", "group", "class")
    assert clips.DESCR.startswith("ESC-50 in ")
    ten = load_esc(tmp_path, "esc10")
    assert ten.names == ["1-100032-A-0.wav", "5-137-B-0.wav"]
    assert ten.folds.tolist() == [1, 5]


def test_a_folder_for_each_class(tmp_path):
    for number in range(1, 11):
        touch(
            tmp_path / f"{number:03d} - Class {number}",
            f"1-{number}-A.ogg",
            f"3-{number}-B2.ogg",
            "notes.txt",
        )
    touch(tmp_path, "LICENSE", "extra/deep/1-2-A.ogg")
    clips = load_esc(tmp_path, "esc10")
    assert len(clips.data) == 20
    assert clips.target_names[:2] == ["Class 1", "Class 10"]
    assert clips.names[0] == "001 - Class 1/1-1-A.ogg"
    assert clips.folds.tolist() == [1, 3] * 10
    assert clips.groups[:4].tolist() == ["1", "1", "2", "2"]
    with pytest.raises(ValueError, match=r"with 10 folders of recordings, but .* 50"):
        load_esc(tmp_path, "esc50")


def test_what_is_wrong_is_said(tmp_path):
    with pytest.raises(ValueError, match="Got subset='esc', but expected one of"):
        load_esc(tmp_path, "esc")
    with pytest.raises(FileNotFoundError, match="expected an existing folder"):
        load_esc(tmp_path / "gone")
    with pytest.raises(ValueError, match=r"expected 'meta/esc50.csv' in it"):
        load_esc(touch(tmp_path / "other", "a/b.wav"))
    folder = archive(tmp_path)
    (folder / "audio" / "2-137-A-32.wav").unlink()
    with pytest.warns(UserWarning, match="1 of 3 files of ESC in"):
        assert len(load_esc(folder).data) == 3
    for path in (folder / "audio").iterdir():
        path.unlink()
    with pytest.raises(FileNotFoundError, match="They belong into"):
        load_esc(folder)
    (folder / "meta" / "esc50.csv").write_text("filename,fold\na,1\n")
    with pytest.raises(ValueError, match="without the columns"):
        load_esc(folder)


def test_real_clips(data_dir):
    clips = load_esc(data_dir / "esc10", "esc10")
    assert len(clips.data) == 400
    assert_array_equal(np.bincount(clips.folds), [0, 80, 80, 80, 80, 80])
    assert {*np.unique(clips.target, return_counts=True)[1]} == {40}
    # A recording's clips of one class are in one fold.
    pairs = {*zip(clips.groups, clips.target, strict=True)}
    trios = {*zip(clips.groups, clips.target, clips.folds, strict=True)}
    assert len(pairs) == len(trios)
