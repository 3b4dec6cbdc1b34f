import os
import signal
import threading

import numpy as np
import pytest
import soundfile
from numpy.testing import assert_array_equal

from skgenre import AudioError
from skgenre.audio import _isolated
from skgenre.audio._file import opened
from skgenre.audio._isolated import IsolatedSound

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


@pytest.fixture
def path(tmp_path):
    y = np.random.default_rng(0).uniform(-0.5, 0.5, (60_000, 2))
    soundfile.write(tmp_path / "song.flac", y, 44100)
    return tmp_path / "song.flac"


def child():
    return _isolated._OWN.child


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


def test_files_of_a_thread_share_a_child_and_threads_do_not(path):
    found = []

    def read():
        for _ in range(2):
            with IsolatedSound(path) as sound:
                found.append((child()._process.pid, len(sound.read(10))))

    for _ in range(2):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    pids, sizes = zip(*found, strict=True)
    assert pids[0] == pids[1] != pids[2] == pids[3]
    assert sizes == (10,) * 4


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
    pid = child()._process.pid
    os.kill(pid, signal.SIGSEGV)
    with pytest.raises(AudioError, match=r"decoder crashed \(signal 11\)"):
        sound.read(10)
    sound.close()
    with pytest.raises(AudioError, match="has ended"):
        sound.read(10)
    with IsolatedSound(path) as sound:
        assert len(sound.read(10)) == 10
    assert child()._process.pid != pid


def test_a_hang_is_an_error_of_the_file(path, monkeypatch):
    with IsolatedSound(path) as sound:
        monkeypatch.setattr(_isolated, "PATIENCE_SECONDS", 0.2)
        os.kill(child()._process.pid, signal.SIGSTOP)
        with pytest.raises(AudioError, match=r"did not answer for 0.2 s"):
            sound.read(10)
        assert not child().is_alive
