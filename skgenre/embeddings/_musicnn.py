"""MusiCNN as an ONNX graph of our own, built from the variables of its checkpoint.

::

    waveform ─► log-mel ─► norm ─┬─ 7 x 38, 7 x 67 ──────┐ highest over     ┌─ dense ─►
    (n, 48000)  (n, 187, 96)     └─ 128, 64, 32 frames ──┴─ frequency: 561 ─┤
                                  three layers of 7 frames, each on the last: 64 each
                                      all four, over time: mean and max, 1,506 numbers

J. Pons and X. Serra, "musicnn: Pre-trained convolutional neural networks for music
audio tagging", late-breaking demo of ISMIR 2019. Layers: ``musicnn/models.py``.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skgenre.embeddings._graph import Graph, affine
from skgenre.embeddings._highest_match import frames_of_spectrum, highest_match
from skgenre.embeddings._log_mel import mel_power

Variables = Mapping[str, NDArray[np.float32]]


class Layer(NamedTuple):
    """What comes out of a layer: (n, channels, T), and its mean over time."""

    values: str
    mean: str


SAMPLE_RATE = 16_000
_N_FFT, _HOP, _N_MELS = 512, 256, 96
_EPSILON = 1e-3  # of its batch normalisations
_FRAMES = 7  # of a filter in time
_STATISTICS = ("gamma", "beta", "moving_mean", "moving_variance")


def build_musicnn(variables: Variables, metadata: Mapping[str, Any]) -> bytes:
    """Write MusiCNN as an ONNX file.

    Parameters
    ----------
    variables : mapping of str to float32 array
        Of a checkpoint of MusiCNN, by its names.
    metadata : mapping of str to object
        What else the file says of the model.

    Returns
    -------
    bytes
        The file: waveforms at 16 kHz in, of 48,000 samples as it was trained on, or of
        any other number, as all its layers slide along time; "pools" out, which serve
        other tasks best, their two halves "mean_pool" and "max_pool", "penultimate",
        "logits" and "tags". The same bytes for the same variables.
    """
    graph = Graph("Building MusiCNN")
    image = _image(graph, variables)
    front = _front(graph, image, variables)
    joined = graph.node("Concat", *(layer.values for layer in front), axis=1)
    layers = [*front, *_middle(graph, joined, variables)]
    _pools_and_tags(graph, layers, variables)
    about = {**metadata, "sample_rate": SAMPLE_RATE, "seconds": 3}
    return graph.to_bytes(
        input_name="waveform",
        n_samples="n_samples",
        outputs=_widths(variables),
        metadata={name: _text(value) for name, value in about.items()},
    )


def _widths(variables: Variables) -> dict[str, int]:
    """Numbers per window of each output, in their order."""
    n_pools, n_units = variables["dense/kernel"].shape
    n_tags = len(variables["dense_1/bias"])
    pools = {"pools": n_pools, "mean_pool": n_pools // 2, "max_pool": n_pools // 2}
    return {**pools, "penultimate": n_units, "logits": n_tags, "tags": n_tags}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _norm(variables: Variables, number: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Scale and shift of a batch normalisation, by its moving statistics."""
    name = "batch_normalization" + (f"_{number}" if number else "")
    part = {key: variables[f"{name}/{key}"].astype(float) for key in _STATISTICS}
    scale = part["gamma"] / np.sqrt(part["moving_variance"] + _EPSILON)
    return scale, part["beta"] - scale * part["moving_mean"]


