"""Waveforms to mel spectra within a graph, so that a model's file takes waveforms."""

import math

import numpy as np
from numpy.typing import NDArray

from skgenre.embeddings._graph import Graph
from skgenre.features._kernels.tables import mel_filterbank


def mel_power(
    graph: Graph,
    waveform: str,
    *,
    sample_rate: int,
    n_fft: int,
    hop_length: int,
    n_mels: int,
) -> str:
    """Add a mel power spectrogram as librosa has it, its first frame at sample 0.

    The Fourier transform is a convolution with tapered cosines and sines. As in
    ``librosa.feature.melspectrogram``, frames are centred and zeros stand before the
    first sample; frames that would need samples behind the last one are left out.

    Parameters
    ----------
    graph : Graph
        Where to.
    waveform : str
        Of shape (n_windows, n_samples).
    sample_rate, n_fft, hop_length, n_mels : int
        As in librosa.

    Returns
    -------
    str
        Of shape (n_windows, n_mels, n_frames).
    """
    channel = graph.node("Unsqueeze", waveform, graph.constant([1], np.int64))
    parts = graph.node(
        "Conv",
        channel,
        graph.constant(fourier_kernel(n_fft)[:, None]),
        strides=[hop_length],
        pads=[n_fft // 2, 0],
    )  # (n_windows, 2 * n_bins, n_frames)
    filters = mel_filterbank(sample_rate, n_fft, n_mels, 0.0, sample_rate / 2)
    # Real and imaginary parts have the same filters, which adds their squares.
    both = np.concatenate([filters, filters], axis=1)
    squares = graph.node("Mul", parts, parts)
    return graph.node("MatMul", graph.constant(both), squares)


def fourier_kernel(n_fft: int) -> NDArray[np.float32]:
    """Cosines and negative sines of all frequencies, under a periodic Hann window.

    Parameters
    ----------
    n_fft : int
        Length in samples, even.

    Returns
    -------
    float32 array of shape (2 * (1 + n_fft // 2), n_fft)
        Times a frame: real parts of its spectrum, then imaginary parts.
    """
    # Few values, each computed once: the same on every machine.
    circle = [2 * math.pi * i / n_fft for i in range(n_fft)]
    cosines = np.array([math.cos(angle) for angle in circle])
    sines = np.array([math.sin(angle) for angle in circle])
    turns = np.outer(np.arange(1 + n_fft // 2), np.arange(n_fft)) % n_fft
    taper = 0.5 - 0.5 * cosines
    kernel = np.concatenate([cosines[turns], -sines[turns]]) * taper
    return kernel.astype(np.float32)
