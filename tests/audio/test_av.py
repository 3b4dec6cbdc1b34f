"""m4a, aac and video: the same errors, the same blocks, only where PyAV is."""

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from av_files import CODECS, encode
from numpy.testing import assert_allclose, assert_array_equal

from skgenre import AudioError
from skgenre.audio import _decode
from skgenre.audio._av import AvSound
from skgenre.audio._decode import read_blocks, read_song
from skgenre.audio._facts import SongFacts

RATE = 44100


@pytest.fixture(scope="module")
def av():
    return pytest.importorskip("av")


@pytest.fixture(scope="module")
def tone():
    """Three seconds of two channels: 440 Hz left, 660 Hz right."""
    t = np.arange(3 * RATE) / RATE
    y = np.stack([np.sin(2 * np.pi * 440 * t), np.sin(2 * np.pi * 660 * t)])
    return (0.4 * y).astype(np.float32)  # (2, n_samples)


@pytest.fixture(scope="module")
def files(av, tone, tmp_path_factory):
    """The tone in several formats."""
    folder = tmp_path_factory.mktemp("av")
    for suffix in CODECS:
        encode(av, folder / f"tone.{suffix}", tone, rate=RATE)
    return {suffix: folder / f"tone.{suffix}" for suffix in CODECS}


@pytest.mark.parametrize("suffix", ["m4a", "aac", "mkv", "mp4", "wma"])
def test_b15_formats_that_soundfile_does_not_know(files, tone, suffix):
    y = read_song(files[suffix], sample_rate=RATE)
    expected = tone.mean(axis=0)
    assert y.dtype == np.float32
    # Coders add up to two frames before and behind; what lies between is the tone.
    assert abs(len(y) - len(expected)) <= 2 * 2048
    middle = y[RATE : 2 * RATE]
    lags = [np.dot(middle, expected[RATE - lag :][:RATE]) for lag in range(4096)]
    lag = int(np.argmax(lags))
    error = middle - expected[RATE - lag :][:RATE]
    assert error.std() < 0.05 * expected.std()
    # Content and file are the same song.
    content = files[suffix].read_bytes()
    assert_array_equal(read_song(content, sample_rate=RATE), y)


@pytest.mark.parametrize("sample_rate", [RATE, 22050])
def test_blocks_of_av_leave_no_trace(files, monkeypatch, sample_rate):
    part = {"sample_rate": sample_rate, "offset_seconds": 0.5, "max_seconds": 1.2}
    for settings in ({"sample_rate": sample_rate}, part):
        monkeypatch.setattr(_decode, "BLOCK_FRAMES", 2**30)
        whole = read_song(files["m4a"], **settings)
        monkeypatch.setattr(_decode, "BLOCK_FRAMES", 10_007)
        blocks = list(read_blocks(files["m4a"], **settings))
        assert len(blocks) > 4
        assert_array_equal(np.concatenate(blocks), whole)
    assert_allclose(len(whole), 1.2 * sample_rate, atol=1)
    everything = read_song(files["m4a"], sample_rate=RATE)
    late = read_song(files["m4a"], sample_rate=RATE, offset_seconds=1)
    assert_array_equal(late, everything[RATE:])


