import shutil

import numpy as np
from shell import write_song
from sklearn.utils import Bunch

from skgenre.cli._copies import look_for_copies
from skgenre.cli._say import Speaker


def songs_with_a_copy(tmp_path, groups):
    import soundfile

    rng = np.random.default_rng(0)
    first, other = rng.normal(scale=0.1, size=(2, 8 * 8000))
    paths = [tmp_path / name for name in ("a.wav", "b.wav", "c.wav")]
    # The copy is cut and softer.
    for path, samples in zip(paths, (first, other, 0.5 * first[8000:]), strict=True):
        soundfile.write(path, samples, 8000)
    return Bunch(
        data=[str(path) for path in paths],
        target=np.array(["jazz", "rock", "blues"]),
        groups=groups,
    )


def test_a13_groups_of_copies_are_joined(tmp_path, capsys):
    songs = songs_with_a_copy(tmp_path, np.array(["A", "B", "C"]))
    copies = look_for_copies(Speaker(), songs, folder=tmp_path, wanted=True, n_jobs=1)
    assert copies.unsearched is None
    assert copies.pairs == [("a.wav", "c.wav")]
    assert copies.groups.tolist() == ["A", "B", "A"]
    assert "One recording is under two genres" in capsys.readouterr().out


def test_a13_copies_are_groups_where_no_artist_is_known(tmp_path):
    songs = songs_with_a_copy(tmp_path, None)
    groups = look_for_copies(
        Speaker(), songs, folder=tmp_path, wanted=True, n_jobs=1
    ).groups
    assert groups[0] == groups[2] != groups[1]


def test_some_of_many_copies_are_named(tmp_path, capsys):
    write_song(tmp_path / "0.wav", 500, seconds=6)
    for number in range(1, 4):
        shutil.copy(tmp_path / "0.wav", tmp_path / f"{number}.wav")
    songs = Bunch(
        data=[str(path) for path in sorted(tmp_path.iterdir())],
        target=np.array(["jazz"] * 4),
        groups=None,
    )
    copies = look_for_copies(Speaker(), songs, folder=tmp_path, wanted=True, n_jobs=1)
    assert len(copies.pairs) == 6
    assert "\n  and 1 more (--json names all)\n" in capsys.readouterr().out
