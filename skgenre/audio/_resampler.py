"""Samples at another rate, block by block, in bounded memory whatever a header says."""

import math
from collections.abc import Iterator

import numpy as np

from skgenre.audio._errors import AudioError

# No more samples come out at a time, whatever the rates.
_RESAMPLED_AT_ONCE = 2**20
# A recording that is to become so many times as many samples holds nothing of what the
# windows ask for, and one that is to become so few is all gone: such headers are wrong.
MOST_UPSAMPLED = 64
MOST_DOWNSAMPLED = 4096


class Resampler:
    """Brings samples to another rate, block by block.

    Parameters
    ----------
    native_rate, sample_rate : float
        Samples per second, before and after.

    Raises
    ------
    AudioError
        If no recording has such a rate.
    """

    def __init__(self, native_rate: float, sample_rate: float) -> None:
        import soxr

        _check_rates(native_rate, sample_rate)
        self._rates = native_rate, sample_rate
        self._at_once = max(1, int(_RESAMPLED_AT_ONCE * native_rate / sample_rate))
        self._n_native = self._n_samples = 0
        self._stream = soxr.ResampleStream(
            native_rate, sample_rate, num_channels=1, dtype="float32", quality="HQ"
        )

    def push(self, block: np.ndarray) -> Iterator[np.ndarray]:
        """Resample a block; some of it may come with the next.

        Parameters
        ----------
        block : float32 array of shape (n_samples,)
            What follows.

        Yields
        ------
        float32 array
            Samples.
        """
        self._n_native += len(block)
        for first in range(0, len(block), self._at_once):
            part = block[first : first + self._at_once]
            resampled = self._stream.resample_chunk(part)
            self._n_samples += len(resampled)
            yield resampled

    def finish(self) -> np.ndarray:
        """Give what is left.

        Returns
        -------
        float32 array
            Samples.
        """
        rest = self._stream.resample_chunk(np.zeros(0, np.float32), last=True)
        native_rate, sample_rate = self._rates
        # soxr rounds the length; librosa, which this equals, rounds it up.
        n_wanted = math.ceil(self._n_native * sample_rate / native_rate)
        missing = max(0, n_wanted - self._n_samples)
        return np.pad(rest, (0, max(0, missing - len(rest))))[:missing]


def _check_rates(native_rate: float, sample_rate: float) -> None:
    if sample_rate > MOST_UPSAMPLED * native_rate:
        raise AudioError(
            f"It has {native_rate:,.6g} samples a second, and so no sound above "
            f"{native_rate / 2:,.6g} Hz, but the windows want {sample_rate:,.6g}. "
            "Its header is wrong, or the windows' sample_rate does not fit it."
        )
    if native_rate > MOST_DOWNSAMPLED * sample_rate:
        raise AudioError(
            f"It has {native_rate:,.6g} samples a second, but the windows want "
            f"{sample_rate:,.6g}: one of {native_rate / sample_rate:,.0f}. Its header "
            "is wrong, or the windows' sample_rate does not fit it."
        )
