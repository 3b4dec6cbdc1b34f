"""TFLiteFeaturizer: features of each window by a network in a TFLite file."""

import importlib
import os
from collections.abc import Sequence
from functools import cache
from numbers import Integral
from typing import Any, ClassVar, Self

import joblib
import numpy as np
from numpy.typing import NDArray

from skgenre._optional import require
from skgenre._sklearn import Interval
from skgenre.audio._quiet import without_chatter
from skgenre.features._model_file import ModelFile, find_model
from skgenre.features._network import (
    AboutModel,
    InputShape,
    Network,
    NetworkFeaturizer,
    Pooling,
    Shape,
)
from skgenre.features._sessions import borrowed


class TFLiteNetwork(Network):
    """A network that LiteRT runs: one interpreter for each thread at work."""

    packages = ("ai-edge-litert", "soxr")

    def input_shape(self) -> InputShape:
        """How the network wants its waveforms."""
        with self._interpreter() as interpreter:
            (wave,) = interpreter.get_input_details()
        return InputShape.of(_shape(wave), name=self.file.name)

    def run(self, batch: NDArray[Any]) -> list[NDArray[Any]]:
        """Give what comes out of each layer, for a batch of the right shape."""
        with self._interpreter() as interpreter:
            (wave,) = interpreter.get_input_details()
            if tuple(wave["shape"]) != batch.shape:
                interpreter.resize_tensor_input(wave["index"], batch.shape)
                interpreter.allocate_tensors()
            interpreter.set_tensor(wave["index"], batch.astype(wave["dtype"]))
            interpreter.invoke()
            places = _places(interpreter, self.layers, name=self.file.name)
            return [interpreter.get_tensor(place) for place in places]

    def _interpreter(self) -> Any:
        return _interpreter(self.file, self.layers, self.threads)


class TFLiteFeaturizer(NetworkFeaturizer):
    """Features of each window by a network in a TFLite file, such as an embedding.

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
    layers : str, int, or sequence of these, default=None
        Arrays of the network whose features are wanted, side by side, by name or
        number: outputs, or what is within it, which is slower, since nothing may be
        fused then. The first output if None.
    model_rate : float
        Samples per second that the network wants. No TFLite file says it.
    model_seconds : float, default=None
        How much it hears at a time; what the shape of its input says if None, and
        whole windows if that says nothing.
    pooling : {"mean", "max"}, default=None
        What is done to layers of more than two axes, over all axes but the first and
        the last: "mean" or "max" over time. All numbers side by side if None.
    batch_size : int, default=8
        Pieces at a time, where the network takes several.
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
        "name", "sample_rate", "seconds", "sha256", and shapes of "inputs" and "layers"
        by name.
    layers_ : list of (str or int)
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
    OnnxFeaturizer : The same for ONNX files, whose networks may be batched.

    Examples
    --------
    >>> from skgenre import FrameWindower
    >>> from skgenre.features import TFLiteFeaturizer
    >>> ears = TFLiteFeaturizer("ears.tflite", model_rate=48000, layers=[545])
    >>> ears.fit(FrameWindower(3.0).fit_transform(["song.wav"]))
    Traceback (most recent call last):
    FileNotFoundError: Got model='ears.tflite', but ...ears.tflite is not there...
    """

    _network_type = TFLiteNetwork
    _names_of_layers = (str, Integral)
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **NetworkFeaturizer._parameter_constraints,
        "layers": ["array-like", str, Integral, None],
        "threads": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        model: str | os.PathLike[str] | bytes,
        *,
        layers: Sequence[str | int] | str | int | None = None,
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
        with _interpreter(file, (), 1) as interpreter:
            waves = interpreter.get_input_details()
            outputs = interpreter.get_output_details()
        if len(waves) != 1 or waves[0]["dtype"] not in (np.float32, np.float64):
            kinds = [f"{w['name']} ({np.dtype(w['dtype'])})" for w in waves]
            raise ValueError(
                f"Got {file.name}, which takes {kinds}, but expected a model of one "
                "input, the waveform as float32. Take FunctionFeaturizer for others."
            )
        return AboutModel(
            {waves[0]["name"]: _shape(waves[0])},
            {output["name"]: _shape(output) for output in outputs},
            {},
        )

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [_Level("level.tflite", model_rate=16000)]


