import warnings

import numpy as np
import pytest
import soundfile
from mp3_files import without_length
from numpy.testing import assert_allclose, assert_array_equal

from skgenre import AudioError
from skgenre.audio import _decode, _resampler
from skgenre.audio._decode import read_blocks, read_song
from skgenre.audio._facts import SongFacts

librosa = pytest.importorskip("librosa")

RATE = 22050


@pytest.fixture(scope="module")
def tone():
    """Two seconds of two channels at 44.1 kHz: 440 Hz left, 660 Hz right."""
    t = np.arange(2 * 44100) / 44100
    y = np.stack([np.sin(2 * np.pi * 440 * t), np.sin(2 * np.pi * 660 * t)], axis=1)
    return (0.4 * y).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("tone.wav", "PCM_16"),
        ("tone.wav", "PCM_24"),
        ("tone.wav", "FLOAT"),
        ("tone.flac", "PCM_16"),
        ("tone.ogg", "VORBIS"),
        ("tone.mp3", "MPEG_LAYER_III"),
        ("tone.aiff", "PCM_16"),
    ],
)
@pytest.mark.parametrize("sample_rate", [44100, 22050, 16000])
def test_equal_to_librosa_load(tmp_path, tone, name, subtype, sample_rate):
    path = tmp_path / name
    soundfile.write(path, tone, 44100, subtype=subtype)
    y = read_song(path, sample_rate=sample_rate)
    assert y.dtype == np.float32
    expected, _ = librosa.load(path, sr=sample_rate)
    assert_array_equal(y.shape, expected.shape)
    assert_allclose(y, expected, atol=1e-6)


@pytest.mark.parametrize("name", ["tone.wav", "tone.flac", "tone.ogg"])
def test_part_of_a_file_equals_librosa_load(tmp_path, tone, name):
    path = tmp_path / name
    soundfile.write(path, tone, 44100)
    y = read_song(path, sample_rate=22050, offset_seconds=0.5, max_seconds=0.7)
    expected, _ = librosa.load(path, sr=22050, offset=0.5, duration=0.7)
    assert_allclose(y, expected, atol=1e-6)


def test_downmix_is_the_mean_of_the_channels(tmp_path):
    rng = np.random.default_rng(0)
    y = rng.uniform(-1, 1, size=(4000, 3)).astype(np.float32)
    soundfile.write(tmp_path / "three.wav", y, 8000, subtype="FLOAT")
    mono = read_song(tmp_path / "three.wav", sample_rate=8000)
    assert_allclose(mono, y.mean(axis=1), atol=1e-6)


def test_waveform_is_cut_but_not_changed():
    y = np.sin(np.arange(1000) / 7)
    before = y.copy()
    part = read_song(y, sample_rate=100, offset_seconds=2, max_seconds=3)
    assert_array_equal(part, y[200:500])
    assert np.shares_memory(part, y)
    assert_array_equal(y, before)


@pytest.mark.parametrize(
    ("song", "message"),
    [
        (np.zeros(0), "0 samples"),
        (np.zeros(3), "3 samples at 22050 Hz, less than the 10 ms"),
        (np.zeros(9000), "silent: every sample is 0"),
        (np.full(9000, 0.5), "silent: every sample is 0.5"),
        (np.r_[np.nan, np.ones(9000)], "NaN or infinite, the first at 0.00 s"),
        (np.r_[np.zeros(5513), -np.inf, 1.0, np.inf], "infinite, the first at 0.25 s"),
        (np.zeros((2, 9000)), r"1-D mono waveform, got an array of shape \(2, 9000\)"),
        (np.ones(9000, np.int16), r"got dtype int16.*/ 32768"),
        (["a", "b"], r"Got list \(\['a', 'b'\]\), but expected a path, a float"),
        ("no_such_file.wav", "There is no such file"),
    ],
)
def test_bad_songs_say_why(song, message):
    with pytest.raises(AudioError, match=message):
        read_song(song, sample_rate=22050)


