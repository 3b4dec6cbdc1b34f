import pytest
from song_files import touch

from skgenre.datasets import load_fma

TABLE = (
    ",album,set,set,track,track,artist\n"
    ",title,split,subset,genre_top,title,id\n"
    "track_id,,,,,,\n"
    '2,"AWOL, a\nway",training,small,Hip-Hop,Food,1\n'
    "98565,x,validation,small,Rock,y,\n"
    "133297,x,test,small,Rock,y,57\n"
    "1486,x,test,medium,Jazz,y,57\n"
    "10,x,training,large,,y,6\n"
    "20,x,training,large,Folk,y,4\n"
)
SMALL = ["000/000002.mp3", "098/098565.mp3", "133/133297.mp3"]


@pytest.fixture
def folder(tmp_path):
    touch(tmp_path, "fma_metadata/tracks.csv", *(f"fma_small/{n}" for n in SMALL))
    (tmp_path / "fma_metadata" / "tracks.csv").write_text(TABLE)
    return tmp_path


def test_by_hand(folder):
    tracks = load_fma(folder)
    assert tracks.names == SMALL
    assert tracks.data == [str(folder / "fma_small" / name) for name in SMALL]
    assert tracks.target.tolist() == ["Hip-Hop", "Rock", "Rock"]
    assert tracks.split.tolist() == ["training", "validation", "test"]
    assert tracks.artists == ["1", None, "57"]
    assert tracks.groups.tolist() == ["1", "unknown: 098565", "57"]
    assert tracks.faults == {
        "098/098565.mp3": "It has 1.6 s (github.com/mdeff/fma/issues/8).",
        "133/133297.mp3": "It has no audio (github.com/mdeff/fma/issues/8).",
    }
    assert tracks.unit == ("song", "artist", "genre")


def test_the_folder_of_audio_itself(folder):
    tracks = load_fma(folder / "fma_small")
    assert [name.replace("\\", "/")[-14:] for name in tracks.data] == SMALL


def test_other_subsets_hold_the_smaller_ones(folder):
    names = [SMALL[0], "001/001486.mp3", *SMALL[1:]]
    touch(folder / "fma_medium", *names)
    tracks = load_fma(folder, "medium")
    assert tracks.names == names
    assert tracks.faults["001/001486.mp3"].startswith("It has less than 30 s")
    touch(folder / "fma_large", *names, "000/000020.mp3")
    with pytest.warns(UserWarning, match="Left out 1 tracks .* no top genre"):
        tracks = load_fma(folder, "large")
    assert "000/000020.mp3" in tracks.names
    assert len(tracks.data) == 5


def test_what_is_wrong_is_said(folder, tmp_path):
    with pytest.raises(ValueError, match="Got subset='full', but expected one of"):
        load_fma(folder, "full")
    with pytest.raises(FileNotFoundError, match=r"expected 'fma_metadata/tracks.csv'"):
        load_fma(tmp_path / "gone")
    (folder / "fma_small" / SMALL[0]).unlink()
    with pytest.warns(UserWarning, match="1 of 3 files of FMA"):
        assert len(load_fma(folder).data) == 3
    table = folder / "fma_metadata" / "tracks.csv"
    with pytest.raises(FileNotFoundError, match=r"Unpack fma_medium.zip there"):
        load_fma(touch(tmp_path / "x", "fma_metadata/no").parent, "medium")
    table.write_text("\n".join(TABLE.split("\n")[:3]))
    with pytest.raises(ValueError, match="expected tracks of the subset 'small'"):
        load_fma(folder)
    table.write_text("track_id,title\n2,x\n")
    with pytest.raises(ValueError, match="expected two rows of names"):
        load_fma(folder)
