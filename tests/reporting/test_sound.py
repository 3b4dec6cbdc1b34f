import base64
import io
import math
import os
from urllib.parse import unquote

import numpy as np
import pytest
import soundfile

from skgenre.audio import AudioError, Excerpt
from skgenre.reporting import _sound
from skgenre.reporting._sound import RATE, Sound, encoded, sounds_of


def clicks(path, *, at, seconds, rate=16000):
    """A file with clicks at some seconds."""
    y = np.zeros(int(seconds * rate), dtype=np.float32)
    for second in at:
        y[int(second * rate) : int(second * rate) + 40] = 0.9
    soundfile.write(path, y, rate)
    return str(path)


def decoded(content):
    y, rate = soundfile.read(io.BytesIO(content))
    assert rate == RATE
    return y


def first_click(y):
    return np.argmax(np.abs(y) > 0.3) / RATE


def test_it_is_small_mono_and_keeps_times(tmp_path):
    path = clicks(tmp_path / "a.wav", at=[3.0], seconds=5)
    content = encoded(path)
    y = decoded(content)
    assert y.ndim == 1
    assert len(y) / RATE == pytest.approx(5, abs=0.01)
    assert first_click(y) == pytest.approx(3, abs=0.01)
    assert len(content) == pytest.approx(7000 * 5, rel=0.1)


def test_excerpts_and_waveforms(tmp_path):
    path = clicks(tmp_path / "a.wav", at=[3.0], seconds=5)
    part = decoded(encoded(Excerpt(path, start=2.5, end=4.5)))
    assert first_click(part) == pytest.approx(0.5, abs=0.01)
    y = np.zeros(4000)
    y[2000:2040] = 0.9
    assert first_click(decoded(encoded(y, sample_rate=4000))) == pytest.approx(
        0.5, abs=0.01
    )
    assert first_click(decoded(encoded((y, 2000)))) == pytest.approx(1, abs=0.01)


def test_loud_floats_do_not_wrap_around():
    y = 3 * np.sin(np.arange(RATE) / 20)
    assert np.abs(decoded(encoded((y, RATE)))).max() < 1.3


def test_silence_has_no_sound_and_says_so(tmp_path):
    with pytest.raises(AudioError, match="silent"):
        encoded(np.zeros(RATE))
    path = clicks(tmp_path / "a.wav", at=[1], seconds=2)
    (silent, heard) = sounds_of(
        [np.zeros(RATE), path],
        audio="embed",
        folder=tmp_path,
        max_bytes=1e6,
        urgent=[0, 1],
    )
    assert silent.kind == "none"
    assert "silent" in silent.why
    assert heard.kind == "embed"
    assert len(decoded(base64.b64decode(heard.source))) == 2 * RATE


def test_what_does_not_fit_is_linked_and_says_so(tmp_path):
    paths = [clicks(tmp_path / f"{n}.wav", at=[0.1], seconds=2) for n in "abc"]
    # Two seconds are 14 kB, and a third more as letters.
    found = sounds_of(
        [*paths, np.full(2 * RATE, 0.1)],
        audio="embed",
        folder=tmp_path,
        max_bytes=20_000,
        urgent=[1, 0, 2, 3],
    )
    assert [sound.kind for sound in found] == ["link", "embed", "link", "none"]
    assert found[0].why == "It is not in the page, whose sound may take 0.02 MB."
    assert "in memory" in found[3].why


def test_links_start_at_the_page(tmp_path):
    folder = tmp_path / "so ngs"
    folder.mkdir()
    path = clicks(folder / "#1 100%? a:b.wav", at=[0], seconds=1)
    (sound,) = sounds_of(
        [path], audio="link", folder=tmp_path / "pages", max_bytes=0, urgent=[0]
    )
    assert sound.kind == "link"
    assert sound.why == ""
    assert "#" not in sound.source
    assert "?" not in sound.source
    assert unquote(sound.source) == "./../so ngs/#1 100%? a:b.wav"


def test_links_to_excerpts_know_their_part(tmp_path):
    path = clicks(tmp_path / "a.wav", at=[0], seconds=5)
    parts = [Excerpt(path, 1, 2), Excerpt(path, 3), Excerpt(path, 3, math.inf)]
    found = sounds_of(
        parts, audio="link", folder=tmp_path, max_bytes=0, urgent=[0, 1, 2]
    )
    assert [(s.first, s.last) for s in found] == [(1, 2), (3, None), (3, None)]


def test_no_sound(tmp_path):
    ask = {"folder": tmp_path, "max_bytes": 1e9, "urgent": [0, 1]}
    songs = [None, str(tmp_path / "gone.wav")]
    for audio in ("embed", "link"):
        nothing, gone = sounds_of(songs, audio=audio, **ask)
        assert (nothing.kind, gone.kind) == ("none", "none")
        assert gone.why == "There is no such file."
    assert (
        sounds_of(songs, audio="none", **ask)
        == [Sound("none", why="The report was made without sound.")] * 2
    )


def test_files_that_are_no_sound_say_why(tmp_path):
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "notes.wav").write_bytes(b"no audio")
    songs = [str(tmp_path / name) for name in ("empty.wav", "notes.wav")]
    found = sounds_of(
        [*songs, b"no audio", ["not", "a", "song"]],
        audio="embed",
        folder=tmp_path,
        max_bytes=1e6,
        urgent=[0, 1, 2, 3],
    )
    assert [sound.kind for sound in found] == ["none"] * 4
    assert "decoded" in found[1].why
    assert all(sound.why for sound in found)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_that_nobody_writes_to_has_no_sound(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    (found,) = sounds_of(
        [str(tmp_path / "pipe.wav")],
        audio="embed",
        folder=tmp_path,
        max_bytes=1e6,
        urgent=[0],
    )
    assert found.kind != "embed"


def test_a_song_that_is_much_longer_than_it_says_is_not_embedded(tmp_path, monkeypatch):
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 20 * 22050)
    soundfile.write(tmp_path / "long.wav", y, 22050)
    given = {"audio": "embed", "folder": tmp_path, "max_bytes": 1e6, "urgent": [0]}
    songs = [str(tmp_path / "long.wav")]
    assert sounds_of(songs, **given)[0].kind == "embed"
    monkeypatch.setattr(_sound, "_seconds_of_file", lambda song, isolate: 1.0)
    assert sounds_of(songs, **given)[0].kind == "embed"  # a minute more is no matter
    monkeypatch.setattr(_sound, "_MORE_SECONDS", 5.0)
    assert sounds_of(songs, **given)[0].kind == "link"
