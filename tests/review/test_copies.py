import numpy as np
import pytest
import soundfile

from skgenre.review._copies import find_copies

RATE = 8000


def saved(folder, name, y):
    soundfile.write(folder / name, y, RATE)
    return str(folder / name)


def noise(seconds, seed):
    return 0.1 * np.random.default_rng(seed).normal(size=int(seconds * RATE))


@pytest.mark.parametrize(
    ("seconds", "cut"),
    # Clips of 3 s have too little in common for the search of songs of 30 s.
    [(3.0, 0.4), (30.0, 4.0)],
)
def test_copies_of_clips_and_of_songs(seconds, cut, tmp_path):
    first, second = noise(seconds, 0), noise(seconds, 1)
    start = int(cut * RATE)
    songs = [
        saved(tmp_path, "first.wav", first),
        saved(tmp_path, "second.wav", second),
        saved(tmp_path, "cut.ogg", 0.5 * second[start:-start]),
    ]
    assert [(pair.first, pair.second) for pair in find_copies(songs)] == [(1, 2)]


def test_clips_that_only_agree_in_a_second_by_chance(tmp_path):
    songs = [saved(tmp_path, f"{i}.wav", noise(3, i)) for i in range(40)]
    assert len(find_copies(songs)) == 0


def test_files_that_cannot_be_read_cost_no_other(tmp_path):
    songs = [saved(tmp_path, f"{i}.wav", noise(3, 0)) for i in range(2)]
    (tmp_path / "bad.wav").write_bytes(b"nothing")
    with pytest.warns(UserWarning, match="1 of 3 songs cannot be compared"):
        found = find_copies([str(tmp_path / "bad.wav"), *songs])
    assert [(pair.first, pair.second, pair.exact) for pair in found] == [(1, 2, True)]


def test_waveforms_with_a_rate(tmp_path):
    songs = [(noise(3, seed), RATE) for seed in (0, 1, 0)]
    assert [(pair.first, pair.second) for pair in find_copies(songs)] == [(0, 2)]
