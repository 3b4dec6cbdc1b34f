import csv
import io
import os
import signal
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from scipy.signal import correlate

from skgenre import AudioError
from skgenre._jobs import with_bar
from skgenre.audio import _isolated
from skgenre.audio._decode import read_song
from skgenre.datasets import make_songs
from skgenre.model_selection import Duplicates, find_duplicates

DATA = os.environ.get("SKGENRE_DATA")


RATE = 22050


def encoded(y, kind, level):
    """Write and read a lossy format."""
    file = io.BytesIO()
    container, subtype = {"mp3": ("MP3", "MPEG_LAYER_III"), "ogg": ("OGG", "VORBIS")}[
        kind
    ]
    soundfile.write(
        file, y, RATE, format=container, subtype=subtype, compression_level=level
    )
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0]


DAMAGES = {
    "mp3": lambda y: encoded(y, "mp3", 0.9),
    "ogg": lambda y: encoded(y, "ogg", 1.0),
    "resampled": lambda y: soxr.resample(
        soxr.resample(y, RATE, 8000), 8000, RATE
    ).astype(np.float32),
    "louder and clipped": lambda y: np.clip(4 * y, -0.9, 0.9),
    "softer": lambda y: 0.01 * y,
    "starts later": lambda y: y[int(2.345 * RATE) :],
    "ends earlier": lambda y: y[: int(-3.1 * RATE)],
    "silence in front": lambda y: np.concatenate([np.zeros(RATE, y.dtype), y]),
    "noise": lambda y: (
        y + 0.1 * y.std() * np.random.default_rng(0).normal(size=len(y)).astype(y.dtype)
    ),
    "other equalizer": lambda y: np.convolve(y, [1, -0.7])[: len(y)],
}


def check_recall(songs, damages=DAMAGES, least=1.0):
    """Each damaged copy beside all originals: found, and nothing else."""
    n, found = len(songs), 0
    for name, damage in damages.items():
        copies = [damage(y) for y in songs]
        duplicates = find_duplicates([*songs, *copies], sample_rate=RATE)
        pairs = {(p.first, p.second) for p in duplicates}
        expected = {(i, n + i) for i in range(n)}
        assert pairs <= expected, name
        assert len(pairs) >= least * n, (name, sorted(expected - pairs))
        found += len(pairs)
    return found


@pytest.fixture(scope="module")
def synthesised(tmp_path_factory):
    bunch = make_songs(
        tmp_path_factory.mktemp("songs"), n_songs=2, min_seconds=10, max_seconds=16
    )
    return bunch.data


@pytest.fixture(scope="module")
def waveforms(synthesised):
    return [read_song(path, sample_rate=RATE) for path in synthesised]


def test_different_songs_are_no_duplicates(synthesised):
    duplicates = find_duplicates(synthesised)
    assert len(duplicates) == 0
    assert duplicates.groups.tolist() == list(range(len(synthesised)))
    assert str(duplicates) == f"0 pairs of duplicates among {len(synthesised)} songs."


def test_finds_every_damaged_copy(waveforms):
    check_recall(waveforms)


def test_offset_and_overlap_by_hand(waveforms):
    y = waveforms[0]
    later = y[3 * RATE :]
    pair, *others = find_duplicates([y, later], sample_rate=RATE)
    assert not others
    assert pair.offset_seconds == pytest.approx(3, abs=0.1)
    assert pair.overlap_seconds == pytest.approx(len(later) / RATE, abs=0.6)
    assert not pair.exact
    (turned,) = find_duplicates([later, y], sample_rate=RATE)
    assert turned.offset_seconds == pytest.approx(-3, abs=0.1)
    assert turned.similarity == pytest.approx(pair.similarity, abs=1e-3)


def test_equal_songs_are_exact_however_short():
    short = np.random.default_rng(0).normal(size=1000)
    (pair,) = find_duplicates([short, short.copy()])
    assert pair.exact
    assert pair.similarity == 1
    assert len(find_duplicates([short, 0.5 * short])) == 0


