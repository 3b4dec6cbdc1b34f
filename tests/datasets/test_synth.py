import numpy as np
import pytest

from skgenre.datasets._instruments import DRUMS, INSTRUMENTS
from skgenre.datasets._synth import add_room, band_noise, play_drum, play_note


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_notes_have_their_pitch(instrument):
    timbre = INSTRUMENTS[instrument]
    note = play_note(
        timbre,
        440.0,
        1.0,
        sample_rate=16000,
        vibrato=(0.0, 5.0),
        rng=np.random.default_rng(0),
    )
    assert note.shape == (int((1 + timbre.release) * 16000),)
    assert np.isfinite(note).all()
    power = np.abs(np.fft.rfft(note, 160000)) ** 2
    hertz = np.fft.rfftfreq(160000, 1 / 16000)
    # Nearly all of the power lies beside harmonics of 440 Hz, but for the breath.
    beside = np.abs(hertz - 440 * np.maximum(np.round(hertz / 440), 1)) < 40
    assert power[beside].sum() > (0.7 if timbre.breath else 0.95) * power.sum()


def test_notes_do_not_alias():
    note = play_note(
        INSTRUMENTS["saw"],
        3000.0,
        1.0,
        sample_rate=8000,
        vibrato=(0.0, 5.0),
        rng=np.random.default_rng(0),
    )
    power = np.abs(np.fft.rfft(note, 80000)) ** 2
    hertz = np.fft.rfftfreq(80000, 1 / 8000)
    assert power[np.abs(hertz - 3000) < 60].sum() > 0.99 * power.sum()


@pytest.mark.parametrize("drum", DRUMS)
@pytest.mark.parametrize("sample_rate", [8000, 48000])
def test_drums_fade(drum, sample_rate):
    stroke = play_drum(
        drum, tuning=1.0, sample_rate=sample_rate, rng=np.random.default_rng(0)
    )
    assert np.isfinite(stroke).all()
    tenth = len(stroke) // 10
    assert np.abs(stroke[-tenth:]).max() < 0.1 * np.abs(stroke).max()


def test_room_without_anything_is_the_song_itself():
    sound = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    played = add_room(
        sound,
        tilt=0.0,
        humps=(),
        reverb=0.1,
        wet=0.0,
        n_channels=1,
        sample_rate=8000,
        rng=np.random.default_rng(0),
    )
    np.testing.assert_allclose(played[:, 0], sound, atol=1e-4)


def test_noise_lies_in_its_band():
    rng = np.random.default_rng(0)
    noise = band_noise(2**16, 1000, 2000, sample_rate=16000, rng=rng)
    assert noise.dtype == np.float32
    assert noise.std() == pytest.approx(1, abs=0.3)
    power = np.abs(np.fft.rfft(noise)) ** 2
    hertz = np.fft.rfftfreq(2**16, 1 / 16000)
    # 3 decibels lower at the ends of the band, and falling by 6 an octave beyond.
    inside = power[(hertz > 1000) & (hertz < 2000)].mean()
    assert power[(hertz > 240) & (hertz < 260)].mean() < 0.15 * inside
    assert power[(hertz > 6000) & (hertz < 6500)].mean() < 0.15 * inside


def test_band_beyond_the_nyquist_frequency_is_cut_off():
    rng = np.random.default_rng(0)
    noise = band_noise(1000, 9000, 16000, sample_rate=8000, rng=rng)
    assert np.isfinite(noise).all()


def test_echoes_last_as_long_as_the_reverb():
    click = np.zeros(8000, np.float32)
    click[0] = 1
    room = add_room(
        click,
        tilt=0.0,
        humps=(),
        reverb=0.2,
        wet=1.0,
        n_channels=1,
        sample_rate=8000,
        rng=np.random.default_rng(0),
    )[:, 0]
    # Heard until 0.2 s, but for the half of a filter's taps, and fading by then.
    assert np.abs(room[1600 + 512 :]).max() < 1e-6
    early, late = np.abs(room[100:400]).max(), np.abs(room[1300:1600]).max()
    assert 0 < late < 0.1 * early


def test_channels_have_reflections_of_their_own():
    sound = np.random.default_rng(0).standard_normal(2000).astype(np.float32)
    settings = {"tilt": -3.0, "humps": [(500.0, 3.0)], "reverb": 0.1, "wet": 0.5}
    played = add_room(
        sound,
        n_channels=2,
        sample_rate=8000,
        rng=np.random.default_rng(0),
        **settings,
    )
    assert played.shape == (2000, 2)
    assert np.any(played[:, 0] != played[:, 1])
