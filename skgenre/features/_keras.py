"""KerasFeaturizer: features of each window by a Keras model."""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import joblib
import numpy as np
from numpy.typing import NDArray

from skgenre._keras import load_keras
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


@dataclass(frozen=True)
class KerasNetwork(Network):
    """A network that Keras runs.

    Parameters
    ----------
    model : keras.Model or None, default=None
        The model, where it is in no file.
    """

    model: Any = None

    packages = ("keras", "tensorflow", "soxr")

    def input_shape(self) -> InputShape:
        """How the network wants its waveforms."""
        return InputShape.of(tuple(self._opened().inputs[0].shape), name=self.file.name)

    def run(self, batch: NDArray[Any]) -> list[NDArray[Any]]:
        """Give what comes out of each layer, for a batch of the right shape."""
        keras = load_keras("KerasFeaturizer")
        outputs = self._opened()(batch, training=False)
        # Of one layer comes an array, whatever the model was made of.
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        return [keras.ops.convert_to_numpy(output) for output in outputs]

    def _opened(self) -> Any:
        """The part of the model that ends in the layers; once in a process."""
        key = ("keras", self.file.sha256, self.layers)
        return shared(key, self._cut)

    def _cut(self) -> Any:
        keras = load_keras("KerasFeaturizer")
        model = opened(self.file) if self.model is None else self.model
        outputs = _outputs(model, name=self.file.name)
        if unknown := [layer for layer in self.layers if layer not in outputs]:
            raise ValueError(
                f"Got layers={list(self.layers)!r}, but {self.file.name} has no "
                f"{unknown[0]!r}. Its layers are {list(outputs)}."
            )
        return keras.Model(
            model.inputs[0], [outputs[str(name)] for name in self.layers]
        )


class KerasFeaturizer(NetworkFeaturizer):
    """Features of each window by a Keras model, such as an embedding.

    Any Sequential or functional model that takes waveforms. Windows are brought to its
    rate; those that are longer than what it hears at a time are cut into pieces that
    overlap by half, the last of which ends with the window, and its features are
    averaged; those that are shorter are repeated.

    Parameters
    ----------
    model : str, Path or keras.Model
        A ``.keras`` file, or the model, which then is part of pickles.
    layers : str or sequence of str, default=None
        Names of layers whose outputs are wanted, side by side; the last one if None.
    model_rate : float
        Samples per second that the network wants. No Keras file says it.
    model_seconds : float, default=None
        How much it hears at a time; what the shape of its input says if None, and
        whole windows if that says nothing.
    pooling : {"mean", "max"}, default=None
        What is done to layers of more than two axes, over all axes but the first and
        the last: "mean" or "max" over time. All numbers side by side if None.
    batch_size : int, default=8
        Pieces at a time; changes nothing but speed and memory.
    sample_rate : float, default=None
        Samples per second, where `X` is a plain array: 22,050 if None.
        `SongWindows` know their own.
    memory : str, Path or joblib.Memory, default=None
        Cache of each song's features, keyed by the song's file (path, size, time of
        change), the content of the model's, and `layers`, `model_rate`,
        `model_seconds` and `pooling`.
    output : str or Path, default=None
        A ``.npy`` file for the features of `SongWindows`, which then stay there;
        `SongWindows.open` finds them again. In memory if None.
    n_jobs : int, default=None
        Songs at a time, as in joblib. Threads within a song are TensorFlow's affair.
    verbose : int, default=0
        Above 0 shows a progress bar.

    Attributes
    ----------
    model_info_ : dict
        "name", "sample_rate", "seconds", "sha256", and shapes of "inputs" and "layers"
        by name.
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
    OnnxFeaturizer : The same for ONNX files.
    skgenre.neural.KerasWindowClassifier : Whose `embed` gives what a network of windows
        that are no waveforms has in its middle.

    Examples
    --------
    >>> import keras
    >>> import numpy as np
    >>> from skgenre import FrameWindower
    >>> from skgenre.features import KerasFeaturizer
    >>> network = keras.Sequential(
    ...     [keras.Input((16000, 1)),
    ...      keras.layers.AveragePooling1D(100, name="slow"),
    ...      keras.layers.GlobalMaxPooling1D(name="peak")]
    ... )
    >>> songs = [np.sin(np.arange(22050 * 4) / 50)]
    >>> windows = FrameWindower(1.0).fit_transform(songs)
    >>> slow = KerasFeaturizer(network, layers="slow", model_rate=16000)
    >>> slow.fit_transform(windows)
    SongWindows(n_songs=1, n_windows=7, window_shape=(160,), dtype=float32)
    """

    _network_type = KerasNetwork
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **NetworkFeaturizer._parameter_constraints,
        "model": [str, os.PathLike, callable],
    }

    def __init__(
        self,
        model: "str | os.PathLike[str] | Callable[..., Any]",
        *,
        layers: Sequence[str] | str | None = None,
        model_rate: float | None = None,
        model_seconds: float | None = None,
        pooling: Pooling = None,
        batch_size: int = 8,
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

    def _is_object(self) -> bool:
        return not isinstance(self.model, str | os.PathLike)

    def _find(self, sha256: str = "") -> ModelFile:
        if not self._is_object():
            return super()._find(sha256)
        if not hasattr(self.model, "get_weights"):
            raise ValueError(
                f"Got model={self.model!r}, but expected a Keras model, or the path of "
                "a .keras file. FunctionFeaturizer takes functions."
            )
        digest = hashlib.sha256(self.model.to_json().encode())
        for weights in self.model.get_weights():
            digest.update(np.ascontiguousarray(weights).data)
        # One that was trained since fit is another one, and is taken as it is.
        return ModelFile(digest.hexdigest(), None)

    def _about(self, file: ModelFile) -> AboutModel:
        model = self.model if self._is_object() else opened(file)
        outputs = _outputs(model, name=file.name)
        if len(model.inputs) != 1:
            raise ValueError(
                f"Got {file.name}, which takes {[i.name for i in model.inputs]}, but "
                "expected a model of one input, the waveform."
            )
        (wave,) = model.inputs
        last = [name for name, out in outputs.items() if out is model.outputs[0]][-1:]
        names = [*last, *(name for name in outputs if name not in last)]
        layers = {name: _shape(outputs[name]) for name in names}
        return AboutModel({wave.name: _shape(wave)}, layers, {})

    def _how_to_run(self) -> dict[str, Any]:
        return {"model": self.model if self._is_object() else None}

    def _default_name(self) -> str:
        if self._is_object():
            return self.model.name
        return super()._default_name()

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls(example_model(), model_rate=16000)]


