"""What is written is there whole, or what was there before; a full disk names files."""

import os
import subprocess

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    ModelFileError,
    SongWindows,
    predict_table,
    recipes,
    save_model,
)
from skgenre._files import let_go, remove_abandoned, unfinished, write_whole
from skgenre.datasets import make_songs
from skgenre.voting import explain, to_audacity_labels, window_events


def test_a_disk_that_is_full_leaves_the_old_table(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    write_whole(path, b"old")

    def full(self, name):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "replace", full)
    with pytest.raises(OSError, match=r"t\.csv' could not be written: No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks on Windows")
def test_what_a_killed_run_left_is_written_anew(tmp_path):
    (tmp_path / "t.csv.skgenre.part").write_bytes(b"half")
    write_whole(tmp_path / "t.csv", b"whole")
    assert [file.name for file in tmp_path.iterdir()] == ["t.csv"]
    assert (tmp_path / "t.csv").read_bytes() == b"whole"


def test_two_runs_write_the_same_file_side_by_side(tmp_path):
    path = tmp_path / "t.csv"
    with unfinished(path) as (one, file):
        file.write(b"one")
        write_whole(path, b"other")
        remove_abandoned(path)
        assert path.read_bytes() == b"other"
        file.flush()
        let_go(file)
        one.replace(path)
        # The usual name is free again, and another run's as soon as it takes it.
        with unfinished(path) as (another, _):
            assert another.exists()
    assert path.read_bytes() == b"one"
    assert [file.name for file in tmp_path.iterdir()] == ["t.csv"]


def test_a_run_that_ends_leaves_what_another_writes_under_the_usual_name(tmp_path):
    path = tmp_path / "t.csv"
    first = unfinished(path)
    part, file = first.__enter__()
    let_go(file)
    part.replace(path)
    with unfinished(path) as (other, _):
        first.__exit__(None, None, None)
        assert other.exists()


def test_an_interruption_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    write_whole(path, b"old")

    def interrupted(self, name):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(path), "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_what_leads_nowhere_is_not_waited_for(tmp_path):
    (tmp_path / "t.csv.skgenre.part").symlink_to(tmp_path / "none")
    write_whole(tmp_path / "t.csv", b"whole")
    assert (tmp_path / "t.csv").read_bytes() == b"whole"


def test_names_as_long_as_they_may_be(tmp_path):
    for name in ("n" * 251 + ".csv", "ü" * 125 + ".csv"):
        write_whole(tmp_path / name, b"whole")
        assert (tmp_path / name).read_bytes() == b"whole"


# -- a disk that is full --------------------------------------------------------------

ROOM = 1500 * 1024
rng = np.random.default_rng(0)


@pytest.fixture
def disk(tmp_path):
    """A disk of its own, of 1.5 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False)
    except OSError:
        pytest.skip("there is no mount")
    if made.returncode:
        pytest.skip("disks can be mounted by root alone")
    (folder / "old").write_bytes(b"old")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk, *, but=0):
    """Leave so many bytes."""
    state = os.statvfs(disk)
    (disk / "fill").write_bytes(bytes(max(0, state.f_bavail * state.f_bsize - but)))


def files_of(disk):
    return {path.name for path in disk.rglob("*") if path.is_file()} - {"fill"}


@pytest.fixture(scope="module")
def songs():
    return [rng.uniform(-0.5, 0.5, 4 * 22050).astype(np.float32) for _ in range(4)]


@pytest.fixture(scope="module")
def model(songs):
    return recipes.baseline(window_seconds=1.0).fit(songs, [0, 1, 0, 1])


def test_output_names_the_file_and_leaves_nothing(disk, songs):
    windows = FrameWindower(window_seconds=1.0).fit_transform(songs * 20)
    features = MFCCFeaturizer(summary=None, output=disk / "x.npy")
    fill(disk, but=100_000)
    with pytest.raises(OSError, match=r"x\.npy' \(No space left on device"):
        features.fit_transform(windows)
    assert files_of(disk) == {"old"}


def test_save_keeps_what_was_there(disk):
    small = SongWindows(rng.normal(size=(10, 5)), [10])
    small.save(disk / "x.npy")
    before = files_of(disk)
    with pytest.raises(OSError, match=r"x\.npy' \(No space left on device"):
        SongWindows(rng.normal(size=(100_000, 5)), [100_000]).save(disk / "x.npy")
    assert files_of(disk) == before
    kept = SongWindows.open(disk / "x.npy").values
    np.testing.assert_array_equal(kept, small.values)


def test_a_model_keeps_the_model_before(disk, model):
    save_model(model, disk / "m.skgenre")
    before = (disk / "m.skgenre").read_bytes()
    fill(disk)
    with pytest.raises(ModelFileError, match=r"No space left on device.*m\.skgenre"):
        save_model(model, disk / "m.skgenre")
    assert (disk / "m.skgenre").read_bytes() == before
    assert files_of(disk) == {"old", "m.skgenre"}


def test_memory_that_is_full_costs_no_result(disk, songs):
    windows = FrameWindower(window_seconds=1.0).fit_transform(songs)
    features = MFCCFeaturizer(summary=("mean",), memory=disk / "cache")
    expected = MFCCFeaturizer(summary=("mean",)).fit_transform(windows)
    fill(disk)
    # Ours, or joblib's own CacheWarning, as the one or the other notices.
    with pytest.warns(Warning, match="No space left on device"):
        found = features.fit_transform(windows)
    np.testing.assert_array_equal(found.values, expected.values)


@pytest.mark.parametrize("left", [0, 4096, 8192])
def test_votings_memory_that_is_full_costs_no_fit(disk, left):
    X = SongWindows(rng.normal(size=(20, 3)), [5] * 4)
    y = [0, 1, 0, 1]
    vote = GroupVotingClassifier(LogisticRegression())
    expected = vote.fit(X, y).predict_proba(X)
    fill(disk, but=left)  # joblib fails at its folders, its note of the code, the entry
    vote.set_params(memory=str(disk / "cache"))
    # Ours, or joblib's own CacheWarning, as the one or the other notices.
    with pytest.warns(Warning, match="No space left on device"):
        found = vote.fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(found, expected)


def test_verdicts_name_the_table(disk, songs, model):
    predict_table(model, songs, out=disk / "v.csv")
    before = (disk / "v.csv").read_bytes()
    fill(disk)
    with pytest.raises(OSError, match=r"v\.csv.*No space left on device"):
        predict_table(model, songs * 2, out=disk / "v.csv")
    assert (disk / "v.csv").read_bytes() == before


def test_events_name_the_file_and_leave_nothing(disk, songs, model):
    events = window_events(explain(model, songs[:1]))
    fill(disk)
    with pytest.raises(OSError, match=r"song\.txt' could not be written: No space"):
        to_audacity_labels(events, disk / "song.txt")
    assert files_of(disk) == {"old"}


def test_songs_that_are_made_up_are_whole_or_not_there(disk):
    with pytest.raises(OSError, match=r"(flac|wav|ogg|mp3)' could not be written: No"):
        make_songs(disk / "songs", n_songs=2)
    sizes = [path.stat().st_size for path in (disk / "songs").rglob("*.*")]
    assert all(sizes)
    assert not list(disk.rglob("*.part"))