def test_an_excerpt_needs_the_overlap(waveforms):
    y = waveforms[1]
    excerpt = y[2 * RATE : 6 * RATE]
    assert len(find_duplicates([y, excerpt], sample_rate=RATE)) == 0
    (pair,) = find_duplicates([y, excerpt], sample_rate=RATE, min_overlap_seconds=3)
    assert pair.offset_seconds == pytest.approx(2, abs=0.1)


def test_noise_is_like_no_other_noise():
    noise = np.random.default_rng(0).normal(size=(30, 8 * 8000))
    duplicates = find_duplicates(list(noise), sample_rate=8000)
    assert len(duplicates) == 0


def test_n_jobs_and_blocks_change_nothing(waveforms, monkeypatch):
    songs = [*waveforms[:3], *(y[RATE:] for y in waveforms[:3])]
    one = find_duplicates(songs, sample_rate=RATE)
    two = find_duplicates(songs, sample_rate=RATE, n_jobs=2)
    assert one.pairs == two.pairs
    monkeypatch.setattr("skgenre.model_selection._recording_prints._BLOCK", 3)
    blocks = find_duplicates(songs, sample_rate=RATE)
    assert [p[:2] for p in one] == [p[:2] for p in blocks]
    np.testing.assert_allclose(
        [p.similarity for p in one], [p.similarity for p in blocks], atol=1e-3
    )


def test_bad_songs(tmp_path, waveforms):
    songs = [waveforms[0], tmp_path / "no.wav", np.zeros(1000), waveforms[0]]
    with pytest.raises(AudioError, match="2 of 4 songs cannot be compared") as error:
        find_duplicates(songs, sample_rate=RATE)
    assert list(error.value.errors) == [str(tmp_path / "no.wav"), 2]
    with pytest.warns(UserWarning, match="silent"):
        duplicates = find_duplicates(songs, sample_rate=RATE, on_error="warn")
    assert duplicates.groups.tolist() == [0, 1, 2, 0]
    assert set(duplicates.errors) == {str(tmp_path / "no.wav"), 2}


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"min_similarity": 0}, "min_similarity=0"),
        ({"min_overlap_seconds": -1}, "min_overlap_seconds=-1"),
        ({"sample_rate": 2000}, "expected at least 4000"),
        ({"on_error": "skip"}, "on_error='skip'"),
    ],
)
def test_parameters_are_checked(kwargs, match):
    with pytest.raises(ValueError, match=match):
        find_duplicates([np.ones(3)], **kwargs)


# -- what comes of them ---------------------------------------------------------------


PAIRS = [(0, 2, 0.9, 0.0, 30.0, True), (2, 5, 0.5, -1.5, 20.0, False)]


def test_copies_of_copies_are_one_group():
    assert Duplicates(PAIRS, range(6)).groups.tolist() == [0, 1, 0, 2, 3, 0]


def test_merge_joins_artists_through_duplicates():
    merged = Duplicates(PAIRS, range(6)).merge(["a", "b", "c", "b", "d", "c"])
    assert merged.tolist() == ["a", "b", "a", "b", "d", "a"]
    chained = Duplicates([(0, 1, 1.0, 0.0, 9.0, True)], range(4))
    assert chained.merge(np.array([7, 8, 8, 9])).tolist() == [7, 7, 7, 9]


def test_merge_of_unknown_artists():
    merged = Duplicates(PAIRS, range(6)).merge([None, None, "x", "", "y", np.nan])
    assert merged.tolist() == ["x", "song 1", "x", "song 3", "y", "x"]


def test_tables_and_conflicts():
    duplicates = Duplicates(PAIRS, list("abcdef"))
    assert len(duplicates) == 2
    assert repr(duplicates) == "Duplicates(n_songs=6, n_pairs=2)"
    assert str(duplicates).splitlines() == [
        "2 pairs of duplicates among 6 songs:",
        "a = c (similarity 0.90, from 0.0 s, 30.0 s in common, exact)",
        "c = f (similarity 0.50, from -1.5 s, 20.0 s in common)",
    ]
    frame = duplicates.to_frame()
    assert frame["second"].tolist() == ["c", "f"]
    assert frame["exact"].tolist() == [True, False]
    assert duplicates.conflicts(list("xxyxxy")) == [(0, 2)]
    with pytest.raises(ValueError, match="'groups' parameter"):
        duplicates.merge(["a"])
    assert Duplicates([], []).groups.shape == (0,)
    assert len(Duplicates([], ["a"]).to_frame()) == 0


