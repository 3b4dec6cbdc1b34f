"""Recordings as people have them: damaged, headerless, cut off."""

import numpy as np
import pytest
import soundfile

RATE = 22050


@pytest.fixture(scope="session")
def loud_later():
    """20 s at 22,050 Hz: almost nothing, then noise, so that bit rates differ."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=20 * RATE).astype(np.float32)
    return 0.2 * y * np.where(np.arange(len(y)) < 5 * RATE, 1e-3, 1).astype(np.float32)


@pytest.fixture(scope="session")
def mp3(loud_later, tmp_path_factory):
    """Bytes of a 20 s mp3 of variable bit rate, whose header tells its length."""
    path = tmp_path_factory.mktemp("mp3") / "song.mp3"
    soundfile.write(path, loud_later, RATE, bitrate_mode="VARIABLE")
    return path.read_bytes()
