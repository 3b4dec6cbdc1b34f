import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile
from numpy.testing import assert_allclose

from skgenre import FrameWindower
from skgenre.audio import AudioError, Excerpt
from skgenre.plotting._song_axes import Sound, draw_sound, hear, mel_levels

RATE = 8000


@pytest.fixture
def tone(tmp_path):
    """Two seconds: 500 Hz, then 2,000 Hz."""
    t = np.arange(RATE) / RATE
    y = np.concatenate([np.sin(2 * np.pi * f * t) for f in (500, 2000)]) / 2
    path = tmp_path / "tone.wav"
    soundfile.write(path, y, RATE)
    return path


def test_what_the_model_reads_is_heard(tone):
    windower = FrameWindower(0.5, sample_rate=4000, offset_seconds=0.5, max_seconds=1.0)
    sound = hear(str(tone), windower)
    assert sound.sample_rate == 4000
    assert (sound.start, sound.end) == (0.5, 1.5)
    whole = hear(tone, None)
    assert (whole.start, whole.end, whole.sample_rate) == (0, 2, 22050)


def test_seconds_are_those_of_the_file(tone):
    sound = hear(Excerpt(str(tone), 0.5, 1.75), FrameWindower(0.5, sample_rate=RATE))
    assert (sound.start, sound.end) == (0.5, 1.75)


@pytest.mark.parametrize("song", [None, "song 3", 7, "x" * 5000, np.zeros((2, 3))])
def test_without_a_sound_it_says_how_to_give_one(song):
    with pytest.raises(ValueError, match=r"audio='song\.wav'"):
        hear(song, None)


def test_a_waveform_and_its_rate():
    y = np.sin(np.arange(RATE) * 0.3)
    assert hear((y, RATE), FrameWindower(sample_rate=4000)).samples.shape == (4000,)
    assert hear(y, FrameWindower(sample_rate=RATE)).samples.shape == (RATE,)
    with pytest.raises(AudioError, match="silent"):
        hear(np.zeros(RATE), None)


def test_mel_levels_are_librosas(tone):
    librosa = pytest.importorskip("librosa")
    y, _ = soundfile.read(tone)
    levels, times = mel_levels(Sound(y, RATE))
    power = librosa.feature.melspectrogram(
        y=y, sr=RATE, n_fft=1024, hop_length=256, n_mels=64
    )
    expected = librosa.power_to_db(power, ref=np.max, top_db=80)
    assert_allclose(levels, expected, atol=1e-2)
    assert_allclose(times, librosa.times_like(levels, sr=RATE, hop_length=256))


def test_a_long_song_has_no_more_columns_than_a_picture():
    y = np.random.default_rng(0).normal(size=RATE * 120) / 5
    levels, times = mel_levels(Sound(y, RATE, start=10.0))
    assert 600 <= len(times) <= 1200
    assert levels.shape == (64, len(times))
    assert 10 <= times[0] < times[-1] <= 130
    # The last column may hold fewer frames.
    assert_allclose(np.diff(times)[:-1], times[1] - times[0], rtol=1e-6)


@pytest.mark.parametrize("n_samples", [1, 300, 5000])
def test_the_shortest_sounds_are_drawn(n_samples):
    sound = Sound(np.sin(np.arange(1, n_samples + 1)), RATE)
    for kind in ("mel", "waveform"):
        _, ax = plt.subplots()
        draw_sound(ax, sound, kind)
        ax.figure.canvas.draw()


def test_loud_bands_are_where_the_tone_is(tone):
    y, _ = soundfile.read(tone)
    _, ax = plt.subplots()
    draw_sound(ax, Sound(y, RATE, start=5.0), "mel")
    (mesh,) = ax.collections
    corners = mesh.get_coordinates()  # (n_mels + 1, n_columns + 1, 2): seconds, Hz
    loudest = mesh.get_array().argmax(axis=0)
    column = np.searchsorted(corners[0, :, 0], [5.5, 6.5])
    hertz = corners[loudest[column], 0, 1]
    assert_allclose(hertz, [500, 2000], rtol=0.1)
    assert ax.get_ylabel() == "Hz"
    assert [text.get_text() for text in ax.get_yticklabels()] == ["256", "1,024"]


def test_a_waveform_is_drawn_by_its_lowest_and_highest_samples():
    y = np.zeros(12000)
    y[6001], y[6005] = 0.5, -0.25
    _, ax = plt.subplots()
    draw_sound(ax, Sound(y, RATE), "waveform")
    (band,) = ax.patches
    data = band.get_data()
    assert (data.values.max(), data.baseline.min()) == (0.5, -0.25)
    assert data.edges[[0, -1]].tolist() == [0, 1.5]
    assert ax.get_ylabel() == "amplitude"
