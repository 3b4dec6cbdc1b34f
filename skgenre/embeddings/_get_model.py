"""get_model: the file of a pretrained network that is installed."""

import hashlib
import warnings
from functools import lru_cache
from pathlib import Path

from skgenre.embeddings._errors import PretrainedModelError
from skgenre.embeddings._models import MODELS
from skgenre.embeddings._pretrained_model import PretrainedModel


def get_model(name: str) -> Path:
    """Give the file of a pretrained network that is installed, and check it.

    Parameters
    ----------
    name : str
        One of `list_models`.

    Returns
    -------
    Path
        What `OnnxFeaturizer` or, of those whose `extra` is "tflite",
        `TFLiteFeaturizer` takes.

    Raises
    ------
    PretrainedModelError
        If there is no such model, if it is not installed, or if its file is damaged.

    Warns
    -----
    UserWarning
        If another version of onnx wrote another file than the one that was tested.

    See Also
    --------
    install_model : Installs it.
    PretrainedFeaturizer : Features by it, without a path.

    Notes
    -----
    Models are kept in the user's folder for caches, or in the folder ``models`` of
    the one that the environment variable SKGENRE_HOME names.

    Examples
    --------
    >>> from skgenre.embeddings import get_model, install_model
    >>> path = install_model("musicnn-msd")  # doctest: +SKIP
    >>> get_model("musicnn-msd").name  # doctest: +SKIP
    'musicnn-msd.onnx'
    """
    model = known_model(name)
    path = model.path
    if not path.is_file():
        raise PretrainedModelError(
            f"Got the model {name!r}, which is not installed. Install it with: "
            f"{command_to_install(model)}"
        )
    found = content_of(path)
    if found != model.sha256:
        if found != _noted(path):
            raise PretrainedModelError(
                f"Got {str(path)!r}, which is damaged, or no file that was installed. "
                f"Install it again with: {command_to_install(model)}"
            )
        warnings.warn(
            f"The file of {name!r} differs from the one that was tested, as another "
            "version of onnx wrote it. Features may differ in the last digits.",
            UserWarning,
            stacklevel=2,
        )
    return path


def known_model(name: str) -> PretrainedModel:
    """Look up what is known of a model.

    Parameters
    ----------
    name : str
        Of the model.

    Returns
    -------
    PretrainedModel
        What is known of it.
    """
    if name not in MODELS:
        raise PretrainedModelError(
            f"Got the model {name!r}, but expected one of "
            f"{', '.join(map(repr, MODELS))}. Files of other networks go into "
            "OnnxFeaturizer or TFLiteFeaturizer."
        )
    return MODELS[name]


def command_to_install(model: PretrainedModel) -> str:
    """Say which command installs a model.

    Parameters
    ----------
    model : PretrainedModel
        Which.

    Returns
    -------
    str
        As it is typed.
    """
    accepted = " --accept-licence" if model.non_commercial else ""
    return f"skgenre embeddings install {model.name}{accepted}"


def note_of(path: Path) -> Path:
    """Name the file that keeps the checksum of what was installed.

    Parameters
    ----------
    path : Path
        Of the model.

    Returns
    -------
    Path
        Beside it.
    """
    return path.with_name(f"{path.name}.sha256")


def content_of(path: Path) -> str:
    """SHA-256 of a file, computed again only if the file changed.

    Parameters
    ----------
    path : Path
        Of the file.

    Returns
    -------
    str
        In hexadecimal digits.
    """
    stat = path.stat()
    return _hashed(str(path.absolute()), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=32)
def _hashed(path: str, size: int, changed: int) -> str:
    del size, changed  # by which a file that changed is told
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _noted(path: Path) -> str | None:
    try:
        return note_of(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
