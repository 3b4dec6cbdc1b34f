"""OnnxFeaturizer: features of each window by a network in an ONNX file."""

import json
import os
from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar, Self

import joblib
import numpy as np
from numpy.typing import NDArray

from skgenre._optional import require
from skgenre._sklearn import Interval
from skgenre.features._model_file import ModelFile
from skgenre.features._network import (
    AboutModel,
    InputShape,
    Network,
    NetworkFeaturizer,
    Pooling,
    Shape,
)
from skgenre.features._sessions import shared

_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
}
# Numbers among what files say of themselves, and lists; the rest is text.
_NUMBERS = ("sample_rate", "seconds")
_LISTS = ("labels",)
_TEXTS = ("name", "license", "citation", "trained_on")
# How a file says where else weights are: a key, as protobuf has it.
_ELSEWHERE = b"\x0a\x08location\x12"


class OnnxNetwork(Network):
    """A network that onnxruntime runs."""

    packages = ("onnxruntime", "soxr")

    def input_shape(self) -> InputShape:
        """How the network wants its waveforms."""
        (wave,) = self._opened().get_inputs()
        return InputShape.of(_shape(wave.shape), name=self.file.name)

    def run(self, batch: NDArray[Any]) -> list[NDArray[Any]]:
        """Give what comes out of each layer, for a batch of the right shape."""
        session = self._opened()
        (wave,) = session.get_inputs()
        given = {wave.name: batch.astype(_TYPES[wave.type], copy=False)}
        return session.run([str(layer) for layer in self.layers], given)

    def _opened(self) -> Any:
        layers = tuple(str(layer) for layer in self.layers)
        return _session(self.file, layers, self.threads)


