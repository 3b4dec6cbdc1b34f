import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.testing import assert_allclose, assert_array_equal

from skgenre import AudioError, FrameWindower, MFCCFeaturizer
from skgenre.audio import _isolated
from skgenre.audio._decode import read_blocks
from skgenre.audio._facts import SongFacts
from skgenre.audio._file import opened
from skgenre.audio._isolated import IsolatedSound

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


@pytest.fixture
def path(tmp_path):
    y = np.random.default_rng(0).uniform(-0.5, 0.5, (60_000, 2))
    soundfile.write(tmp_path / "song.flac", y, 44100)
    return tmp_path / "song.flac"


def child(sound):
    return sound._child._process


@pytest.fixture(autouse=True)
def no_free_child():
    """Let no test find children of another."""
    while _isolated._FREE:
        _isolated._FREE.pop().end()


def test_it_is_the_sound_of_the_same_file(path):
    for song in (path, path.read_bytes()):
        with opened(song) as sound, IsolatedSound(song) as isolated:
            for name in ("sample_rate", "n_channels", "format", "promised"):
                assert getattr(isolated, name) == getattr(sound, name)
            assert isolated.n_frames == 60_000
            assert isolated.skip(1000) == sound.skip(1000)
            assert_array_equal(isolated.read(500), sound.read(500))
            rest = isolated.read(10**6)
            assert_array_equal(rest, sound.read(10**6))
            assert len(rest) == 58_500
            assert len(isolated.read(5)) == 0


def test_one_file_after_the_other_shares_a_child_in_whatever_thread(path):
    found = []

    def read():
        for _ in range(2):
            with IsolatedSound(path) as sound:
                found.append((child(sound).pid, len(sound.read(10))))

    for _ in range(2):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    pids, sizes = zip(*found, strict=True)
    assert len(set(pids)) == 1
    assert sizes == (10,) * 4
    assert len(_isolated._FREE) == 1


def test_files_that_are_open_together_have_a_child_each(tmp_path, path):
    y = np.random.default_rng(1).uniform(-0.5, 0.5, 60_000)
    soundfile.write(tmp_path / "other.wav", y, 8000)
    with opened(path) as sound:
        expected = sound.read(500).copy()
    with IsolatedSound(path) as first, IsolatedSound(tmp_path / "other.wav") as second:
        assert child(first).pid != child(second).pid
        a = [first.read(100)]
        b = [second.read(100), second.read(50)]
        a.append(first.read(400))
        os.kill(child(second).pid, signal.SIGKILL)
        assert len(first.read(10)) == 10
    assert_array_equal(np.concatenate(a), expected)
    assert np.concatenate(b).shape == (150, 1)
    assert len(_isolated._FREE) == 1


def test_eight_threads_read_what_one_does(tmp_path):
    rng = np.random.default_rng(0)
    songs = []
    for i in range(24):
        songs.append(str(tmp_path / f"{i}.wav"))
        soundfile.write(songs[-1], rng.uniform(-0.5, 0.5, 9000 + 500 * i), 8000)
    windower = FrameWindower(0.5, sample_rate=8000)
    features = MFCCFeaturizer(summary=("mean",))
    expected = features.fit_transform(windower.fit_transform(songs))
    windower.set_params(isolate=True)
    features.set_params(n_jobs=8)
    X = features.fit_transform(windower.fit_transform(songs))
    assert_array_equal(X.values, expected.values)
    assert 1 <= len(_isolated._FREE) <= 8
    X = features.fit_transform(windower.fit_transform(songs))
    assert len(_isolated._FREE) <= 8


def test_errors_are_those_of_the_file(tmp_path):
    (tmp_path / "song.wav").write_bytes(b"no audio" * 100)
    with pytest.raises(AudioError) as expected, opened(tmp_path / "song.wav"):
        pass
    with pytest.raises(AudioError) as caught:
        IsolatedSound(tmp_path / "song.wav")
    assert str(caught.value) == str(expected.value)
    with pytest.raises(AudioError, match="There is no such file"):
        IsolatedSound(tmp_path / "none.wav")


def test_a_crash_is_an_error_of_the_file_and_the_next_is_read(path):
    sound = IsolatedSound(path)
    os.kill(child(sound).pid, signal.SIGSEGV)
    for _ in range(2):
        with pytest.raises(AudioError, match=r"decoder crashed \(signal 11\)"):
            sound.read(10)
    sound.close()
    sound.close()
    with pytest.raises(AudioError, match=r"Got 'read' of a file that was closed"):
        sound.read(10)
    assert not _isolated._FREE
    with IsolatedSound(path) as sound:
        assert len(sound.read(10)) == 10


def test_a_free_child_that_has_ended_is_nobodys_error(path, monkeypatch):
    IsolatedSound(path).close()
    (free,) = _isolated._FREE
    os.kill(free._process.pid, signal.SIGKILL)
    # As if it ended a moment after it was looked at.
    monkeypatch.setattr(type(free), "is_usable", True)
    with IsolatedSound(path) as sound:
        assert len(sound.read(10)) == 10
        assert child(sound).pid != free._process.pid