def test_errors_of_av_are_those_of_others(av, files, tmp_path):
    with pytest.raises(AudioError, match=r"so offset_seconds=9 starts behind its end"):
        read_song(files["m4a"], sample_rate=RATE, offset_seconds=9)
    (tmp_path / "notes.m4a").write_text("no audio at all")
    with pytest.raises(AudioError, match="It cannot be decoded as audio"):
        read_song(tmp_path / "notes.m4a", sample_rate=RATE)
    # A file whose index, at its end, is missing.
    content = files["m4a"].read_bytes()
    with pytest.raises(AudioError, match="It cannot be decoded as audio"):
        read_song(content[: len(content) // 2], sample_rate=RATE)
    with av.open(str(tmp_path / "silent.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    with pytest.raises(AudioError, match="It has no sound track"):
        read_song(tmp_path / "silent.mp4", sample_rate=RATE)


def test_a_matroska_file_that_is_cut_off_is_said(files):
    content = files["mkv"].read_bytes()
    facts = SongFacts()
    blocks = read_blocks(
        content[: len(content) * 2 // 5], sample_rate=RATE, facts=facts
    )
    y = np.concatenate(list(blocks))
    assert 0.8 * RATE < len(y) < 1.6 * RATE
    (note,) = facts.notes
    assert note.startswith(f"It has {len(y) / RATE:.2f} s, but its header promises 3.0")


def test_whole_files_are_not_said_to_be_cut_off(files):
    for path in files.values():
        facts = SongFacts()
        list(read_blocks(path, sample_rate=RATE, facts=facts))
        assert facts.notes == ()
        assert facts.native_rate == RATE


@pytest.mark.parametrize(
    ("rate", "layout"), [(RATE, "mono"), (RATE // 2, "stereo"), (RATE, "stereo")]
)
def test_one_stream_behind_another_of_another_kind_is_said(av, rate, layout):
    first = noise_in_aac(av, RATE, "stereo")
    facts = SongFacts()
    blocks = read_blocks(
        first + noise_in_aac(av, rate, layout), sample_rate=RATE, facts=facts
    )
    n_samples = sum(map(len, blocks))
    n_first = len(read_song(first, sample_rate=RATE))
    if (rate, layout) == (RATE, "stereo"):
        assert (n_samples, facts.notes) == (2 * n_first, ())
        return
    assert n_samples == n_first
    assert facts.notes == (
        "Decoding stopped where its rate, channels or samples become others.",
    )


def noise_in_aac(av, rate, layout):
    """A second of noise, as packets that can be put one behind the other."""
    n_channels = {"mono": 1, "stereo": 2}[layout]
    rng = np.random.default_rng(0)
    file = io.BytesIO()
    with av.open(file, "w", format="adts") as container:
        stream = container.add_stream("aac", rate=rate)
        stream.layout = layout
        for start in range(0, rate, 1024):
            y = rng.uniform(-0.3, 0.3, (n_channels, 1024)).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(y, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def test_packets_are_converted_several_at_a_time(av, monkeypatch):
    content = noise_in_aac(av, RATE, "mono")
    expected = read_song(content, sample_rate=RATE)
    gathered = []
    real = AvSound._samples
    monkeypatch.setattr(
        AvSound,
        "_samples",
        lambda self, frame: gathered.append(frame.samples) or real(self, frame),
    )
    assert_array_equal(read_song(content, sample_rate=RATE), expected)
    # The first packet of AAC, then eight at a time, and the rest.
    assert gathered[:-1] == [1024] + [8192] * ((len(expected) - 1024) // 8192)


def test_more_channels_than_eight_are_all_heard(av):
    rng = np.random.default_rng(0)
    y = rng.uniform(-0.5, 0.5, (RATE, 12)).astype(np.float32)
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream("pcm_f32le", rate=RATE)
        stream.layout = "12 channels"
        frame = av.AudioFrame.from_ndarray(
            y.reshape(1, -1), format="flt", layout="12 channels"
        )
        frame.sample_rate, frame.pts = RATE, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    heard = read_song(file.getvalue(), sample_rate=RATE)
    assert_allclose(heard, y.mean(axis=1), atol=1e-6)


def test_positions_that_cannot_be_are_no_news(av, tmp_path, capfd):
    file = io.BytesIO()
    soundfile.write(file, np.full(9000, 0.5), RATE, format="CAF", subtype="PCM_16")
    content = file.getvalue()
    described = 8 + 12 + 32  # the file's header, and the chunk that tells the coding
    chunks = b"".join(b"junk" + (2**62).to_bytes(8, "big") for _ in range(3))
    path = tmp_path / "damaged.caf"
    path.write_bytes(content[:described] + chunks + content[described:])
    with pytest.raises(AudioError, match="It cannot be decoded as audio"):
        read_song(path, sample_rate=RATE)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="names there are UTF-8, no colon")
def test_b3_names_that_ffmpeg_would_not_take(files, tmp_path):
    expected = read_song(files["m4a"], sample_rate=RATE)
    for name in (b"caf\xe9.m4a", b"concat:a.m4a"):
        path = os.fsdecode(os.fsencode(tmp_path) + b"/" + name)
        Path(path).write_bytes(files["m4a"].read_bytes())
        assert_array_equal(read_song(path, sample_rate=RATE), expected)


def test_without_av_the_extra_is_named(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    for song in (files["m4a"], io.BytesIO(files["m4a"].read_bytes()).getvalue()):
        with pytest.raises(AudioError) as caught:
            read_song(song, sample_rate=RATE)
        assert str(caught.value) == (
            "It cannot be decoded as audio: it is MPEG-4 (m4a, mp4), which needs PyAV. "
            'Install it with: pip install "skgenre[av]"'
        )


def test_a_sound_track_that_nothing_decodes(av, tmp_path):
    """PyAV up to 14.0 crashed the process."""
    path = tmp_path / "odd.wav"
    soundfile.write(path, np.zeros(RATE), RATE)
    data = bytearray(path.read_bytes())
    data[20:22] = b"\x34\x12"
    path.write_bytes(data)
    with pytest.raises(AudioError, match="Its sound track is of an unknown coding"):
        read_song(path, sample_rate=RATE)
