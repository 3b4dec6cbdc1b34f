import os
import signal
import threading

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
    with pytest.raises(AudioError, match=r"crashed \(signal 11\)"):
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


def test_a_batch_survives_a_decoder_that_crashes(tmp_path, path, monkeypatch):
    songs = [path, tmp_path / "song 1.flac", tmp_path / "song 2.flac"]
    for song in songs[1:]:
        song.write_bytes(path.read_bytes())
    plain = FrameWindower(window_seconds=0.5, on_error="warn")
    isolated = FrameWindower(window_seconds=0.5, on_error="warn", isolate=True)
    expected = plain.fit_transform(songs)
    X = isolated.fit_transform(songs)
    assert_array_equal(X.values, expected.values)
    real, asked = _isolated._ask, []

    def crash_at_the_second(*request):
        if request[0] == "open":
            asked.append(request[1].name)
        answer = real(*request)
        if request[0] == "open" and asked[-1] == "song 1.flac":
            os.kill(child()._process.pid, signal.SIGKILL)
        return answer

    monkeypatch.setattr(_isolated, "_ask", crash_at_the_second)
    with pytest.warns(UserWarning, match=r"song 1.flac: Its decoder crashed"):
        features = MFCCFeaturizer(summary=("mean",)).fit_transform(
            isolated.fit_transform(songs)
        )
    assert features.counts.tolist() == [4, 0, 4]
    assert list(features.errors) == [str(songs[1])]


def test_channels_that_cancel_are_found_in_isolation(tmp_path):
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 44100)
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
