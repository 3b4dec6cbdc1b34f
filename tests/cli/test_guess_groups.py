"""Names of files as data sets have them, and who was recorded."""

import numpy as np
import pytest

from skgenre.cli._guess_groups import guess_groups
from skgenre.datasets import load_songs


def guess(names, labels=None):
    labels = ["a", "b"] * (len(names) // 2) if labels is None else labels
    return guess_groups(names, np.array(labels))


def test_patients_of_three_files_each():
    names = [f"normal/patient{i:03d}_{n}.wav" for i in range(4) for n in range(3)]
    found = guess(names, ["normal"] * 12)
    assert found == ("patient{group}_{n}", 4, "patient000_0.wav", "000")


def test_parts_without_a_common_beginning():
    people = ("ada", "bob", "cy", "di", "eve")
    names = [f"{n}-{who}-{n}.wav" for who in people for n in range(4)]
    assert guess(names).pattern == "{n}-{group}-{n}"
    # What all begin with is no number: 10 and 11 are no "1" of 0 and 1.
    names = [f"{i}_{n}.wav" for i in range(10, 15) for n in range(4)]
    assert guess(names).pattern == "{group}_{n}"
    # One of them is the beginning of the others.
    names = [
        f"{who}_{n}.wav"
        for who in ("p", "pa", "pat", "path", "pathy")
        for n in range(4)
    ]
    assert guess(names).pattern == "{group}_{n}"


@pytest.mark.parametrize(
    "names",
    [
        [f"song {i}.wav" for i in range(12)],  # a running number
        [f"{i:05d}.wav" for i in range(12)],  # nothing between
        [f"one_{i}.wav" for i in range(12)],  # the same everywhere
        [f"x{'_' * (i % 2 + 1)}{i}.wav" for i in range(12)],  # not made alike
        [f"_{i // 3}.wav" for i in range(12)],  # nothing in front
    ],
)
def test_names_that_tell_nothing(names):
    assert guess(names) is None


def test_a_number_within_each_class_and_the_class_itself_are_no_groups():
    """As GTZAN: blues.00000, ..., rock.00000: the number starts again."""
    labels = [label for label in ("blues", "jazz", "rock") for _ in range(4)]
    names = [f"{label}.{i % 4:05d}.wav" for i, label in enumerate(labels)]
    assert guess(names, labels) is None


def test_the_finer_of_two_parts():
    """As ESC-50: fold, source, take, class; clips of one source share its number."""
    names = [f"{i % 5 + 1}-{1000 + i}-{take}-9.wav" for i in range(10) for take in "AB"]
    found = guess(names, ["dog"] * 20)
    assert found.pattern == "{n}-{group}-{n}-{n}"
    assert found.n_groups == 10


def test_the_loader_takes_the_pattern(tmp_path):
    for i in range(4):
        for n in range(3):
            path = tmp_path / "ab"[i % 2] / f"patient{i}_{n}.wav"
            path.parent.mkdir(exist_ok=True)
            path.touch()
    songs = load_songs(tmp_path)
    found = guess_groups(songs.data, songs.target)
    assert set(load_songs(tmp_path, artist=found.pattern).artists) == set("0123")