@pytest.mark.parametrize(
    "bits",
    [(0x7F800000, 0xFF800000), (0x7FA00000, 0), (0x7F7FFFFF, 0x7F7FFFFF)],
    ids=["inf - inf", "a NaN that signals", "over the largest"],
)
def test_samples_that_are_not_finite_are_told_of_where_they_are_mixed(tmp_path, bits):
    y = np.full((9000, 2), 0.5, np.float32)
    y.view(np.uint32)[[0, 4500]] = bits
    soundfile.write(tmp_path / "wide.wav", y, 9000, subtype="FLOAT")
    with pytest.raises(AudioError, match=r"NaN or infinite, the first at 0\.00 s"):
        read_song(tmp_path / "wide.wav", sample_rate=9000)


def test_bad_files_say_why(tmp_path):
    with pytest.raises(AudioError, match="It is a directory"):
        read_song(tmp_path, sample_rate=22050)
    text = tmp_path / "notes.mp3"
    text.write_text("no audio at all")
    with pytest.raises(AudioError, match="cannot be decoded as audio"):
        read_song(text, sample_rate=22050)
    (tmp_path / "empty.wav").touch()
    with pytest.raises(AudioError, match="cannot be decoded as audio"):
        read_song(tmp_path / "empty.wav", sample_rate=22050)


