import numpy as np
import pytest

from skgenre.embeddings._graph import Graph, affine

pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")


def doubled():
    graph = Graph("the test")
    out = affine(graph, "x", np.array([2.0]), np.array([1.0]), shape=[1, 1])
    graph.node("Identity", out, output="y")
    return graph


def as_bytes(graph):
    return graph.to_bytes(
        input_name="x", n_samples=3, outputs={"y": 3}, metadata={"name": "doubled"}
    )


def test_a_graph_computes_what_it_says():
    session = ort.InferenceSession(as_bytes(doubled()))
    x = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]], np.float32)
    (y,) = session.run(None, {"x": x})
    np.testing.assert_array_equal(y, 2 * x + 1)
    assert session.get_modelmeta().custom_metadata_map == {"name": "doubled"}


def test_bytes_are_the_same_each_time():
    assert as_bytes(doubled()) == as_bytes(doubled())


def test_equal_constants_are_kept_once():
    graph = Graph("the test")
    assert graph.constant([1.0, 2.0]) == graph.constant(np.array([1, 2]))
    names = {graph.constant([1.0, 2.0]), graph.constant([[1.0, 2.0]])}
    assert len(names | {graph.constant([1, 2], np.int64)}) == 3


def test_what_is_no_graph_is_refused():
    graph = doubled()
    graph.node("Add", "y", "nowhere", output="z")
    with pytest.raises(Exception, match="nowhere"):
        as_bytes(graph)
