"""PretrainedFeaturizer: embeddings of windows by a network that is known by name."""

import os
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self

import joblib
import numpy as np

from skgenre._sklearn import Interval
from skgenre.embeddings._errors import PretrainedModelError
from skgenre.embeddings._get_model import command_to_install, get_model, known_model
from skgenre.features import OnnxFeaturizer, TFLiteFeaturizer, WindowFeaturizer
from skgenre.features._base import WindowFunction
from skgenre.features._onnx import example_model


class PretrainedFeaturizer(WindowFeaturizer):
    """Embeddings of each window by a pretrained network that is known by name.

    What the network learned on many songs serves few: a plain classifier on its
    embeddings often is better than one on hand-made features. Windows are brought to
    the network's rate; those that are longer than what it hears at a time are cut
    into pieces that overlap by half, whose embeddings are averaged, and shorter ones
    are repeated. Of songs in files the network hears all that its rate holds, whatever
    the windows' rate; windows in a plain array have lost what is above half of theirs.

    Parameters
    ----------
    model : str, default="musicnn-msd"
        One of `list_models`, installed on this machine by `install_model`. For other
        networks there are `OnnxFeaturizer` and `TFLiteFeaturizer`.
    layers : str or sequence of str, default=None
        What is taken out of the network, side by side; what serves other tasks best
        if None.
    model_seconds : float, default=None
        How much the network hears at a time; what it was trained on if None, 3 s.
        MusiCNN hears any length, BirdNET no other.
    batch_size : int, default=2
        Windows at a time; changes nothing but speed and memory. More at a time leave
        the processor's caches: MusiCNN then takes a fifth longer.
    threads : int, default=1
        Threads of a song; with `n_jobs`, songs side by side are the better use.
    sample_rate : float, default=None
        Samples per second, where `X` is a plain array: 22,050 if None.
        `SongWindows` know their own.
    memory : str, Path or joblib.Memory, default=None
        Cache of each song's features, keyed by the song's file (path, size, time of
        change), the content of the network's, and `layers`.
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
        "name", "license", "citation", "trained_on", "labels", "sample_rate",
        "seconds" and "sha256" of the network.
    layers_ : list of str
        The layers whose features are taken.
    n_features_out_ : int
        Features per window.
    errors_ : dict
        Why songs of the last `transform` have no features: ``{song_id: reason}``.
    sample_rate_ : float
        Samples per second of the windows seen in fit.
    n_features_in_ : int
        Samples per window.

    See Also
    --------
    list_models : Names, licences, and what each network has heard.
    skgenre.recipes.pretrained : A whole pipeline.

    Notes
    -----
    Rounding differs by batch, machine and version of the runtime: by up to 2e-6 between
    batches of 1 and 8, in numbers of MusiCNN of up to 40. Some of its units are
    constant but for that, which scaling would blow up: leave them out beforehand, as
    by ``VarianceThreshold(1e-8)``.

    Neither pickles nor what `save_model` writes hold the network: they hold its name
    and checksum. Whoever loads them installs it, and hears of it if it lacks.

    A network that has heard your test songs in its own training flatters you, and no
    split of yours can tell: `trained_on` of `list_models` says what it has heard.

    Examples
    --------
    >>> from skgenre.embeddings import PretrainedFeaturizer
    >>> ears = PretrainedFeaturizer("musicnn-mtt", layers=["pools", "tags"])
    >>> ears.set_params(layers=None)
    PretrainedFeaturizer(model='musicnn-mtt')
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **WindowFeaturizer._parameter_constraints,
        "model": [str],
        "layers": ["array-like", str, None],
        "model_seconds": [Interval(Real, 0, None, closed="neither"), None],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "threads": [Interval(Integral, 1, None, closed="left")],
    }

    # What runs the network: opened anew in each process and on each machine.
    _opened: Any = None

    def __init__(
        self,
        model: str = "musicnn-msd",
        *,
        layers: Sequence[str] | str | None = None,
        model_seconds: float | None = None,
        batch_size: int = 2,
        threads: int = 1,
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
        self.model_seconds = model_seconds
        self.batch_size = batch_size
        self.threads = threads

    def _check_window(self, n_samples: int, sample_rate: float) -> None:
        self._opened = None
        opened = self._open(n_samples, sample_rate)
        model = known_model(self.model)
        # Some files say nothing of themselves; what is known says the same as others.
        self.model_info_: dict[str, Any] = {
            "name": model.name,
            "license": model.licence,
            "citation": model.citation,
            "trained_on": model.trained_on,
            "labels": list(model.labels),
            "sample_rate": model.sample_rate,
            "seconds": model.seconds,
            "sha256": opened.model_info_["sha256"],
        }
        self.layers_ = list(opened.layers_)
        self.n_features_out_: int = opened.n_features_out_

    def _open(self, n_samples: int, sample_rate: float) -> Any:
        """Fit what runs the network, once in a process."""
        if self._opened is not None:
            return self._opened
        opened = self._featurizer(
            batch_size=self.batch_size, threads=self.threads, sample_rate=sample_rate
        )
        # One window of zeros: fit learns nothing but the window's length.
        opened.fit(np.zeros((1, n_samples), np.float32))
        self._opened = opened
        return opened

    def _featurizer(self, **settings: Any) -> Any:
        """Make what runs the network, not fitted."""
        model, path = known_model(self.model), get_model(self.model)
        layers = self.layers or model.layers[0]
        settings["model_seconds"] = self.model_seconds
        if model.extra == "onnx":
            return OnnxFeaturizer(path, layers=layers, **settings)
        return TFLiteFeaturizer(
            path, layers=layers, model_rate=model.sample_rate, **settings
        )

    def _window_function(self) -> WindowFunction:
        opened = self._open(self.n_features_in_, self.sample_rate_)
        found, expected = opened.model_info_["sha256"], self.model_info_["sha256"]
        if found != expected:
            raise PretrainedModelError(
                f"Got another {self.model!r} on this machine than it was fitted with "
                f"(sha256 {found}), but expected sha256 {expected}. Install it again "
                f"with: {command_to_install(known_model(self.model))}; or fit again."
            )
        return opened._window_function()

    def _parts(self) -> list[tuple[WindowFunction, float | None]]:
        # Where windows are at another rate, songs are decoded once for both.
        return [(self._window_function(), float(self.model_info_["sample_rate"]))]

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_opened"}

    def _code(self) -> str:
        # By which a Pipeline's memory knows it: the parameter is only a name.
        try:
            return known_model(self.model).sha256
        except PretrainedModelError:
            return ""  # it is said where the network is needed

    def _feature_names(self) -> list[str]:
        return [f"{self.model}_{i}" for i in range(self.n_features_out_)]

    def _prefer(self) -> Literal["processes", "threads"]:
        # Runtimes let other threads run while they compute.
        return "threads"

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [_Level()]


class _Level(PretrainedFeaturizer):
    """An example that needs nothing installed: a small network by another's name."""

    def _featurizer(self, **settings: Any) -> Any:
        return OnnxFeaturizer(example_model(), **settings)
