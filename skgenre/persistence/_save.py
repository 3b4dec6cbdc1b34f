"""save_model: a fitted model into one file, for other people and other machines."""

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from sklearn.utils.validation import check_is_fitted

from skgenre.persistence._archive import (
    CARD,
    ESTIMATOR,
    network_part,
    told,
    write_archive,
)
from skgenre.persistence._card import card_of_model
from skgenre.persistence._contents import parts_of
from skgenre.persistence._copy import lean_copy
from skgenre.persistence._networks import networks_apart
from skgenre.persistence._pretrained import with_networks
from skgenre.persistence._schema import written
from skgenre.windows._frame_windower import FrameWindower


def save_model(
    model: Any, path: str | PathLike[str], *, card: Mapping[str, Any] | None = None
) -> Path:
    """Save a fitted model to one file, from which `load_model` takes it.

    The file runs no code when it is opened, and predictions of the loaded model are
    the same to the last bit. It is written beside its place and then moved there, so
    that a file is whole or is not there.

    Parameters
    ----------
    model : estimator
        Fitted: a classifier, voting or featurizer of skgenre, a pipeline or ensemble of
        such, with parts of scikit-learn.
    path : str or Path
        Of the file, ``.skgenre`` by convention. One that is there is replaced.
    card : dict of str to object, default=None
        What else is known of the model, as JSON has it: "figures" of its evaluation,
        "fingerprint" of the data, "licences", and whatever you like.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    ModelFileError
        If the model holds what no file may: a lambda, a function within a function, a
        method, a Keras model as a parameter, a network with a Lambda layer; if `card`
        is no JSON; or if the file cannot be written.

    See Also
    --------
    load_model : Loads it.
    read_model_card : Looks into the file.

    Notes
    -----
    What belongs to the machine and to the songs stays behind: `memory`, `output` and
    `n_jobs` are None in the file, and errors and advice of `FrameWindower` empty.
    Networks that are known by name (`PretrainedFeaturizer`) or are files stay behind,
    too: the card says which, under what licence, and where they come from.
    Functions are kept by their module and name, and `load_model` asks for them to be
    trusted.

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
    check_is_fitted(model)
    inside = list(parts_of(model))
    lean = lean_copy(model)
    what = f"Got a {type(model).__name__} that cannot be saved"
    with told(what), networks_apart(inside) as networks:
        parts = {ESTIMATOR: written(lean)}
    parts |= {network_part(i): network for i, network in enumerate(networks)}
    windowers = [part for part in inside if isinstance(part, FrameWindower)]
    facts = with_networks(card, inside)
    described = card_of_model(model, windowers, facts, parts)
    target = Path(fspath(path))
    write_archive(target, {CARD: described, **parts})
    return target