class _Level(TFLiteFeaturizer):
    """An example whose network is made when it is needed, which starts TensorFlow."""

    def _find(self, sha256: str = "") -> ModelFile:
        return find_model(example_model(), sha256=sha256)


def _interpreter(file: ModelFile, layers: tuple[str | int, ...], threads: int) -> Any:
    """Borrow an interpreter; one that keeps what is within if that is asked for."""
    key = ("tflite", file.sha256, layers, threads)
    return borrowed(key, lambda: _open(file, layers, threads))


def _open(file: ModelFile, layers: tuple[str | int, ...], threads: int) -> Any:
    require("ai_edge_litert", "tflite", "TFLiteFeaturizer")
    litert = importlib.import_module("ai_edge_litert.interpreter")
    file.check()
    content = file.path.read_bytes() if file.path is not None else file.content
    settings: dict[str, Any] = {"model_content": content, "num_threads": threads}
    try:
        with without_chatter():
            interpreter = litert.Interpreter(**settings)
            outputs = {out["index"] for out in interpreter.get_output_details()}
            places = _places(interpreter, layers, name=file.name)
            if not set(places) <= outputs:
                # What is within may be fused away, or overwritten by what follows.
                plain = litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
                interpreter = litert.Interpreter(
                    **settings,
                    experimental_preserve_all_tensors=True,
                    experimental_op_resolver_type=plain,
                )
            interpreter.allocate_tensors()
            return interpreter
    except UnknownLayerError:
        raise
    except Exception as error:
        raise ValueError(
            f"Got {file.name}, but expected a TFLite model that LiteRT opens ({error})."
            " Fetch it again."
        ) from error


class UnknownLayerError(ValueError):
    """A network has no layer of that name."""


def _places(interpreter: Any, layers: tuple[str | int, ...], *, name: str) -> list[int]:
    """Numbers of arrays that are given by name or number."""
    outputs = interpreter.get_output_details()
    known = [*outputs, *interpreter.get_tensor_details()]
    by_name = {array["name"]: array["index"] for array in reversed(known)}
    numbers = {array["index"] for array in known}
    places: list[int] = []
    for layer in layers:
        place = by_name.get(layer, -1) if isinstance(layer, str) else int(layer)
        if place not in numbers:
            raise UnknownLayerError(
                f"Got layers={list(layers)!r}, but {name} has no {layer!r}. Its "
                f"outputs are {[out['name'] for out in outputs]}; the last of its "
                f"{len(numbers)} arrays {[a['name'] for a in known[-8:]]}."
            )
        places.append(place)
    return places


def _shape(array: dict[str, Any]) -> Shape:
    """Shape with None for axes of any length."""
    signature = array.get("shape_signature")
    shape = array["shape"] if signature is None or not len(signature) else signature
    return tuple(int(n) if n > 0 else None for n in shape)


@cache
def example_model() -> bytes:
    """Make a small network: mean square and largest sample of each window.

    Returns
    -------
    bytes
        A TFLite file.
    """
    from skgenre._keras import load_keras

    load_keras("TFLiteFeaturizer")  # TensorFlow, without its chatter
    tensorflow = require("tensorflow", "keras", "TFLiteFeaturizer")
    any_windows = tensorflow.TensorSpec([None, None], tensorflow.float32)

    @tensorflow.function(input_signature=[any_windows])
    def level(windows: Any) -> Any:
        power = tensorflow.reduce_mean(windows * windows, axis=1)
        return tensorflow.stack([power, tensorflow.reduce_max(windows, axis=1)], axis=1)

    home = tensorflow.Module()
    home.level = level
    with without_chatter():
        return tensorflow.lite.TFLiteConverter.from_concrete_functions(
            [level.get_concrete_function()], home
        ).convert()
