"""Packages that an extra brings."""

import importlib
from typing import Any


def require(module: str, extra: str, caller: str) -> Any:
    """Import an optional package, or say which extra brings it.

    Parameters
    ----------
    module : str
        The module to import.
    extra : str
        The extra of this package that installs it.
    caller : str
        What needs it.

    Returns
    -------
    module
        The imported module.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        raise ModuleNotFoundError(
            f'{caller} needs {error.name}. Install it with: pip install "skgenre'
            f'[{extra}]"',
            name=error.name,
        ) from error