def test_an_interrupted_request_leaves_no_answer_for_the_next(path, monkeypatch):
    real, sound = _isolated._has_more, IsolatedSound(path)

    def interrupted(stream):
        raise KeyboardInterrupt

    process = child(sound)
    monkeypatch.setattr(_isolated, "_has_more", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sound.read(10)
    monkeypatch.setattr(_isolated, "_has_more", real)
    sound.close()
    assert process.poll() is not None
    assert not _isolated._FREE
    with opened(path) as expected, IsolatedSound(path) as again:
        assert_array_equal(again.read(7), expected.read(7))


def test_skipping_far_is_asked_for_in_pieces(tmp_path, path, monkeypatch):
    monkeypatch.setattr(_isolated, "_SKIPPED_AT_ONCE", 1000)
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 20_000)
    soundfile.write(tmp_path / "song.mp3", y, 22050)
    for song in (path, tmp_path / "song.mp3"):
        with opened(song) as sound, IsolatedSound(song) as isolated:
            assert isolated.skip(5500) == sound.skip(5500) == 5500
            assert_array_equal(isolated.read(50), sound.read(50))
            assert isolated.skip(10**6) == sound.skip(10**6) < 10**6


# What is left of a child when its parent is gone, however it goes.
RUN = """
import os, signal, sys, time
from pathlib import Path
from skgenre.audio._isolated import IsolatedSound
sound = IsolatedSound(Path(sys.argv[1]))
print(sound._child._process.pid, flush=True)
if sys.argv[2] == "forked" and not os.fork():
    time.sleep(60)
if sys.argv[2] == "hangs":
    os.kill(sound._child._process.pid, signal.SIGSTOP)
if sys.argv[2] != "ends":
    time.sleep(60)
"""


def is_there(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.parametrize(
    ("how", "number"),
    [
        ("ends", None),
        ("sleeps", signal.SIGKILL),
        ("sleeps", signal.SIGTERM),
        ("sleeps", signal.SIGINT),
        ("forked", signal.SIGKILL),
    ],
)
def test_no_child_outlives_its_parent(path, how, number):
    parent = subprocess.Popen(
        [sys.executable, "-c", RUN, str(path), how],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        pid = int(parent.stdout.readline())
        if number is not None:
            assert is_there(pid)
            parent.send_signal(number)
        parent.wait(timeout=30)
        end = time.monotonic() + 20
        while is_there(pid) and time.monotonic() < end:
            time.sleep(0.1)
        assert not is_there(pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGKILL)
        parent.stdout.close()


def test_ctrl_c_in_a_terminal_does_not_reach_a_child(path):
    with IsolatedSound(path) as sound:
        assert os.getpgid(child(sound).pid) != os.getpgid(0)


def test_a_child_that_nobody_wants_ends():
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from skgenre.audio import _isolated as i; i.IDLE_SECONDS = 0.1; i.serve()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.wait(timeout=30) == _isolated._HANGS
    process.stdin.close()
    process.stdout.close()


def test_an_opened_file_is_not_of_a_fork(path):
    with IsolatedSound(path) as sound:
        expected = sound.read(10).copy()
        read, write = os.pipe()
        if not os.fork():
            try:
                sound.read(10)
            except AudioError as error:
                os.write(write, str(error).encode())
            finally:
                os._exit(0)
        os.wait()
        assert b"before this process was forked" in os.read(read, 1000)
        assert len(expected) == len(sound.read(10)) == 10
        os.close(read)
        os.close(write)


def test_a_hang_is_an_error_of_the_file(path, monkeypatch):
    with IsolatedSound(path) as sound:
        monkeypatch.setattr(_isolated, "PATIENCE_SECONDS", 0.2)
        process = child(sound)
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(AudioError, match=r"did not answer for 0.2 s"):
            sound.read(10)
        assert process.poll() is not None


def test_a_batch_survives_a_decoder_that_crashes(tmp_path, path, monkeypatch):
    songs = [path, tmp_path / "song 1.flac", tmp_path / "song 2.flac"]
    for song in songs[1:]:
        song.write_bytes(path.read_bytes())
    plain = FrameWindower(window_seconds=0.5, on_error="warn")
    isolated = FrameWindower(window_seconds=0.5, on_error="warn", isolate=True)
    expected = plain.fit_transform(songs)
    X = isolated.fit_transform(songs)
    assert_array_equal(X.values, expected.values)
    real = _isolated._Child.ask

    def crash_at_the_second(served, *request):
        answer = real(served, *request)
        if request[0] == "open" and request[1].name == "song 1.flac":
            os.kill(served._process.pid, signal.SIGKILL)
        return answer

    monkeypatch.setattr(_isolated._Child, "ask", crash_at_the_second)
    with pytest.warns(UserWarning, match=r"song 1.flac: Its decoder crashed"):
        features = MFCCFeaturizer(summary=("mean",)).fit_transform(
            isolated.fit_transform(songs)
        )
    assert features.counts.tolist() == [4, 0, 4]
    assert list(features.errors) == [str(songs[1])]


def test_channels_that_cancel_are_found_in_isolation(tmp_path):
    # More than a block: it is read on after the file was looked through once more.
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * 44100)
    channels = np.stack([y, -0.999 * y], axis=1)
    soundfile.write(tmp_path / "opposite.wav", channels, 44100)
    for isolate in (False, True):
        facts = SongFacts()
        found = list(
            read_blocks(
                tmp_path / "opposite.wav",
                sample_rate=44100,
                facts=facts,
                isolate=isolate,
            )
        )
        assert_allclose(np.concatenate(found), y, atol=1e-4)
        assert "channel 1 of 2 alone" in facts.notes[0]
