"""What is raised about model files."""


class ModelFileError(ValueError):
    """A file that is no model, a damaged or hostile one, or a model that none can hold.

    The message names the file or the part of the model, and what to do.

    Examples
    --------
    >>> from skgenre import ModelFileError, load_model
    >>> try:
    ...     load_model("no-such-model.skgenre")
    ... except ModelFileError as error:
    ...     print("cannot be opened" in str(error))
    True
    """
