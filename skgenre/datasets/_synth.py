"""Notes, drums and rooms as arrays: the sounds that `make_songs` plays."""

from collections.abc import Sequence

import numpy as np
from scipy.fft import irfft
from scipy.signal import butter, oaconvolve, sosfilt

from skgenre.datasets._instruments import DRUMS, Timbre

_TABLE_SIZE = 4096
_EQ_TAPS = 1024


def _tables(timbre: Timbre, hertz: float, sample_rate: int) -> np.ndarray:
    """Bright and dark cycle of the timbre, (2, 4096), band-limited, each of RMS 1."""
    weights = np.asarray(timbre.weights)
    number = np.arange(1, len(weights) + 1)
    weights = np.where(number * hertz < 0.45 * sample_rate, weights, 0.0)
    # Quadratic phases keep the peaks of bright cycles low.
    spectra = np.zeros((2, _TABLE_SIZE // 2 + 1), dtype=complex)
    spectra[:, 1 : len(weights) + 1] = weights * np.exp(1j * number**2 / 5)
    spectra[1, 1 : len(weights) + 1] *= number**-timbre.darkening
    tables = irfft(spectra, axis=1)
    loudness = np.sqrt(np.mean(tables**2, axis=1, keepdims=True))
    return (tables / np.maximum(loudness, 1e-12)).astype(np.float32)


def _envelope(timbre: Timbre, held: float, time: np.ndarray) -> np.ndarray:
    """Loudness at each time, (n_samples,): rise, decay, and fall after the end."""
    level = np.minimum(time / timbre.attack, 1.0)
    if np.isfinite(timbre.decay):
        level *= np.exp(-time / timbre.decay)
    return level * np.clip((held + timbre.release - time) / timbre.release, 0.0, 1.0)


def play_note(
    timbre: Timbre,
    hertz: float,
    seconds: float,
    *,
    sample_rate: int,
    vibrato: tuple[float, float],
    rng: np.random.Generator,
) -> np.ndarray:
    """Sound of one note.

    Parameters
    ----------
    timbre : Timbre
        The instrument.
    hertz : float
        Frequency of the note.
    seconds : float
        How long the note is held; the release follows.
    sample_rate : int
        Samples per second.
    vibrato : tuple of float
        Depth in cents and rate in hertz.
    rng : numpy.random.Generator
        Source of the breath noise.

    Returns
    -------
    ndarray of float32
        [shape=(int((seconds + release) * sample_rate),)].
    """
    size = int((seconds + timbre.release) * sample_rate)
    time = np.arange(size) / sample_rate
    bright, dark = _tables(timbre, hertz, sample_rate)
    cents, swings = vibrato
    swing = 2 * np.pi * swings
    # The integral of hertz * (1 + depth * sin(swing * t)), counted in table cells.
    cells = time - cents / 1731.0 / swing * np.cos(swing * time)
    cells *= hertz * _TABLE_SIZE
    fade = np.exp(-time / abs(timbre.brightness)).astype(np.float32)
    if timbre.brightness < 0:
        fade = 1 - fade
    sound = np.zeros(size, dtype=np.float32)
    voices = (0.0,) if timbre.pair_cents == 0 else (0.0, timbre.pair_cents)
    for voice in voices:
        at = (cells * 2 ** (voice / 1200)).astype(np.int64) & (_TABLE_SIZE - 1)
        sound += dark[at] + fade * (bright[at] - dark[at])
    sound /= len(voices)
    if timbre.breath:
        sound += 4 * timbre.breath * rng.standard_normal(size, dtype=np.float32)
    return sound * _envelope(timbre, seconds, time).astype(np.float32)


def band_noise(
    size: int,
    low: float,
    high: float,
    *,
    sample_rate: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """White noise between two frequencies, of RMS about 1.

    Parameters
    ----------
    size : int
        Number of samples.
    low, high : float
        The band in hertz; cut off below the Nyquist frequency.
    sample_rate : int
        Samples per second.
    rng : numpy.random.Generator
        Source of the noise.

    Returns
    -------
    ndarray of float32
        [shape=(size,)].
    """
    high = min(high, 0.45 * sample_rate)
    low = min(low, 0.6 * high)
    sections = butter(1, (low, high), "bandpass", fs=sample_rate, output="sos")
    noise = rng.standard_normal(size, dtype=np.float32)
    gain = np.sqrt(0.5 * sample_rate / (high - low))
    return gain.astype(np.float32) * sosfilt(sections.astype(np.float32), noise)


def play_drum(
    drum: str, *, tuning: float, sample_rate: int, rng: np.random.Generator
) -> np.ndarray:
    """Sound of one stroke.

    Parameters
    ----------
    drum : str
        A key of `DRUMS`.
    tuning : float
        Factor on every frequency.
    sample_rate : int
        Samples per second.
    rng : numpy.random.Generator
        Source of the noise.

    Returns
    -------
    ndarray of float32
        [shape=(n_samples,)].
    """
    kind = DRUMS[drum]
    longest = max(kind.noise_decay, kind.tone_decay if kind.tone else 0.0)
    time = np.arange(int(5 * longest * sample_rate)) / sample_rate
    low, high = kind.band
    stroke = band_noise(
        len(time), tuning * low, tuning * high, sample_rate=sample_rate, rng=rng
    )
    stroke *= kind.noise * np.exp(-time / kind.noise_decay)
    if kind.tone:
        fall = 0.03 * kind.drop * (1 - np.exp(-time / 0.03))
        tone = np.sin(2 * np.pi * tuning * kind.hertz * (time + fall))
        stroke += kind.tone * tone * np.exp(-time / kind.tone_decay)
    return (stroke * np.minimum(time / kind.attack, 1.0)).astype(np.float32)


def _equaliser(
    tilt: float, humps: Sequence[tuple[float, float]], sample_rate: int
) -> np.ndarray:
    """Taps of a filter with `tilt` dB per octave and humps (hertz, dB)."""
    hertz = np.linspace(0, sample_rate / 2, _EQ_TAPS // 2 + 1)
    octaves = np.log2(np.maximum(hertz, 40.0) / 600.0)
    decibels = tilt * octaves
    for centre, gain in humps:
        decibels += gain * np.exp(-((octaves - np.log2(centre / 600.0)) ** 2))
    response = 10 ** (np.clip(decibels, -36, 24) / 20)
    return np.roll(irfft(response), _EQ_TAPS // 2) * np.hanning(_EQ_TAPS)


def add_room(
    sound: np.ndarray,
    *,
    tilt: float,
    humps: Sequence[tuple[float, float]],
    reverb: float,
    wet: float,
    n_channels: int,
    sample_rate: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Equalise a song and play it in a room.

    Parameters
    ----------
    sound : ndarray of float32
        The dry song. [shape=(n_samples,)].
    tilt : float
        Decibels per octave.
    humps : sequence of tuple of float
        Hertz and decibels of each hump of the equaliser.
    reverb : float
        Seconds until the room has faded by 60 dB.
    wet : float
        Amplitude of the room beside the direct sound.
    n_channels : int
        Channels of the result, each with reflections of its own.
    sample_rate : int
        Samples per second.
    rng : numpy.random.Generator
        Source of the reflections.

    Returns
    -------
    ndarray of float32
        [shape=(n_samples, n_channels)].
    """
    taps = _equaliser(tilt, humps, sample_rate)
    size = int(reverb * sample_rate)
    fading = np.exp(-6.9 * np.arange(size) / size)
    rooms = np.empty((n_channels, size))
    for room in rooms:
        room[:] = band_noise(size, 150, 5000, sample_rate=sample_rate, rng=rng)
        room *= fading
        room *= wet / np.sqrt(np.sum(room**2))
        room[0] += rng.uniform(0.8, 1.2) if n_channels > 1 else 1.0
    # (n_channels, n_taps + size - 1), and then as many samples more than the song has
    responses = oaconvolve(rooms, taps[None], axes=1).astype(np.float32)
    channels = oaconvolve(sound[None], responses, axes=1)
    return channels[:, _EQ_TAPS // 2 :][:, : len(sound)].T