def _filters(variables: Variables, number: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Kernel (out, in, time, frequency) and bias of a convolution."""
    name = "conv2d" + (f"_{number}" if number else "")
    kernel = variables[f"{name}/kernel"]  # (time, frequency, in, out)
    return kernel.transpose(3, 2, 0, 1), variables[f"{name}/bias"]


def _image(graph: Graph, variables: Variables) -> str:
    """Log-mel spectra under the first batch normalisation, (n, 1, T, 96)."""
    mel = mel_power(
        graph,
        "waveform",
        sample_rate=SAMPLE_RATE,
        n_fft=_N_FFT,
        hop_length=_HOP,
        n_mels=_N_MELS,
    )  # (n, 96, T)
    louder = graph.node("Mul", mel, graph.constant(10_000.0))
    log = graph.node("Log", graph.node("Add", louder, graph.constant(1.0)))
    scale, shift = _norm(variables, 0)
    normed = affine(graph, log, scale / np.log(10.0), shift, shape=[1, 1, 1])
    turned = graph.node("Transpose", normed, perm=[0, 2, 1])
    return graph.node("Unsqueeze", turned, graph.constant([1], np.int64))


def _front(graph: Graph, image: str, variables: Variables) -> list[Layer]:
    """Filters of timbre and of rhythm: five layers, 561 channels."""
    frames = frames_of_spectrum(graph, image, n_bands=_N_MELS, n_frames=_FRAMES)
    return [_timbre(graph, frames, variables, number) for number in (0, 1)] + [
        _rhythm(graph, image, variables, number) for number in (2, 3, 4)
    ]


# In both the highest over frequency is taken before the rectifier and the batch
# normalisation, as it is the same and leaves little to compute. Where the scale is
# negative, it is the lowest that becomes the highest: turned around.


def _timbre(graph: Graph, frames: str, variables: Variables, number: int) -> Layer:
    kernel, bias = _filters(variables, number)
    sign = _signs(variables, number + 1)
    turned = kernel * sign[:, None, None, None]
    highest = highest_match(graph, frames, turned, n_bands=_N_MELS)  # (n, T, channels)
    heard = affine(graph, highest, sign, bias, shape=[1, 1, -1])
    in_order = graph.node("Transpose", heard, perm=[0, 2, 1])
    return _rectified(graph, in_order, variables, number + 1)


def _rhythm(graph: Graph, image: str, variables: Variables, number: int) -> Layer:
    kernel, bias = _filters(variables, number)
    sign = _signs(variables, number + 1)
    n_frames = kernel.shape[2]
    heard = graph.node(
        "Conv",
        image,
        graph.constant(kernel * sign[:, None, None, None]),
        # Each frame stays one.
        pads=[n_frames // 2 - 1, 0, n_frames // 2, 0],
    )  # (n, channels, T, frequencies)
    pooled = graph.node("MaxPool", heard, kernel_shape=[1, _N_MELS])
    highest = graph.node("Squeeze", pooled, graph.constant([3], np.int64))
    turned = affine(graph, highest, sign, bias, shape=[1, -1, 1])
    return _rectified(graph, turned, variables, number + 1)


def _signs(variables: Variables, number: int) -> NDArray[Any]:
    """Of the scales of a batch normalisation."""
    scale, _ = _norm(variables, number)
    return np.where(scale < 0, -1.0, 1.0)


def _rectified(graph: Graph, heard: str, variables: Variables, number: int) -> Layer:
    """Rectifier and batch normalisation, and the mean over time."""
    scale, shift = _norm(variables, number)
    rectified = graph.node("Relu", heard)
    normed = affine(graph, rectified, scale, shift, shape=[1, -1, 1])
    # The mean is taken before: of units that never fire it is the shift, to the last
    # bit, where the mean of equal numbers is rounded.
    mean = graph.node("ReduceMean", rectified, axes=[2], keepdims=0)
    return Layer(normed, affine(graph, mean, scale, shift, shape=[1, -1]))


def _middle(graph: Graph, front: str, variables: Variables) -> list[Layer]:
    """Three layers on the front, the latter two with what they read."""
    layers: list[Layer] = []
    for number in (5, 6, 7):
        kernel, bias = _filters(variables, number)  # (64, 1, 7, channels before)
        heard = graph.node(
            "Conv",
            layers[-1].values if layers else front,
            graph.constant(kernel[:, 0].transpose(0, 2, 1)),
            graph.constant(bias),
            pads=[_FRAMES // 2, _FRAMES // 2],
        )
        layer = _rectified(graph, heard, variables, number + 1)
        if layers:
            pairs = zip(layer, layers[-1], strict=True)
            layer = Layer(*(graph.node("Add", *pair) for pair in pairs))
        layers.append(layer)
    return layers


def _pools_and_tags(graph: Graph, layers: list[Layer], variables: Variables) -> None:
    """All outputs."""
    means = graph.node("Concat", *(i.mean for i in layers), axis=1, output="mean_pool")
    joined = graph.node("Concat", *(i.values for i in layers), axis=1)  # (n, 753, T)
    highest = graph.node("ReduceMax", joined, axes=[2], keepdims=0, output="max_pool")
    pools = graph.node("Concat", means, highest, axis=1, output="pools")
    # The checkpoint has them in turns, max before mean, under a batch normalisation.
    scale, shift = _norm(variables, 9)
    kernel = variables["dense/kernel"].astype(float)
    # A sum in this order is the same on every machine.
    bias = variables["dense/bias"] + (shift[:, None] * kernel).sum(axis=0)
    scaled = scale[:, None] * kernel  # (1506, 200)
    ordered = np.concatenate([scaled[1::2], scaled[::2]])
    dense = graph.node("Gemm", pools, graph.constant(ordered), graph.constant(bias))
    rectified = graph.node("Relu", dense)
    scale, shift = _norm(variables, 10)
    scaled_rows = graph.node("Mul", rectified, graph.constant(scale))
    before = graph.node("Add", scaled_rows, graph.constant(shift), output="penultimate")
    logits = graph.node(
        "Gemm",
        before,
        graph.constant(variables["dense_1/kernel"]),
        graph.constant(variables["dense_1/bias"]),
        output="logits",
    )
    graph.node("Sigmoid", logits, output="tags")
