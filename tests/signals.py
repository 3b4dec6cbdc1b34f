"""Waveforms that features are tried on."""

import numpy as np


def tones(sample_rate, seconds):
    """Notes with attacks, partials and a little noise: tonal, rhythmic, quiet."""
    t = np.arange(int(sample_rate * seconds)) / sample_rate
    rng = np.random.default_rng(1)
    y = np.zeros_like(t)
    for start in np.arange(0, seconds, 0.5):
        note = 220 * 2 ** (rng.integers(24) / 12)
        since = np.maximum(t - start, 0)
        envelope = np.exp(-4 * since) * (t >= start)
        y += envelope * sum(np.sin(2 * np.pi * note * h * t) / h for h in (1, 2, 3, 4))
    return (0.2 * y + 1e-3 * rng.normal(size=len(t))).astype(np.float32)


def noise(sample_rate, seconds):
    """White noise."""
    rng = np.random.default_rng(0)
    n_samples = int(sample_rate * seconds)
    return (0.1 * rng.normal(size=n_samples)).astype(np.float32)


def half_silent(sample_rate, seconds):
    """White noise, then zeros."""
    y = noise(sample_rate, seconds)
    y[len(y) // 2 :] = 0
    return y


def silence(sample_rate, seconds):
    """Zeros."""
    return np.zeros(int(sample_rate * seconds), np.float32)
