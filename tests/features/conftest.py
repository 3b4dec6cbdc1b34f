"""Fixtures of featurizers: windows of synthesised songs."""

import numpy as np
import pytest

from skgenre import FrameWindower


@pytest.fixture(scope="module")
def audio(song_files):
    """Windows of 2 s of five songs, read when asked for."""
    return FrameWindower(2.0).fit_transform(song_files.data[::6])


@pytest.fixture
def waveforms():
    """Three songs of noise, 2, 3 and 1.36 s."""
    rng = np.random.default_rng(0)
    return [0.1 * rng.normal(size=n).astype(np.float32) for n in (44100, 66150, 30000)]


@pytest.fixture
def windows(waveforms):
    """Windows of 1 s of the waveforms: 3, 5 and 1."""
    return FrameWindower(1.0).fit_transform(waveforms)
