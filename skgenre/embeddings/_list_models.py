"""list_models: which pretrained networks can be installed by name."""

from skgenre.embeddings._models import MODELS
from skgenre.embeddings._pretrained_model import PretrainedModel


def list_models() -> list[PretrainedModel]:
    """List the pretrained networks that can be installed by name.

    Returns
    -------
    list of PretrainedModel
        What each was trained on, its licence, citation, rate, window and size, and
        whether it is installed. No network is part of this package.

    See Also
    --------
    install_model : Installs one.
    get_model : The file of one that is installed.

    Examples
    --------
    >>> from skgenre.embeddings import list_models
    >>> for model in list_models():
    ...     print(model.name, model.n_features, model.licence)
    musicnn-msd 1506 ISC
    musicnn-mtt 1506 ISC
    birdnet-2.4 1024 CC BY-NC-SA 4.0
    """
    return list(MODELS.values())
