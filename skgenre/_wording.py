"""How things are worded wherever they are said."""

from typing import Any


def listed(names: Any) -> str:
    """Name the first five, and how many more there are.

    Parameters
    ----------
    names : list or array of shape (n_names,)
        Of songs or folds.

    Returns
    -------
    str
        Names, separated by commas.
    """
    shown = ", ".join(str(name) for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