# -- real songs -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def real():
    if DATA is None:
        pytest.skip("needs SKGENRE_DATA")
    with (Path(DATA) / "gtzan3" / "songs.csv").open() as file:
        return [Path(DATA, "gtzan3", row["path"]) for row in csv.DictReader(file)]


@pytest.mark.slow
def test_real_copies_are_found(real):
    songs = [read_song(path, sample_rate=RATE) for path in real[::40]]
    check_recall(songs, {k: DAMAGES[k] for k in ("mp3", "ogg", "starts later")})


@pytest.mark.slow
def test_more_real_copies_are_found(real):
    check_recall([read_song(path, sample_rate=RATE) for path in real[::8]])


@pytest.mark.slow
def test_the_fault_filtered_songs_hold_no_duplicates(real):
    assert len(find_duplicates(real)) == 0


def test_clips_of_one_recording_under_two_sources():
    """Found in ESC-10; the waveforms agree, at the offset that is found."""
    if DATA is None:
        pytest.skip("needs SKGENRE_DATA")
    with (Path(DATA) / "esc10" / "clips.csv").open() as file:
        path = {
            row["clip"]: Path(DATA, "esc10", row["path"])
            for row in csv.DictReader(file)
        }
    names = ["3-151080-A", "5-151085-A", "2-28314-A", "2-30322-A", "2-28314-B"]
    clips = [path[name] for name in names]
    duplicates = find_duplicates(clips, min_overlap_seconds=2)
    assert [p[:2] for p in duplicates] == [(0, 1), (2, 3)]
    for pair, least in zip(duplicates, (0.5, 0.95), strict=True):
        first, second = (read_song(clips[i], sample_rate=RATE) for i in pair[:2])
        start = correlate(first, second).argmax() - (len(second) - 1)
        assert start / RATE == pytest.approx(pair.offset_seconds, abs=0.05)
        n = min(len(first) - start, len(second))
        assert np.corrcoef(first[start : start + n], second[:n])[0, 1] > least


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a22_merge_keeps_what_names_are(missing):
    nothing = Duplicates([], ["a", "b", "c", "d"])
    labels = nothing.merge([1, "1", missing, missing]).tolist()
    assert labels == ["1", "'1'", "'song 2'", "'song 3'"]
    assert len(set(nothing.merge([1, "1", 2, "2"]).tolist())) == 4
    pair = Duplicates([(0, 3, 0.9, 0.0, 30.0, False)], ["a", "b", "c", "d"])
    assert pair.merge(["x", missing, missing, missing]).tolist() == [
        "x", "song 1", "song 2", "x",
    ]  # fmt: skip


def test_a_bar_while_songs_are_read(monkeypatch, capsys):
    module = sys.modules["skgenre.model_selection._duplicates"]
    monkeypatch.setattr(module, "with_bar", partial(with_bar, patience=0.0))
    songs = list(np.random.default_rng(0).normal(size=(3, 8000)))
    silent = find_duplicates(songs, sample_rate=8000)
    assert capsys.readouterr().err == ""
    assert find_duplicates(songs, sample_rate=8000, verbose=1).pairs == silent.pairs
    assert "looking for copies: 100%" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_decoder_that_crashes_is_an_error_of_its_file(tmp_path, monkeypatch):
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 12 * RATE)
    songs = [str(tmp_path / f"{i}.flac") for i in range(3)]
    for song in songs:
        soundfile.write(song, y, RATE)
    plain = find_duplicates(songs)
    assert find_duplicates(songs, isolate=True).pairs == plain.pairs
    real = _isolated._Child.ask

    def crash_at_the_second(child, *request):
        if request[0] == "open" and request[1].name == "1.flac":
            os.kill(child._process.pid, signal.SIGKILL)
        return real(child, *request)

    monkeypatch.setattr(_isolated._Child, "ask", crash_at_the_second)
    with pytest.warns(UserWarning, match=r"decoder crashed \(signal 9\)"):
        found = find_duplicates(songs, isolate=True, on_error="warn")
    assert [(p.first, p.second) for p in found] == [(0, 2)]
    assert list(found.errors) == [songs[1]]
