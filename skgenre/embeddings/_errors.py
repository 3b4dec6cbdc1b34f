"""What is raised about pretrained models."""


class PretrainedModelError(ValueError):
    """A model that is not known, not installed or damaged, or cannot be installed.

    The message says what to do.

    Examples
    --------
    >>> from skgenre.embeddings import PretrainedModelError, get_model
    >>> try:
    ...     get_model("vggish")
    ... except PretrainedModelError as error:
    ...     print(error)
    Got the model 'vggish', but expected one of 'musicnn-msd', 'musicnn-mtt', ...
    """
