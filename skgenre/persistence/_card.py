"""What a model file says of itself in plain JSON: read without loading the model."""

import datetime
import json
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from skgenre.persistence._archive import CARD, digest, opened, read_part
from skgenre.persistence._copy import lean_print
from skgenre.persistence._errors import ModelFileError

FORMAT = "skgenre model"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class ModelCard:
    """What a model file holds, as its JSON part says.

    Parameters
    ----------
    format_version : int
        Of the file.
    skgenre_version : str
        That wrote it.
    versions : dict of str to str
        Of Python and of the packages that the model is made of.
    created : str
        When, in UTC, as ISO 8601 has it.
    model : str
        The model with its parameters, as it prints.
    classes : list of str, int, float or bool
        Labels, in the order of the columns; empty for a model without.
    window_seconds, hop_seconds, sample_rate : tuple of float
        Of each kind of windows that the model cuts songs into; empty for a model that
        takes windows that are cut.
    facts : dict
        What `save_model` was given as `card`.
    parts : dict of str to dict
        Size in bytes and SHA-256 of each part of the file.

    See Also
    --------
    read_model_card : Reads it from a file.

    Examples
    --------
    >>> from skgenre import ModelCard
    >>> card = ModelCard(
    ...     format_version=1,
    ...     skgenre_version="0.1.0",
    ...     versions={"numpy": "2.4.6"},
    ...     created="2026-01-31T12:00:00+00:00",
    ...     model="Pipeline(...)",
    ...     classes=["jazz", "rock"],
    ...     window_seconds=(5.0,),
    ...     hop_seconds=(2.5,),
    ...     sample_rate=(22050.0,),
    ...     facts={"licences": "CC BY 4.0"},
    ... )
    >>> card.licences
    'CC BY 4.0'
    """

    format_version: int
    skgenre_version: str
    versions: dict[str, str]
    created: str
    model: str
    classes: list[Any]
    window_seconds: tuple[float, ...]
    hop_seconds: tuple[float, ...]
    sample_rate: tuple[float, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def figures(self) -> Any:
        """What an evaluation found, ``facts["figures"]``; None if not given."""
        return self.facts.get("figures")

    @property
    def fingerprint(self) -> Any:
        """What tells its training data from others; None if not given."""
        return self.facts.get("fingerprint")

    @property
    def licences(self) -> Any:
        """Of the model and its data; None if not given."""
        return self.facts.get("licences")


def read_model_card(path: str | PathLike[str]) -> ModelCard:
    """Look into a model file: classes, windows, figures, versions.

    Only the JSON part is read, and nothing of the model is loaded or checked.

    Parameters
    ----------
    path : str or Path
        A file that `save_model` wrote.

    Returns
    -------
    ModelCard
        What the file says of itself.

    Raises
    ------
    ModelFileError
        If it is no model file, is damaged, or is of a later version of the format.

    See Also
    --------
    load_model : Loads the model.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre import GroupVotingClassifier, read_model_card, save_model
    >>> model = GroupVotingClassifier(LogisticRegression())
    >>> model = model.fit([[0.0], [1.0]], ["jazz", "rock"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "genres.skgenre")
    ...     path = save_model(model, path, card={"figures": {"accuracy": 0.82}})
    ...     card = read_model_card(path)
    >>> card.classes, card.figures
    (['jazz', 'rock'], {'accuracy': 0.82})
    """
    with opened(Path(path)) as archive:
        return card_of(archive)


def card_of(archive: zipfile.ZipFile) -> ModelCard:
    """Read the card of an opened file.

    Parameters
    ----------
    archive : zipfile.ZipFile
        From `opened`.

    Returns
    -------
    ModelCard
        Its fields are of the types they should be.
    """
    raw = json.loads(read_part(archive, CARD))
    if not isinstance(raw, dict) or raw.pop("format", None) != FORMAT:
        raise ModelFileError("its card is none of a model")
    found = raw.get("format_version")
    if type(found) is not int or found < 1:
        raise ModelFileError(f"its card has format_version={found!r}")
    if found > FORMAT_VERSION:
        raise ModelFileError(
            f"it has format {found}, written by skgenre {raw.get('skgenre_version')}, "
            f"and this version reads formats up to {FORMAT_VERSION}. Update skgenre"
        )
    for name in ("window_seconds", "hop_seconds", "sample_rate"):
        raw[name] = tuple(raw[name]) if isinstance(raw.get(name), list) else None
    _check_types(raw)
    return ModelCard(**raw)


_TYPES: dict[str, type] = {
    "format_version": int,
    "skgenre_version": str,
    "versions": dict,
    "created": str,
    "model": str,
    "classes": list,
    "window_seconds": tuple,
    "hop_seconds": tuple,
    "sample_rate": tuple,
    "facts": dict,
    "parts": dict,
}


def _check_types(raw: dict[str, Any]) -> None:
    if raw.keys() != _TYPES.keys():
        raise ModelFileError(f"its card has the fields {sorted(raw)}")
    for name, kind in _TYPES.items():
        if not isinstance(raw[name], kind):
            raise ModelFileError(f"its card's {name!r} is no {kind.__name__}")
    for name, part in raw["parts"].items():
        fits = isinstance(part, dict) and part.keys() == {"size", "sha256"}
        if not fits or type(part["size"]) is not int:
            raise ModelFileError(f"its card's {name!r} has no size and checksum")


# -- write ----------------------------------------------------------------------------


def card_of_model(
    model: Any,
    windowers: list[Any],
    facts: Mapping[str, Any] | None,
    parts: Mapping[str, bytes],
) -> bytes:
    """Write the card of a model.

    Parameters
    ----------
    model : estimator
        Fitted.
    windowers : list of FrameWindower
        Those in it.
    facts : dict or None
        What the user says of it.
    parts : dict of str to bytes
        The other parts of the file.

    Returns
    -------
    bytes
        JSON.
    """
    spans = sorted({_span(windower) for windower in windowers})
    card = ModelCard(
        format_version=FORMAT_VERSION,
        skgenre_version=version("skgenre"),
        versions=_versions(parts),
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        model=lean_print(model),
        classes=_classes(model),
        window_seconds=tuple(span[0] for span in spans),
        hop_seconds=tuple(span[1] for span in spans),
        sample_rate=tuple(span[2] for span in spans),
        facts=_plain_facts(facts),
        parts={name: digest(data) for name, data in parts.items()},
    )
    return json.dumps({"format": FORMAT, **asdict(card)}, indent=1).encode()


def _span(windower: Any) -> tuple[float, float, float]:
    """Length and distance of windows, in seconds, and the rate."""
    fitted = clone(windower).fit()  # by the parameters that it has now
    rate = float(fitted.sample_rate)
    return float(fitted.window_seconds), fitted.hop_samples_ / rate, rate


def _versions(parts: Mapping[str, bytes]) -> dict[str, str]:
    names = ["numpy", "scikit-learn", "scipy", "skops"]
    if len(parts) > 1:
        names += ["keras"]
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, **{name: version(name) for name in names}}


def _classes(model: Any) -> list[Any]:
    try:
        classes = model.classes_
    except AttributeError:
        return []
    listed = np.asarray(classes).tolist() if not isinstance(classes, list) else classes
    return [c if isinstance(c, str | int | float | bool) else str(c) for c in listed]


def _plain_facts(facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """Facts as JSON gives them back."""
    if facts is None:
        return {}
    try:
        text = json.dumps(dict(facts), default=_plain_number, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ModelFileError(
            f"Got a card that is no JSON ({error}), but expected a dict of text, "
            "numbers, True, False, None, and lists and dicts of these. Write None for "
            "what is not known."
        ) from error
    return json.loads(text)


def _plain_number(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is none of its types")
