"""A graph of ONNX, written node by node, whose bytes are the same each time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skgenre._optional import require

# Fixed, so that a newer onnx writes the same file: what onnxruntime 1.17 reads already.
_OPSET = 17
_IR_VERSION = 8


class Graph:
    """Nodes and constants of a network that is being written.

    Parameters
    ----------
    caller : str
        What needs onnx, for the error where it is not installed.
    """

    def __init__(self, caller: str) -> None:
        self._onnx = require("onnx", "onnx", caller)
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """Keep values; give their name. Equal ones are kept once."""
        array = np.ascontiguousarray(values, dtype=dtype)
        # As raw bytes, of which there is one form only.
        tensor = self._onnx.numpy_helper.from_array(array)
        content = tensor.SerializeToString(deterministic=True)
        for name, known in self._constants.items():
            if known[0] == content:
                return name
        name = f"constant_{len(self._constants)}"
        tensor.name = name
        self._constants[name] = (content, tensor)
        return name

    def node(
        self, operator: str, *inputs: str, output: str | None = None, **attributes: Any
    ) -> str:
        """Add a node; give the name of what comes out."""
        output = f"value_{len(self._nodes)}" if output is None else output
        node = self._onnx.helper.make_node(operator, inputs, [output], **attributes)
        self._nodes.append(node)
        return output

    def to_bytes(
        self,
        *,
        input_name: str,
        n_samples: int | str,
        outputs: Mapping[str, int],
        metadata: Mapping[str, str],
    ) -> bytes:
        """Check the graph, and write it.

        Parameters
        ----------
        input_name : str
            Of the waveforms, (n_windows, n_samples).
        n_samples : int or str
            Of a window; a name if windows may be of any length.
        outputs : mapping of str to int
            Numbers per window of each output, in their order.
        metadata : mapping of str to str
            What is known of the model.

        Returns
        -------
        bytes
            The file.
        """
        onnx = self._onnx
        graph = onnx.helper.make_graph(
            self._nodes,
            "embedding",
            [self._about(input_name, n_samples)],
            [self._about(name, width) for name, width in outputs.items()],
            [tensor for _, tensor in self._constants.values()],
        )
        model = onnx.helper.make_model(
            graph,
            producer_name="skgenre",
            opset_imports=[onnx.helper.make_opsetid("", _OPSET)],
            ir_version=_IR_VERSION,
        )
        onnx.helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model)
        return model.SerializeToString(deterministic=True)

    def _about(self, name: str, width: int | str) -> Any:
        return self._onnx.helper.make_tensor_value_info(
            name, self._onnx.TensorProto.FLOAT, ["n_windows", width]
        )


def affine(
    graph: Graph, value: str, scale: NDArray[Any], shift: NDArray[Any], shape: Sequence
) -> str:
    """Multiply and add constants, of a shape that fits the value.

    Parameters
    ----------
    graph : Graph
        Where to.
    value : str
        What is scaled.
    scale, shift : array
        Constants.
    shape : sequence of int
        Theirs.

    Returns
    -------
    str
        What comes out.
    """
    scaled = graph.node("Mul", value, graph.constant(np.reshape(scale, shape)))
    return graph.node("Add", scaled, graph.constant(np.reshape(shift, shape)))
