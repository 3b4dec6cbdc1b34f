"""Networks that hear waveforms: what featurizers of all runtimes share.

::

    windows ─ resampled ─► at the network's rate ─ cut_pieces ─► pieces
        ─ batches ─► Network.run ─ pooling ─► a row per piece ─ mean ─► a row per window
"""

import os
from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, NamedTuple

import joblib
import numpy as np
from numpy.typing import NDArray

from skgenre._content_hash import KnownByContent
from skgenre._sklearn import Interval, StrOptions
from skgenre.features._base import WindowFeaturizer, WindowFunction
from skgenre.features._model_file import ModelFile, find_model
from skgenre.features._pieces import cut_pieces, resampled

Pooling = Literal["mean", "max"] | None
Shape = tuple[int | None, ...]


class AboutModel(NamedTuple):
    """What a file with a network tells of it.

    Parameters
    ----------
    inputs : dict of str to tuple
        Shape of each array that goes in; None for what may be of any length.
    layers : dict of str to tuple
        The same for what comes out.
    told : dict of str to object
        Name, licence and such, where the file has them.
    """

    inputs: dict[str, Shape]
    layers: dict[str, Shape]
    told: dict[str, Any]


class InputShape(NamedTuple):
    """How a network wants its waveforms.

    Parameters
    ----------
    n_rows : int or None
        How many at a time, None for any number.
    n_samples : int or None
        How long, None for any length.
    axes : {"samples", "rows", "channel_first", "channel_last"}
        (n_samples,), (n_rows, n_samples), (n_rows, 1, n_samples) or
        (n_rows, n_samples, 1).
    """

    n_rows: int | None
    n_samples: int | None
    axes: Literal["samples", "rows", "channel_first", "channel_last"]

    @classmethod
    def of(cls, shape: Shape, *, name: str) -> "InputShape":
        """Tell it from the shape of a network's input.

        Parameters
        ----------
        shape : tuple of (int or None)
            None for what may be of any length.
        name : str
            Of the model, for errors.

        Returns
        -------
        InputShape
            One of four.
        """
        if len(shape) == 1:
            return cls(1, shape[0], "samples")
        if len(shape) == 2:
            return cls(shape[0], shape[1], "rows")
        if len(shape) == 3 and shape[1] == 1:
            return cls(shape[0], shape[2], "channel_first")
        if len(shape) == 3 and shape[2] == 1:
            return cls(shape[0], shape[1], "channel_last")
        raise ValueError(
            f"Got {name}, which takes arrays of shape {_shown_shape(shape)}, but "
            "expected waveforms, (n_windows, n_samples). Take a model with the "
            "spectrogram inside, or FunctionFeaturizer, whose function makes it."
        )

    def shaped(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give a batch its shape.

        Parameters
        ----------
        batch : float32 array of shape (n_rows, n_samples)
            Waveforms.

        Returns
        -------
        float32 array
            A view.
        """
        if self.axes == "samples":
            return batch[0]  # (n_samples,)
        if self.axes == "channel_first":
            return batch[:, None, :]  # (n_rows, 1, n_samples)
        if self.axes == "channel_last":
            return batch[:, :, None]  # (n_rows, n_samples, 1)
        return batch


@dataclass(frozen=True)
class Network(KnownByContent):
    """The function from windows to features: small enough to send to workers.

    Parameters
    ----------
    file : ModelFile
        The network.
    layers : tuple of str
        What is taken out of it.
    rate : float
        Samples per second that it wants.
    n_samples : int or None
        How many of them at a time; None for whole windows.
    pooling : {"mean", "max"} or None
        What is done over all axes between a layer's first and last.
    batch_size : int
        Pieces at a time.
    n_features : int or None, default=None
        Features of a window, once they are known.
    threads : int, default=1
        Threads of the runtime, where it can be told.
    """

    file: ModelFile
    layers: tuple[str | int, ...]
    rate: float
    n_samples: int | None
    pooling: Pooling
    batch_size: int
    n_features: int | None = None
    threads: int = 1

    # Distributions that features are computed with.
    packages: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def input_shape(self) -> InputShape:
        """How the network wants its waveforms."""

    @abstractmethod
    def run(self, batch: NDArray[Any]) -> list[NDArray[Any]]:
        """Give what comes out of each layer, for a batch of the right shape."""

    def content_key(self) -> tuple[Any, ...]:
        """Know it by what features depend on: not by the file's name."""
        return (
            type(self).__name__,
            self.file.sha256,
            self.layers,
            self.rate,
            self.n_samples,
            self.pooling,
            [_version(package) for package in self.packages],
        )

    def __call__(
        self, windows: NDArray[np.floating], sample_rate: float
    ) -> NDArray[np.float32]:
        """Features of windows: (n_windows, n_features)."""
        if len(windows) == 0:
            return np.zeros((0, self.n_features or 0), np.float32)
        pieces = cut_pieces(resampled(windows, sample_rate, self.rate), self.n_samples)
        size = self.input_shape().n_rows or self.batch_size
        rows = [
            self._features(pieces.batch(first, min(first + size, len(pieces))))
            for first in range(0, len(pieces), size)
        ]
        features = pieces.mean(np.concatenate(rows))
        if not np.isfinite(features).all():
            n_bad = int((~np.isfinite(features)).any(axis=1).sum())
            raise ValueError(
                f"{self.file.name} gave NaN or infinite features for {n_bad} of "
                f"{len(windows)} windows. Mind windows of silence (FrameWindower("
                "silence_db=60) leaves them out), or take another of its layers."
            )
        return features

    def _features(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows of features of pieces: (n_pieces, n_features)."""
        shape = self.input_shape()
        n_pieces = len(batch)
        if shape.n_rows is not None and n_pieces < shape.n_rows:
            # The network wants so many; the last one again in place of what lacks.
            behind = shape.n_rows - n_pieces
            batch = np.concatenate([batch, np.repeat(batch[-1:], behind, axis=0)])
        try:
            outputs = self.run(shape.shaped(batch))
        except (ValueError, ModuleNotFoundError, MemoryError):
            raise
        except Exception as error:
            raise RuntimeError(f"{self.file.name} failed: {error}") from error
        if shape.axes == "samples":
            outputs = [output[None] for output in outputs]  # (1, ...)
        rows = [
            self._row_per_piece(layer, output, len(batch))
            for layer, output in zip(self.layers, outputs, strict=True)
        ]
        return np.concatenate(rows, axis=1)[:n_pieces].astype(np.float32, copy=False)

    def _row_per_piece(
        self, layer: str | int, output: NDArray[Any], n_rows: int
    ) -> NDArray[Any]:
        if output.ndim == 0 or len(output) != n_rows:
            raise ValueError(
                f"Got an array of shape {output.shape} from layer {layer!r} of "
                f"{self.file.name} for {n_rows} windows, but expected a row for each. "
                "Take another of its layers."
            )
        if output.ndim > 2 and self.pooling is not None:
            inner = tuple(range(1, output.ndim - 1))
            output = getattr(output, self.pooling)(axis=inner)  # (n_rows, n_last)
        return output.reshape(n_rows, -1)


class NetworkFeaturizer(WindowFeaturizer):
    """Base class of featurizers by a network: a subclass says how files are read.

    ``_about(file)`` reads what a file tells of its network, ``_network_type`` is the
    `Network` that runs it, and ``_how_to_run()`` what that needs beside. Parameters are
    those of `OnnxFeaturizer`, but for what only some runtimes can.
    """

    _network_type: ClassVar[type[Network]]
    _names_of_layers: ClassVar[tuple[type, ...]] = (str,)
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **WindowFeaturizer._parameter_constraints,
        "model": [str, os.PathLike, bytes],
        "layers": ["array-like", str, None],
        "model_rate": [Interval(Real, 0, None, closed="neither"), None],
        "model_seconds": [Interval(Real, 0, None, closed="neither"), None],
        "pooling": [StrOptions({"mean", "max"}), None],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        model: Any,
        *,
        layers: Any = None,
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
            sample_rate=sample_rate,
            memory=memory,
            output=output,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.model = model
        self.layers = layers
        self.model_rate = model_rate
        self.model_seconds = model_seconds
        self.pooling = pooling
        self.batch_size = batch_size

    def _find(self, sha256: str = "") -> ModelFile:
        """Find the network; complain if it is not the one that is expected."""
        return find_model(self.model, sha256=sha256)

    def _about(self, file: ModelFile) -> AboutModel:
        raise NotImplementedError(f"{type(self).__name__} has to define _about.")

    def _check_window(self, n_samples: int, sample_rate: float) -> None:
        file = self._find()
        about = self._about(file)
        self.model_info_: dict[str, Any] = {
            **about.told,
            # Kept, so that features have the same names where the file has another.
            "name": about.told.get("name") or self._default_name(),
            "sha256": file.sha256,
            "sample_rate": self._rate(file, about),
            "seconds": None,
            "layers": about.layers,
            "inputs": about.inputs,
        }
        self.model_info_["seconds"] = self._seconds(file, about)
        self.layers_ = self._chosen(about)
        network = self._network(file)
        phase = 2 * np.pi * 440.0 / sample_rate * np.arange(n_samples)
        tone = (0.1 * np.sin(phase)).astype(np.float32)
        try:
            found = network(tone[None], sample_rate)  # (1, n_features)
        except RuntimeError as error:
            raise ValueError(
                f"Got windows of {n_samples / sample_rate:g} s, but {error}. If it "
                "wants another length, say model_seconds=..."
            ) from error
        self.n_features_out_ = found.shape[1]

    def _rate(self, file: ModelFile, about: AboutModel) -> float:
        told = about.told.get("sample_rate")
        rate = told if self.model_rate is None else self.model_rate
        if rate is None:
            raise ValueError(
                f"Got {file.name}, which does not say its sample rate, but expected to "
                "know how many samples per second it was trained with. Say "
                "model_rate=16000, or what its makers write."
            )
        if told is not None and rate != told:
            raise ValueError(
                f"Got model_rate={self.model_rate}, but {file.name} says {told:g} Hz. "
                "Leave model_rate=None."
            )
        return float(rate)

    def _seconds(self, file: ModelFile, about: AboutModel) -> float | None:
        """Length of what the network hears at a time; None for whole windows."""
        rate = self.model_info_["sample_rate"]
        (shape,) = about.inputs.values()
        fixed = InputShape.of(shape, name=file.name).n_samples
        told = about.told.get("seconds")
        seconds = told if self.model_seconds is None else self.model_seconds
        if fixed is None:
            return None if seconds is None else float(seconds)
        if self.model_seconds is not None and round(seconds * rate) != fixed:
            raise ValueError(
                f"Got model_seconds={self.model_seconds}, but {file.name} takes "
                f"{fixed} samples at {rate:g} Hz, {fixed / rate:g} s. Leave "
                "model_seconds=None."
            )
        return fixed / rate

    def _chosen(self, about: AboutModel) -> list[Any]:
        """Names of the layers whose features are wanted."""
        if self.layers is None:
            return list(about.layers)[:1]
        is_one = isinstance(self.layers, self._names_of_layers)
        chosen = [self.layers] if is_one else list(self.layers)
        is_name = [isinstance(layer, self._names_of_layers) for layer in chosen]
        if not chosen or not all(is_name):
            raise ValueError(
                f"Got layers={self.layers!r}, but expected names of layers, such as "
                f"{list(about.layers)[:9]}."
            )
        return chosen

    def _how_to_run(self) -> dict[str, Any]:
        """More fields of the `Network`."""
        return {}

    def _network(self, file: ModelFile, n_features: int | None = None) -> Network:
        info = self.model_info_
        seconds = info["seconds"]
        rate = info["sample_rate"]
        return self._network_type(
            file=file,
            layers=tuple(self.layers_),
            rate=rate,
            n_samples=None if seconds is None else max(1, round(seconds * rate)),
            pooling=self.pooling,
            batch_size=int(self.batch_size),
            n_features=n_features,
            **self._how_to_run(),
        )

    def _window_function(self) -> WindowFunction:
        # Files may have been moved or replaced since fit.
        file = self._find(sha256=self.model_info_["sha256"])
        return self._network(file, self.n_features_out_)

    def _parts(self) -> list[tuple[WindowFunction, float | None]]:
        return [(self._window_function(), self.model_info_["sample_rate"])]

    def _code(self) -> str:
        # By which a Pipeline's memory knows it: the parameter is only a name.
        try:
            return self._find().sha256
        except (OSError, ValueError):
            return ""  # it is said where the file is needed

    def _feature_names(self) -> list[str]:
        return [f"{self.model_info_['name']}_{i}" for i in range(self.n_features_out_)]

    def _default_name(self) -> str:
        if isinstance(self.model, bytes):
            return "embedding"
        return os.path.basename(os.fspath(self.model)).rpartition(".")[0]  # noqa: PTH119

    def _prefer(self) -> Literal["processes", "threads"]:
        # Runtimes let other threads run while they compute.
        return "threads"


def missing_file(part: Any) -> str | None:
    """Say what a fitted featurizer lacks here, if it is one by a network in a file.

    Parameters
    ----------
    part : object
        Of a model.

    Returns
    -------
    str or None
        Which file, with which checksum; None if all is there.
    """
    if not isinstance(part, NetworkFeaturizer) or not hasattr(part, "model_info_"):
        return None
    try:
        part._find(sha256=part.model_info_["sha256"])
    except (OSError, ValueError) as error:
        return str(error)
    return None


def _shown_shape(shape: Shape) -> str:
    return f"({', '.join('any' if n is None else str(n) for n in shape)})"


@lru_cache(maxsize=16)
def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package
