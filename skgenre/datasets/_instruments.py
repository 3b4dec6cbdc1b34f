"""The instruments and drums that `make_songs` plays, as data."""

from dataclasses import dataclass

import numpy as np

_HARMONICS = np.arange(1.0, 49.0)


@dataclass(frozen=True)
class Timbre:
    """How an instrument sounds.

    Parameters
    ----------
    weights : tuple of float
        Amplitude of harmonic 1, 2, ...; a last harmonic below the Nyquist frequency
        is never needed, higher ones are left out while playing.
    darkening : float
        The dark version of the sound divides harmonic k by ``k ** darkening``.
    attack, release : float
        Seconds in which a note rises, and falls after its end.
    decay : float
        Time constant in seconds in which a held note fades; ``inf`` for none.
    brightness : float
        Time constant in seconds from bright to dark; negative for dark to bright.
    pair_cents : float
        Detuning of a second voice; 0 for a single one.
    breath : float
        Share of noise.
    """

    weights: tuple[float, ...]
    darkening: float = 0.5
    attack: float = 0.005
    release: float = 0.03
    decay: float = np.inf
    brightness: float = 0.3
    pair_cents: float = 0.0
    breath: float = 0.0


def _weights(amplitudes: np.ndarray) -> tuple[float, ...]:
    return tuple(np.abs(amplitudes).tolist())


def _pulse(duty: float) -> tuple[float, ...]:
    return _weights(np.sin(np.pi * _HARMONICS * duty) / _HARMONICS)


def _formant(centre: float, width: float, slope: float) -> tuple[float, ...]:
    """Harmonics falling with k ** -slope below a hump round harmonic `centre`."""
    hump = np.exp(-(((_HARMONICS - centre) / width) ** 2))
    return _weights((0.3 + hump) * _HARMONICS ** -float(slope))


_RICH = 1 / _HARMONICS  # the weights of a saw-tooth

INSTRUMENTS = {
    "piano": Timbre(
        _weights(_RICH**1.4),
        darkening=1.2,
        attack=0.004,
        release=0.12,
        decay=0.9,
        brightness=0.35,
    ),
    "guitar": Timbre(
        _weights(np.sin(0.19 * np.pi * _HARMONICS) * _RICH**1.1),
        darkening=1.3,
        attack=0.003,
        release=0.08,
        decay=0.6,
        brightness=0.25,
    ),
    "strings": Timbre(
        _weights(_RICH**1.3),
        darkening=0.6,
        attack=0.15,
        release=0.25,
        brightness=-0.2,
        pair_cents=11.0,
        breath=0.03,
    ),
    "flute": Timbre(
        (1.0, 0.35, 0.12, 0.05),
        darkening=0.3,
        attack=0.05,
        release=0.08,
        brightness=-0.1,
        breath=0.12,
    ),
    "organ": Timbre(
        (1.0, 0.8, 0.5, 0.6, 0.0, 0.4, 0.0, 0.3),
        darkening=0.2,
        attack=0.02,
        release=0.05,
    ),
    "pad": Timbre(
        _weights(_RICH**1.9),
        darkening=0.8,
        attack=0.9,
        release=1.2,
        brightness=-2.0,
        pair_cents=17.0,
        breath=0.05,
    ),
    "bowl": Timbre(
        (1.0, 0.1, 0.6, 0.05, 0.35, 0.0, 0.2),
        darkening=0.9,
        attack=0.05,
        release=1.5,
        decay=3.0,
        brightness=1.5,
        pair_cents=7.0,
    ),
    "square": Timbre(
        _pulse(0.5),
        darkening=0.1,
        attack=0.001,
        release=0.004,
        decay=0.8,
        brightness=0.4,
    ),
    "pulse": Timbre(
        _pulse(0.25),
        darkening=0.1,
        attack=0.001,
        release=0.004,
        decay=0.5,
        brightness=0.4,
    ),
    "thin pulse": Timbre(
        _pulse(0.125),
        darkening=0.2,
        attack=0.001,
        release=0.004,
        decay=0.4,
    ),
    "triangle": Timbre(
        _weights((_HARMONICS % 2) * _RICH**2),
        darkening=0.1,
        attack=0.002,
        release=0.006,
    ),
    "brass": Timbre(
        _formant(4, 4, 0.8),
        darkening=1.0,
        attack=0.04,
        release=0.06,
        brightness=-0.08,
        pair_cents=5.0,
        breath=0.02,
    ),
    "piccolo": Timbre(
        (1.0, 0.5, 0.25, 0.1),
        darkening=0.3,
        attack=0.02,
        release=0.04,
        brightness=-0.1,
        breath=0.06,
    ),
    "saw": Timbre(
        _weights(_RICH),
        darkening=0.4,
        attack=0.003,
        brightness=0.2,
        pair_cents=13.0,
    ),
    "acid": Timbre(
        _formant(9, 4, 0.7),
        darkening=1.5,
        attack=0.002,
        release=0.02,
        decay=0.25,
        brightness=0.09,
    ),
    "sub bass": Timbre(
        (1.0, 0.4, 0.2, 0.1, 0.05),
        attack=0.004,
        decay=0.6,
        brightness=0.2,
    ),
    "tuba": Timbre(
        _formant(2, 2, 1.2),
        darkening=0.8,
        attack=0.04,
        release=0.07,
        decay=0.8,
        brightness=0.2,
    ),
}


@dataclass(frozen=True)
class Drum:
    """A noise band and a falling tone, each with a decay in seconds."""

    noise: float = 0.0
    band: tuple[float, float] = (200.0, 8000.0)
    noise_decay: float = 0.1
    tone: float = 0.0
    hertz: float = 60.0
    drop: float = 1.0
    tone_decay: float = 0.15
    attack: float = 0.0005


DRUMS = {
    "kick": Drum(0.08, (1000, 6000), 0.006, 1.0, 48, 5.0, 0.16),
    "soft kick": Drum(0.0, (100, 500), 0.02, 0.8, 55, 1.5, 0.13),
    "bass drum": Drum(0.25, (60, 400), 0.12, 0.9, 62, 1.2, 0.3),
    "snare": Drum(0.35, (500, 9000), 0.09, 0.4, 185, 1.2, 0.06),
    "field snare": Drum(0.4, (900, 7000), 0.07, 0.2, 240, 1.1, 0.04),
    "brush": Drum(0.22, (1200, 7000), 0.14, attack=0.05),
    "blip": Drum(0.45, (300, 11000), 0.05, 0.1, 120, 3.0, 0.03),
    "tick": Drum(0.3, (4000, 11000), 0.015),
    "clap": Drum(0.4, (900, 3500), 0.11),
    "hat": Drum(0.3, (6000, 16000), 0.035),
    "cymbal": Drum(0.25, (3000, 14000), 0.5, attack=0.004),
    "gong": Drum(0.06, (150, 1500), 1.2, 0.5, 95, 0.1, 1.6, attack=0.02),
}