def opened(file: ModelFile) -> Any:
    """Open a ``.keras`` file, once in a process.

    Parameters
    ----------
    file : ModelFile
        With a path.

    Returns
    -------
    keras.Model
        Not compiled.
    """
    return shared(("keras", file.sha256), lambda: _open(file))


def _open(file: ModelFile) -> Any:
    keras = load_keras("KerasFeaturizer")
    file.check()
    try:
        return keras.saving.load_model(str(file.path), compile=False)
    except Exception as error:
        raise ValueError(
            f"Got {file.name}, but expected a .keras file that Keras "
            f"{keras.__version__} opens ({error}). Save the model anew, or fetch the "
            "file again."
        ) from error


def _outputs(model: Any, *, name: str) -> dict[str, Any]:
    """What comes out of each layer that is used once, by its name."""
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"Got {name}, of which Keras does not know how its layers are joined, but "
            "expected a Sequential model that starts with keras.Input, or a functional "
            "one. Take FunctionFeaturizer for others."
        )
    outputs = {}
    for layer in model.layers:
        try:
            output = layer.output
        except (AttributeError, ValueError):
            continue  # used several times, or never
        if not isinstance(output, list | tuple | dict):
            outputs[layer.name] = output
    return outputs


def _shape(tensor: Any) -> Shape:
    return tuple(tensor.shape)


def example_model() -> Any:
    """Make a small network: mean and largest sample of each window.

    Returns
    -------
    keras.Model
        Of windows of any length.
    """
    keras = load_keras("KerasFeaturizer")
    wave = keras.Input((None, 1))
    mean = keras.layers.GlobalAveragePooling1D(name="mean")(wave)
    peak = keras.layers.GlobalMaxPooling1D(name="peak")(wave)
    level = keras.layers.Concatenate(name="level")([mean, peak])
    return keras.Model(wave, level, name="level")