@pytest.mark.parametrize(
    "suffix", ["wav", "flac", "ogg", pytest.param("mp3", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("sample_rate", [44100, 22050])
def test_blocks_leave_no_trace(tmp_path, monkeypatch, suffix, sample_rate):
    rng = np.random.default_rng(0)
    y = np.cumsum(rng.normal(size=(44100 * 3 + 17, 2)), axis=0)
    path = tmp_path / f"walk.{suffix}"
    soundfile.write(path, 0.9 * y / np.abs(y).max(), 44100)
    settings = {"sample_rate": sample_rate, "offset_seconds": 0.5, "max_seconds": 2.2}
    for parameters in ({"sample_rate": sample_rate}, settings):
        monkeypatch.setattr(_decode, "BLOCK_FRAMES", 2**30)
        whole = read_song(path, **parameters)
        monkeypatch.setattr(_decode, "BLOCK_FRAMES", 10_007)
        blocks = list(read_blocks(path, **parameters))
        assert len(blocks) > 9
        assert_array_equal(np.concatenate(blocks), whole)


def test_start_behind_the_end(tmp_path, tone):
    soundfile.write(tmp_path / "tone.wav", tone, 44100)
    for song in (tmp_path / "tone.wav", tone[:44100, 0]):
        with pytest.raises(AudioError, match=r"lasts 2.00 s, so offset_seconds=3"):
            read_song(song, sample_rate=22050, offset_seconds=3)


# -- what a file holds, and what its header says ---------------------------------------


def read_with_facts(song, **settings):
    facts = SongFacts()
    settings = {"sample_rate": RATE, **settings}
    blocks = list(read_blocks(song, facts=facts, **settings))
    return np.concatenate(blocks), facts


def test_a5_mp3_without_a_length_is_read_to_its_end(mp3, loud_later, tmp_path):
    headerless = without_length(mp3)
    (tmp_path / "song.mp3").write_bytes(headerless)
    # What libsndfile guesses from the first frame, which is nearly silent.
    assert soundfile.info(tmp_path / "song.mp3").duration < 10
    for song in (tmp_path / "song.mp3", headerless):
        y, facts = read_with_facts(song)
        # A coder adds up to two frames of 576 samples and its delay, and no more.
        assert 20 * RATE <= len(y) < 20 * RATE + 2000
        assert facts.notes == ()
        assert facts.native_rate == RATE
        assert facts.seconds == len(y) / RATE
    # The same bits as with the header, behind the coder's delay.
    whole, _ = read_with_facts(mp3)
    assert len(whole) == 20 * RATE
    delay = next(i for i in range(3000) if np.array_equal(y[i:][:5000], whole[:5000]))
    assert_array_equal(y[delay : delay + len(whole)], whole)


@pytest.mark.parametrize("max_seconds", [None, 3.0])
def test_a5_parts_of_mp3_without_a_length(mp3, max_seconds):
    headerless = without_length(mp3)
    whole, _ = read_with_facts(headerless)
    part, facts = read_with_facts(
        headerless, offset_seconds=12.5, max_seconds=max_seconds
    )
    start = int(12.5 * RATE)
    stop = None if max_seconds is None else start + 3 * RATE
    assert_array_equal(part, whole[start:stop])
    assert facts.notes == ()
    with pytest.raises(AudioError, match=r"It lasts 20.0\d s, so offset_seconds=21"):
        read_song(headerless, sample_rate=RATE, offset_seconds=21)


def test_a5_blocks_of_mp3_without_a_length(mp3, monkeypatch):
    headerless = without_length(mp3)
    whole = read_song(headerless, sample_rate=16000)
    monkeypatch.setattr(_decode, "BLOCK_FRAMES", 10_007)
    blocks = list(read_blocks(headerless, sample_rate=16000))
    assert len(blocks) > 30
    assert_array_equal(np.concatenate(blocks), whole)


def test_a5_what_stands_behind_the_music_is_no_music(mp3):
    headerless = without_length(mp3)
    whole = read_song(headerless, sample_rate=RATE)
    rng = np.random.default_rng(0)
    for tail in (
        b"TAG" + b"x" * 125,
        b"APETAGEX" + rng.integers(0, 256, 20_000, dtype=np.uint8).tobytes(),
        bytes(1500),
    ):
        y, facts = read_with_facts(headerless + tail)
        assert_array_equal(y, whole)
        assert facts.notes == ()


def test_a5_joined_mp3_are_read_to_their_end(mp3, loud_later):
    whole, _ = read_with_facts(mp3)
    joined, facts = read_with_facts(mp3 + mp3)
    assert 40 * RATE <= len(joined) < 40 * RATE + 6000
    assert facts.notes == ()
    # Both are there, behind the coder's delay, but for the frames where they meet.
    inner = whole[9 * RATE : 10 * RATE]
    for start in (9 * RATE, 29 * RATE):
        near = joined[start : start + RATE + 6000]
        apart = [np.abs(near[lag:][:500] - inner[:500]).max() for lag in range(6000)]
        # The decoder's sums go in another order, a frame later.
        assert_allclose(near[int(np.argmin(apart)) :][:RATE], inner, atol=1e-6)


@pytest.mark.parametrize("kind", ["mp3", "wav", "aiff", "au"])
def test_a5_less_than_the_header_promises_is_said(mp3, loud_later, tmp_path, kind):
    content = mp3
    if kind != "mp3":
        soundfile.write(tmp_path / f"song.{kind}", loud_later, RATE)
        content = (tmp_path / f"song.{kind}").read_bytes()
    assert read_with_facts(content)[1].notes == ()
    y, facts = read_with_facts(content[: len(content) * 2 // 5])
    assert 5 * RATE < len(y) < 9 * RATE
    assert facts.notes == (
        f"It has {len(y) / RATE:.2f} s, but its header promises 20.00 s: the file is "
        "cut off or damaged. Fetch it again.",
    )
    # Where no more than what is there was asked for, nothing is missing.
    assert (
        read_with_facts(content[: len(content) * 2 // 5], max_seconds=5)[1].notes == ()
    )
    _, facts = read_with_facts(content[: len(content) * 2 // 5], max_seconds=12)
    assert len(facts.notes) == 1


def test_a5_damage_in_the_middle_is_said(mp3):
    headerless = without_length(mp3)
    half = len(headerless) // 2
    broken = headerless[:half] + bytes(3000) + headerless[half:]
    y, facts = read_with_facts(broken)
    whole = read_song(headerless, sample_rate=RATE)
    # The last frame before the damage is half there.
    assert_array_equal(y[:-1152], whole[: len(y) - 1152])
    assert len(y) > 8 * RATE
    (note,) = facts.notes
    assert note.startswith("Decoding stopped with 5")
    assert "% of the file left, which is damaged or no music." in note


def test_an_ogg_that_is_cut_off_is_said(loud_later, tmp_path):
    soundfile.write(tmp_path / "song.ogg", loud_later, RATE)
    content = (tmp_path / "song.ogg").read_bytes()
    assert read_with_facts(content)[1].notes == ()
    _, facts = read_with_facts(content[: len(content) // 2])
    assert facts.notes == (
        "The file is cut off: its end is missing, and with it the song's. Fetch it "
        "again.",
    )


# -- loudness --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["array", "with a rate", "file"])
@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8])
def test_a15_integers_that_became_floats_are_refused(tmp_path, kind, dtype):
    t = np.arange(9000) / 7
    top = np.iinfo(dtype).max
    y = ((0.4 * np.sin(t) + (0.5 if dtype is np.uint8 else 0)) * top).astype(dtype)
    song = y.astype("f4")
    if kind == "file":
        soundfile.write(tmp_path / "a.wav", song, RATE, subtype="FLOAT")
        song = tmp_path / "a.wav"
    elif kind == "with a rate":
        song = (song, 8000)
    with pytest.raises(AudioError, match=r"far outside of -1 to 1\. Divide 16-bit"):
        read_song(song, sample_rate=RATE)


def test_a15_loud_floats_are_music():
    y = 3 * np.sin(np.arange(9000) / 7)
    assert_array_equal(read_song(y, sample_rate=RATE), y)


# -- channels that cancel --------------------------------------------------------------


def write_channels(path, *channels, **settings):
    soundfile.write(path, np.stack(channels, axis=1), RATE, **settings)
    return path


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "float.wav"])
def test_a17_channels_that_cancel(tmp_path, loud_later, name):
    y = loud_later[4 * RATE : 9 * RATE]
    subtype = "FLOAT" if name == "float.wav" else None
    # Not quite the same, as after rounding: the mix is noise, 50 dB down.
    path = write_channels(tmp_path / name, 0.9 * y, -0.903 * y, subtype=subtype)
    heard, facts = read_with_facts(path)
    both = soundfile.read(path, dtype="float32")[0]
    assert_array_equal(heard, both[:, 1])
    assert facts.notes == (
        "Its channels cancel each other out where they are mixed, so channel 2 of 2 "
        "alone was read.",
    )
    # And its parts, in blocks of any size.
    part = read_song(path, sample_rate=RATE, offset_seconds=2, max_seconds=2)
    assert_array_equal(part, both[2 * RATE : 4 * RATE, 1])


def test_a17_channels_that_do_not_cancel_are_mixed(tmp_path, loud_later):
    y = loud_later[6 * RATE : 8 * RATE]
    silence = np.zeros_like(y)
    for other in (silence, y, np.roll(y, 50), -0.5 * y):
        path = write_channels(tmp_path / "a.wav", y, other, subtype="FLOAT")
        heard, facts = read_with_facts(path)
        assert_allclose(heard, (y + other) / 2, atol=1e-7)
        assert facts.notes == ()


@pytest.mark.parametrize("block", [5000, 2**17])
def test_a17_it_is_decided_by_the_whole_song(tmp_path, loud_later, monkeypatch, block):
    monkeypatch.setattr(_decode, "BLOCK_FRAMES", block)
    y = loud_later[6 * RATE : 12 * RATE]
    # Cancels in its first second only, as an effect: a mix like any other.
    other = np.where(np.arange(len(y)) < RATE, -y, np.roll(y, 9)).astype(np.float32)
    path = write_channels(tmp_path / "a.wav", y, other, subtype="FLOAT")
    heard, facts = read_with_facts(path)
    assert_allclose(heard, (y + other) / 2, atol=1e-7)
    assert facts.notes == ()
    # Starts with silence, then cancels.
    late = np.where(np.arange(len(y)) < RATE, 0, y).astype(np.float32)
    path = write_channels(tmp_path / "b.wav", late, -late, subtype="FLOAT")
    assert_array_equal(read_with_facts(path)[0], late)


def test_a17_channels_that_cancel_behind_the_beginning(
    tmp_path, loud_later, monkeypatch
):
    monkeypatch.setattr(_decode, "BLOCK_FRAMES", 5000)
    y = loud_later[6 * RATE : 12 * RATE].copy()
    other = -y
    y[:RATE] *= 1e-4
    other[:RATE] = y[:RATE]
    path = write_channels(tmp_path / "a.wav", y, other, subtype="FLOAT")
    with pytest.raises(AudioError, match=r"give one channel: \(y\[:, 0\], rate\)"):
        read_song(path, sample_rate=RATE)
    assert_array_equal(read_song((y, RATE), sample_rate=RATE), y)


def test_truncated_file_gives_what_it_holds(tmp_path, tone):
    path = tmp_path / "tone.ogg"
    soundfile.write(path, tone, 44100)
    whole = read_song(path, sample_rate=44100)
    path.write_bytes(path.read_bytes()[:-2000])
    part = read_song(path, sample_rate=44100)
    assert 0 < len(part) < len(whole)
    assert_array_equal(part, whole[: len(part)])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("jazz.00054.wav", "cannot be decoded as audio"),
        ("empty_2c.wav", "0 samples"),
        ("stereo.wav", "3 samples"),
    ],
)
def test_real_broken_files(data_dir, name, message):
    with pytest.raises(AudioError, match=message):
        read_song(data_dir / "bad" / name, sample_rate=22050)


def test_real_songs_equal_librosa(data_dir):
    songs = sorted((data_dir / "gtzan3" / "audio").glob("*/*.ogg"))[::60]
    songs += sorted((data_dir / "esc10" / "audio").glob("*/*.ogg"))[::130]
    for song in songs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected, _ = librosa.load(song, sr=22050)
        assert_allclose(read_song(song, sample_rate=22050), expected, atol=1e-6)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100])
@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT"])
def test_a_start_in_an_mp3_is_read_to_the_bit(tmp_path, rate, mode):
    """Frames need those before them: a decoder that seeks is wrong at first."""
    rng = np.random.default_rng(0)
    loud = np.abs(np.sin(2 * np.arange(10 * rate) / rate))
    y = (0.1 * loud * rng.normal(size=10 * rate)).astype(np.float32)
    soundfile.write(tmp_path / "a.mp3", y, rate, bitrate_mode=mode)
    whole = read_song(tmp_path / "a.mp3", sample_rate=rate)
    for seconds in (0.5, 3.21, 7.77, 9.9):
        part = read_song(tmp_path / "a.mp3", sample_rate=rate, offset_seconds=seconds)
        assert_array_equal(part, whole[int(seconds * rate) :])


@pytest.mark.parametrize("native_rate", [1, 300, 22050 * 4097])
def test_a_rate_that_no_recording_has_is_refused(native_rate):
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 2**20).astype(np.float32)
    with pytest.raises(AudioError, match="Its header is wrong, or the windows'"):
        read_song((y, native_rate), sample_rate=RATE)
    # Asked for as it is, it is what it is.
    assert_array_equal(read_song((y, native_rate), sample_rate=native_rate), y)


def test_much_is_resampled_in_small_parts(monkeypatch):
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 3000).astype(np.float32)
    whole = read_song((y, 400), sample_rate=RATE)
    assert len(whole) == -(-3000 * RATE // 400)
    monkeypatch.setattr(_resampler, "_RESAMPLED_AT_ONCE", 1000)
    blocks = list(read_blocks((y, 400), sample_rate=RATE))
    # What soxr holds back is as much again.
    assert max(map(len, blocks)) < len(whole) / 3
    assert_array_equal(np.concatenate(blocks), whole)


@pytest.mark.parametrize("sample_rate", [8000, RATE, 44100])
@pytest.mark.parametrize("level", [0.0, 0.25])
def test_a_constant_is_silent_at_any_rate(tmp_path, level, sample_rate):
    soundfile.write(tmp_path / "flat.wav", np.full(300_000, level), 44100)
    with pytest.raises(AudioError, match=f"It is silent: every sample is {level:g}"):
        read_song(tmp_path / "flat.wav", sample_rate=sample_rate)


def test_a_sound_behind_a_constant_is_heard(tmp_path):
    y = np.zeros(300_000)
    y[290_000:] = np.sin(np.arange(10_000))
    soundfile.write(tmp_path / "late.wav", y, 44100)
    assert np.abs(read_song(tmp_path / "late.wav", sample_rate=RATE)).max() > 0.5
