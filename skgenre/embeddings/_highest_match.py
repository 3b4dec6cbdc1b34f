"""The highest of a wide convolution over frequency, by way of its Fourier transform.

::

    image ─ transform over frequency ─► spectrum ─┬─ 7 frames side by side ─► x filters
    (n, 1, T, 96)                  (n, 49, T, 2)  │    cosines' part, sines' part
                                                  └─► C + |S| of each pair, the highest

What a filter gives at two frequencies that are as far from the middle is C + S and
C - S, of which C + |S| is the higher one: half of the way back need not be gone. For
filters that are half as high as the image it takes half the time of a convolution.
"""

import math

import numpy as np
from numpy.typing import NDArray

from skgenre.embeddings._graph import Graph

# Channels at a time: more are no faster, and need more memory.
_CHANNELS = 51


def frames_of_spectrum(graph: Graph, image: str, *, n_bands: int, n_frames: int) -> str:
    """Add the spectrum over frequency, with its neighbours in time beside it.

    Parameters
    ----------
    graph : Graph
        Where to.
    image : str
        Of shape (n_windows, 1, T, n_bands).
    n_bands : int
        How high it is, even.
    n_frames : int
        Frames of a filter, odd. There is silence before the first and after the last.

    Returns
    -------
    str
        Of shape (n_windows, n_bands / 2 + 1, T, 2 * n_frames): of each frame real and
        imaginary part.
    """
    n_bins = n_bands // 2 + 1
    cosines, sines = _waves(
        np.outer(2 * np.arange(n_bands), np.arange(n_bins)), n_bands
    )
    there = graph.constant(np.concatenate([cosines, -sines], axis=1))
    spectrum = graph.node("MatMul", image, there)  # (n, 1, T, 2 * n_bins)
    squeezed = graph.node("Squeeze", spectrum, graph.constant([1], np.int64))
    apart = graph.constant([0, 0, 2, n_bins], np.int64)
    parts = graph.node("Reshape", squeezed, apart)  # (n, T, 2, n_bins)
    turned = graph.node("Transpose", parts, perm=[0, 3, 1, 2])  # (n, n_bins, T, 2)
    before = n_frames // 2
    pads = graph.constant([0, 0, before, 0, 0, 0, before, 0], np.int64)
    padded = graph.node("Pad", turned, pads)
    axis = graph.constant([2], np.int64)
    frames = []
    for first in range(n_frames):
        behind = first - n_frames + 1 or np.iinfo(np.int64).max
        start, stop = (graph.constant([i], np.int64) for i in (first, behind))
        frames.append(graph.node("Slice", padded, start, stop, axis))
    return graph.node("Concat", *frames, axis=3)


def highest_match(
    graph: Graph, frames: str, kernel: NDArray[np.floating], *, n_bands: int
) -> str:
    """Add a convolution without padding over frequency, and take the highest there.

    Parameters
    ----------
    graph : Graph
        Where to.
    frames : str
        By `frames_of_spectrum`.
    kernel : float array of shape (n_channels, 1, n_frames, n_kernel_bands)
        As ONNX has it.
    n_bands : int
        Of the image.

    Returns
    -------
    str
        Of shape (n_windows, T, n_channels).
    """
    n_channels, _, _, width = kernel.shape
    n_heights = n_bands - width + 1
    n_bins = n_bands // 2 + 1
    real, imaginary = _kernel_spectrum(kernel[:, 0], n_bands)
    cosines, sines = _way_back(n_heights, n_bands)
    flat = graph.constant([0, n_bins, -1], np.int64)
    highest = []
    for first in range(0, n_channels, _CHANNELS):
        some = slice(first, first + _CHANNELS)
        # Real and imaginary parts of products of complex numbers.
        ways = (
            (cosines, np.stack([real[..., some], -imaginary[..., some]], axis=2)),
            (sines, np.stack([imaginary[..., some], real[..., some]], axis=2)),
        )
        n_some = real[..., some].shape[-1]
        halves = []
        for back, weights in ways:
            rows = weights.reshape(n_bins, -1, n_some)  # (n_bins, 2 * n_frames, n_some)
            product = graph.node("MatMul", frames, graph.constant(rows))
            bins = graph.node("Reshape", product, flat)  # (n, n_bins, T * n_some)
            halves.append(graph.node("MatMul", graph.constant(back), bins))
        even, odd = halves  # (n, n_heights / 2, T * n_some)
        higher = graph.node("Add", even, graph.node("Abs", odd))
        best = graph.node("ReduceMax", higher, axes=[1], keepdims=0)
        shape = graph.constant([0, -1, n_some], np.int64)
        highest.append(graph.node("Reshape", best, shape))
    return graph.node("Concat", *highest, axis=2)


def _waves(
    turns: NDArray[np.integer], n_bands: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cosines and sines, of turns by half of a band."""
    # Few values, each computed once: the same on every machine.
    circle = [math.pi * i / n_bands for i in range(2 * n_bands)]
    at = turns % (2 * n_bands)
    cosines = np.array([math.cos(angle) for angle in circle])
    sines = np.array([math.sin(angle) for angle in circle])
    return cosines[at], sines[at]


def _kernel_spectrum(
    kernel: NDArray[np.floating], n_bands: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Spectrum of (n_channels, n_frames, width), which puts the middle at zero.

    Real and imaginary part, (n_bins, n_frames, n_channels) each.
    """
    width = kernel.shape[2]
    middle = n_bands - width  # in halves of a band
    bins = np.arange(n_bands // 2 + 1)
    bands = kernel.astype(float).transpose(2, 1, 0)  # (width, n_frames, n_channels)
    real = np.zeros((len(bins), *bands.shape[1:]))
    imaginary = np.zeros_like(real)
    # A sum in this order is the same on every machine, as a product of matrices is not.
    for band in range(width):
        cosines, sines = _waves(bins * (2 * band + middle), n_bands)
        real += cosines[:, None, None] * bands[band]
        imaginary += sines[:, None, None] * bands[band]
    return real, imaginary


def _way_back(
    n_heights: int, n_bands: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Inverse transform to the upper half of the heights around the middle.

    Two arrays of shape (ceil(n_heights / 2), n_bins).
    """
    bins = np.arange(n_bands // 2 + 1)
    # In halves of a band from the middle, which lies between two or on one.
    heights = np.arange(1 - n_heights % 2, n_heights, 2)
    weights = np.where((bins == 0) | (bins == n_bands // 2), 1, 2) / n_bands
    cosines, sines = _waves(np.outer(heights, bins), n_bands)
    return cosines * weights, sines * weights
