"""Small ONNX models of which numpy can tell what they give."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def saved(path, nodes, *, wave=("n", "t"), outputs, constants=(), about=None):
    """Write a model of these nodes, whose input is called wave."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("wave", TensorProto.FLOAT, list(wave))],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in outputs.items()
        ],
        [
            numpy_helper.from_array(np.asarray(value, np.float32), name)
            for name, value in dict(constants).items()
        ],
    )
    model = helper.make_model(
        graph, ir_version=8, opset_imports=[helper.make_opsetid("", 12)]
    )
    helper.set_model_props(model, about or {})
    path.write_bytes(model.SerializeToString())
    return path


def dense_model(path, n_samples, *, n_rows="n", about=None, seed=0):
    """Two layers, tanh(x A) and its product with B, for windows of one length.

    Returns the path, and a function that computes the same in numpy.
    """
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(n_samples, 5)) / np.sqrt(n_samples)
    second = rng.normal(size=(5, 3))
    saved(
        path,
        [
            helper.make_node("MatMul", ["wave", "A"], ["product"]),
            helper.make_node("Tanh", ["product"], ["hidden"]),
            helper.make_node("MatMul", ["hidden", "B"], ["logits"]),
        ],
        wave=(n_rows, n_samples),
        outputs={"logits": [n_rows, 3], "hidden": [n_rows, 5]},
        constants={"A": first, "B": second},
        about=about,
    )

    def compute(windows):
        hidden = np.tanh(np.asarray(windows, np.float64) @ first)
        return {"hidden": hidden, "logits": hidden @ second}

    return path, compute


def level_model(path, **about):
    """Mean of squares and largest sample, for windows of any length."""
    return saved(
        path,
        [
            helper.make_node("Mul", ["wave", "wave"], ["square"]),
            helper.make_node("ReduceMean", ["square"], ["power"], axes=[1]),
            helper.make_node("ReduceMax", ["wave"], ["peak"], axes=[1]),
            helper.make_node("Concat", ["power", "peak"], ["level"], axis=1),
        ],
        outputs={"level": ["n", 2]},
        about={"sample_rate": "16000", **about},
    )
