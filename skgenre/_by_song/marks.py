"""What is known of rows beside their values: where they end, how much they count."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np


class Marks(NamedTuple):
    """Where windows end in their songs, and how much each counts in a vote.

    Parameters
    ----------
    ends : float array of shape (n_rows,) or None
        Seconds; None where every window is as long as the others.
    weight : float array of shape (n_rows,) or None
        0 or more; None where all count the same.
    """

    ends: np.ndarray | None = None
    weight: np.ndarray | None = None

    def take(self, rows: slice | np.ndarray) -> "Marks":
        """Give the marks of some of the rows.

        Parameters
        ----------
        rows : slice or int array of shape (n_taken,)
            The rows.

        Returns
        -------
        Marks
            Theirs.
        """
        return Marks(*(None if own is None else own[rows] for own in self))

    @classmethod
    def joined(cls, parts: "Sequence[Marks]", lengths: Sequence[int]) -> Self:
        """Put the marks of several sets of rows one behind the other.

        Parameters
        ----------
        parts : sequence of Marks
            Of each set.
        lengths : sequence of int
            Rows of each set.

        Returns
        -------
        Marks
            What no set knows is None. Where others do, a set without weights has 1
            throughout, and one without ends NaN.
        """

        def column(name: str, unknown: float) -> np.ndarray | None:
            own = [getattr(part, name) for part in parts]
            if all(values is None for values in own):
                return None
            return np.concatenate(
                [
                    np.full(n_rows, unknown) if values is None else values[:n_rows]
                    for values, n_rows in zip(own, lengths, strict=True)
                ]
            )

        return cls(ends=column("ends", np.nan), weight=column("weight", 1.0))


def checked_weight(weight: object, n_rows: int) -> np.ndarray | None:
    """Check that there is a weight, 0 or more, for each row.

    Parameters
    ----------
    weight : array-like of shape (n_rows,) or None
        Weights.
    n_rows : int
        How many there must be.

    Returns
    -------
    float array of shape (n_rows,) or None
        The same.

    Raises
    ------
    ValueError
        If their number is wrong, or one is negative, infinite or NaN.
    """
    if weight is None:
        return None
    found = np.asarray(weight, dtype=float)
    if found.shape != (n_rows,):
        raise ValueError(
            "The 'window_weight' parameter must have one value per window: expected "
            f"shape ({n_rows},). Got shape {found.shape} instead."
        )
    # NaN makes comparisons false.
    fine = (found >= 0) & (found < np.inf)
    if not fine.all():
        row = int(np.argmin(fine))
        raise ValueError(
            f"Got window_weight={found[row]} in row {row}, but expected numbers, 0 or "
            "more. Give a window that is not to be heard the weight 0."
        )
    return found


def counted_songs(
    codes: np.ndarray, n_songs: int, window_weight: np.ndarray | None
) -> np.ndarray:
    """Tell which songs have a window that counts in the vote.

    Parameters
    ----------
    codes : int array of shape (n_windows,)
        The song's number for each window.
    n_songs : int
        How many songs there are.
    window_weight : float array of shape (n_windows,) or None
        How much each window counts; all the same if None.

    Returns
    -------
    bool array of shape (n_songs,)
        Which.
    """
    counting = codes if window_weight is None else codes[window_weight > 0]
    return np.bincount(counting, minlength=n_songs) > 0
