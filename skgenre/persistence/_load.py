"""load_model: a file into a model, nothing in it run and nothing believed unchecked."""

import warnings
from collections.abc import Sequence
from importlib.metadata import version
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from sklearn.exceptions import InconsistentVersionWarning

from skgenre.features._network import missing_file
from skgenre.persistence._archive import (
    ESTIMATOR,
    network_part,
    opened,
    read_parts,
)
from skgenre.persistence._card import ModelCard, card_of
from skgenre.persistence._contents import check_contents, fill_in, parts_of
from skgenre.persistence._errors import ModelFileError
from skgenre.persistence._networks import networks_there
from skgenre.persistence._schema import checked, load_skops


def load_model(path: str | PathLike[str], *, trusted: Sequence[str] = ()) -> Any:
    """Load a model from a file that `save_model` wrote.

    No code in the file is run, whoever wrote it: there is no pickle in it, types and
    functions are found by name, and only those of skgenre and scikit-learn that are
    known to be harmless, unless you say which others you trust. Checksums, sizes and
    what trees and support vectors point at are checked before anything uses them.

    Parameters
    ----------
    path : str or Path
        Of the file.
    trusted : sequence of str, default=()
        Names of types and functions, ``"package.module.Name"``, that the model may hold
        beside. Their modules are imported, and what they do with what is in the file
        is theirs. An error names those that a file asks for.

    Returns
    -------
    estimator
        The model, as it was saved.

    Raises
    ------
    ModelFileError
        If it is no model file, is damaged, is of a later version of the format, holds
        what could run code, or asks for types that are not trusted.

    Warns
    -----
    UserWarning
        If it was saved with another version of scikit-learn, whose predictions may
        differ; or if a network that it computes features with is not in the file where
        it was, which is named with its checksum.

    See Also
    --------
    save_model : Saves it.
    read_model_card : Looks into a file without loading the model.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre import GroupVotingClassifier, load_model, save_model
    >>> model = GroupVotingClassifier(LogisticRegression())
    >>> model = model.fit([[0.0], [1.0]], ["jazz", "rock"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_model(model, Path(folder, "genres.skgenre"))
    ...     load_model(path).predict([[2.0]])
    array(['rock'], dtype='<U4')
    """
    load_skops("load_model")  # what is not installed is no fault of the file
    if isinstance(trusted, str):
        raise ModelFileError(
            f"Got trusted={trusted!r}, but expected a list of names: [{trusted!r}]."
        )
    with opened(Path(fspath(path))) as archive:
        card = card_of(archive)
        model = _model_of(read_parts(archive, card.parts), list(trusted))
        fill_in(model)
        check_contents(model)
    _warn_of_versions(card)
    _warn_of_files(model)
    return model


def _model_of(parts: dict[str, bytes], trusted: list[str]) -> Any:
    expected = [ESTIMATOR, *(network_part(i) for i in range(len(parts) - 1))]
    if missing := sorted(set(expected) - parts.keys()):
        raise ModelFileError(f"it has no part {missing[0]!r}")
    data, names = checked(parts[ESTIMATOR], trusted)
    networks = [parts[name] for name in expected[1:]]
    with networks_there(networks, names, trusted), warnings.catch_warnings():
        # Said once, by the caller, and not for each part.
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        return load_skops("load_model").loads(data, trusted=names)


def _warn_of_versions(card: ModelCard) -> None:
    saved, here = card.versions.get("scikit-learn"), version("scikit-learn")
    if saved != here:
        warnings.warn(
            f"The model was saved with scikit-learn {saved}, and this is {here}: its "
            "predictions may differ, or fail. Install that version to have them the "
            "same.",
            UserWarning,
            stacklevel=3,
        )


def _warn_of_files(model: Any) -> None:
    for lack in dict.fromkeys(map(missing_file, parts_of(model))):
        if lack is not None:
            warnings.warn(
                f"The model needs a file that it was not saved with. {lack}",
                UserWarning,
                stacklevel=3,
            )