class OnnxFeaturizer(NetworkFeaturizer):
    """Features of each window by a network in an ONNX file, such as an embedding.

    Any network that takes waveforms. Windows are brought to its rate; those that are
    longer than what it hears at a time are cut into pieces that overlap by half, the
    last of which ends with the window, and its features are averaged; those that are
    shorter are repeated.

    Parameters
    ----------
    model : str, Path or bytes
        The file, or its content, which then is part of pickles and of what
        `save_model` writes. A file is needed wherever the features are computed, and
        checked to be the one that was fitted with.
    layers : str or sequence of str, default=None
        Outputs of the network whose features are wanted, side by side; the first one
        if None. Names of arrays within it, too, which needs the package onnx.
    model_rate : float, default=None
        Samples per second that the network wants; what the file says if None.
    model_seconds : float, default=None
        How much it hears at a time; what the file says if None, and whole windows if
        it says nothing.
    pooling : {"mean", "max"}, default=None
        What is done to layers of more than two axes, over all axes but the first and
        the last: "mean" or "max" over time. All numbers side by side if None.
    batch_size : int, default=8
        Pieces at a time; changes nothing but speed and memory.
    threads : int, default=1
        Threads of a song; with `n_jobs`, songs side by side are the better use.
    sample_rate : float, default=None
        Samples per second, where `X` is a plain array: 22,050 if None.
        `SongWindows` know their own.
    memory : str, Path or joblib.Memory, default=None
        Cache of each song's features, keyed by the song's file (path, size, time of
        change), the content of the network's, and `layers`, `model_rate`,
        `model_seconds` and `pooling`.
    output : str or Path, default=None
        A ``.npy`` file for the features of `SongWindows`, which then stay there;
        `SongWindows.open` finds them again. In memory if None.
    n_jobs : int, default=None
        Songs at a time, as in joblib.
    verbose : int, default=0
        Above 0 shows a progress bar.

    Attributes
    ----------
    model_info_ : dict
        What the file tells: "name" (else that of the file), "license", "citation",
        "trained_on" and "labels" (None if it does not say), "sample_rate", "seconds",
        "sha256", and shapes of "inputs" and "layers" by name.
    layers_ : list of str
        The layers whose features are taken.
    n_features_out_ : int
        Features per window. Learned in fit, where one window of a quiet 440 Hz tone
        goes through the network.
    errors_ : dict
        Why songs of the last `transform` have no features: ``{song_id: reason}``.
    sample_rate_ : float
        Samples per second of the windows seen in fit.
    n_features_in_ : int
        Samples per window.

    See Also
    --------
    FunctionFeaturizer : Features by any function.
    FeatureStack : Joins these with other features.

    Notes
    -----
    What a file says of itself stands in its metadata (``metadata_props``): the texts
    "name", "license", "citation" and "trained_on", the numbers "sample_rate" (hertz)
    and "seconds", and "labels", a list in JSON.

    Examples
    --------
    A network of two layers, made by hand, which measures loudness and peak:

    >>> from onnx import TensorProto, helper
    >>> graph = helper.make_graph(
    ...     [helper.make_node("ReduceL2", ["wave"], ["loudness"], axes=[1]),
    ...      helper.make_node("ReduceMax", ["wave"], ["peak"], axes=[1])],
    ...     "level",
    ...     [helper.make_tensor_value_info("wave", TensorProto.FLOAT, ["n", "t"])],
    ...     [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 1])
    ...      for name in ("loudness", "peak")],
    ... )
    >>> network = helper.make_model(
    ...     graph, ir_version=8, opset_imports=[helper.make_opsetid("", 12)]
    ... )
    >>> helper.set_model_props(network, {"sample_rate": "16000", "name": "level"})

    >>> import numpy as np
    >>> from skgenre import FrameWindower
    >>> from skgenre.features import OnnxFeaturizer
    >>> songs = [np.sin(np.arange(22050 * 4) / 50)]
    >>> windows = FrameWindower(1.0).fit_transform(songs)
    >>> level = OnnxFeaturizer(
    ...     network.SerializeToString(), layers=["loudness", "peak"]
    ... )
    >>> level.fit_transform(windows)
    SongWindows(n_songs=1, n_windows=7, window_shape=(2,), dtype=float32)
    >>> level.get_feature_names_out().tolist()
    ['level_0', 'level_1']
    """

    _network_type = OnnxNetwork
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **NetworkFeaturizer._parameter_constraints,
        "threads": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        model: str | os.PathLike[str] | bytes,
        *,
        layers: Sequence[str] | str | None = None,
        model_rate: float | None = None,
        model_seconds: float | None = None,
        pooling: Pooling = None,
        batch_size: int = 8,
        threads: int = 1,
        sample_rate: float | None = None,
        memory: str | os.PathLike[str] | joblib.Memory | None = None,
        output: str | os.PathLike[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            model,
            layers=layers,
            model_rate=model_rate,
            model_seconds=model_seconds,
            pooling=pooling,
            batch_size=batch_size,
            sample_rate=sample_rate,
            memory=memory,
            output=output,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.threads = threads

    def _how_to_run(self) -> dict[str, Any]:
        return {"threads": int(self.threads)}

    def _about(self, file: ModelFile) -> AboutModel:
        session = _session(file, (), 1)
        inputs = {i.name: _shape(i.shape) for i in session.get_inputs()}
        if len(inputs) != 1:
            raise ValueError(
                f"Got {file.name}, which takes {sorted(inputs)}, but expected a model "
                "of one input, the waveform. Take FunctionFeaturizer for others."
            )
        layers = {o.name: _shape(o.shape) for o in session.get_outputs()}
        metadata = session.get_modelmeta().custom_metadata_map
        _check_whole(file, metadata)
        told = _told(metadata, file)
        return AboutModel(inputs, layers, told)

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls(example_model())]


def _session(file: ModelFile, layers: tuple[str, ...], threads: int) -> Any:
    """Open a network once in a process, with these layers among its outputs."""
    key = ("onnx", file.sha256, layers, threads)
    return shared(key, lambda: _open(file, layers, threads))


