import numpy as np
import pytest

from skgenre.embeddings._graph import Graph
from skgenre.embeddings._highest_match import frames_of_spectrum, highest_match

pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")


def found_by_graph(image, kernel, n_bands):
    graph = Graph("the test")
    shape = graph.constant([0, 1, -1, n_bands], np.int64)
    wave = graph.node("Reshape", "x", shape)
    frames = frames_of_spectrum(graph, wave, n_bands=n_bands, n_frames=kernel.shape[2])
    highest = highest_match(graph, frames, kernel, n_bands=n_bands)
    flat = graph.constant([0, -1], np.int64)
    graph.node("Reshape", highest, flat, output="y")
    n_samples, width = image[0].size, image.shape[1] * len(kernel)
    model = graph.to_bytes(
        input_name="x", n_samples=n_samples, outputs={"y": width}, metadata={}
    )
    rows = image.reshape(len(image), -1).astype(np.float32)
    (found,) = ort.InferenceSession(model).run(None, {"x": rows})
    return found.reshape(len(image), -1, len(kernel))


def by_hand(image, kernel):
    """Each sum written out: (n, T, n_channels)."""
    n_frames, width = kernel.shape[2:]
    before = n_frames // 2
    padded = np.pad(image, [(0, 0), (before, before), (0, 0)])
    heights = []
    for low in range(image.shape[2] - width + 1):
        total = np.zeros((*image.shape[:2], len(kernel)))
        for frame in range(n_frames):
            part = padded[:, frame : frame + image.shape[1], low : low + width]
            total += part @ kernel[:, 0, frame].T
        heights.append(total)
    return np.max(heights, axis=0)


# Odd and even numbers of heights, one height only; more channels than go at a time.
@pytest.mark.parametrize(
    ("width", "n_channels"), [(7, 3), (8, 3), (12, 2), (1, 2), (6, 120)]
)
def test_equals_a_convolution_and_its_highest(width, n_channels):
    rng = np.random.default_rng(width)
    image = rng.normal(size=(2, 9, 12))
    kernel = rng.normal(size=(n_channels, 1, 5, width)).astype(np.float32)
    found = found_by_graph(image, kernel, 12)
    np.testing.assert_allclose(found, by_hand(image, kernel), atol=1e-5)