def _open(file: ModelFile, layers: tuple[str, ...], threads: int) -> Any:
    runtime = require("onnxruntime", "onnx", "OnnxFeaturizer")
    file.check()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors, which are raised
    # Else threads that wait would take the cores of other songs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    content = file.content if file.path is None else str(file.path)
    try:
        session = runtime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        outputs = [output.name for output in session.get_outputs()]
        if set(layers) <= set(outputs):
            return session
        content = _with_outputs(file, layers, outputs)
        return runtime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
    except (ValueError, ModuleNotFoundError):
        raise
    except Exception as error:
        raise ValueError(
            f"Got {file.name}, but expected an ONNX model that onnxruntime "
            f"{runtime.__version__} opens ({error}). Fetch it again."
        ) from error


def _check_whole(file: ModelFile, metadata: dict[str, str]) -> None:
    """Complain of weights in another file, which the checksum would not know."""
    content = file.path.read_bytes() if file.path is not None else file.content or b""
    if content.count(_ELSEWHERE) > ("location" in metadata):
        raise ValueError(
            f"Got {file.name}, which keeps weights in another file, but expected all "
            "in one, so that a checksum tells what the network is. Write one with: "
            "onnx.save(onnx.load('two.onnx'), 'one.onnx')."
        )


def _with_outputs(
    file: ModelFile, layers: tuple[str, ...], outputs: list[str]
) -> bytes:
    """Content of a model in which arrays from within come out."""
    onnx = require("onnx", "onnx", f"OnnxFeaturizer(layers={list(layers)!r})")
    model = (
        onnx.load_from_string(file.content)
        if file.path is None
        else onnx.load(str(file.path))
    )
    inside = {name for node in model.graph.node for name in node.output}
    if unknown := sorted(set(layers) - inside):
        raise ValueError(
            f"Got layers={list(layers)!r}, but {file.name} has no {unknown[0]!r}. Its "
            f"outputs are {outputs}; the last arrays within it "
            f"{[node.output[0] for node in model.graph.node[-8:]]}."
        )
    new = [layer for layer in layers if layer not in outputs]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in new)
    return model.SerializeToString()


def _shape(shape: Sequence[Any]) -> Shape:
    """Shape with None for axes that have a name, or no length yet."""
    return tuple(n if isinstance(n, int) and n > 0 else None for n in shape)


def _told(metadata: dict[str, str], file: ModelFile) -> dict[str, Any]:
    """What a model's metadata say, of what is known here."""
    told: dict[str, Any] = {name: metadata.get(name) for name in _TEXTS}
    try:
        for name in _NUMBERS:
            told[name] = float(metadata[name]) if name in metadata else None
        for name in _LISTS:
            told[name] = json.loads(metadata[name]) if name in metadata else None
    except ValueError as error:
        raise ValueError(
            f"Got {name}={metadata[name]!r} in the metadata of {file.name}, but "
            "expected a number, or of labels a list in JSON. Write it anew."
        ) from error
    return told


def example_model() -> bytes:
    """Make a small network: mean square and largest sample of each window.

    Returns
    -------
    bytes
        An ONNX file.
    """
    onnx = require("onnx", "onnx", "OnnxFeaturizer")
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [
        helper.make_node("Mul", ["wave", "wave"], ["square"]),
        helper.make_node("ReduceMean", ["square"], ["power"], axes=[1]),
        helper.make_node("ReduceMax", ["wave"], ["peak"], axes=[1]),
        helper.make_node("Concat", ["power", "peak"], ["level"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "level",
        [helper.make_tensor_value_info("wave", number, ["windows", "samples"])],
        [helper.make_tensor_value_info("level", number, ["windows", 2])],
    )
    model = helper.make_model(
        graph, ir_version=8, opset_imports=[helper.make_opsetid("", 12)]
    )
    helper.set_model_props(model, {"name": "level", "sample_rate": "16000"})
    return model.SerializeToString()
