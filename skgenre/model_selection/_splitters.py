"""Splits by artist that keep the classes' shares, and the labels they need."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import BaseShuffleSplit
from sklearn.utils import check_random_state, indexable
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import column_or_1d

from skgenre._by_song.numbering import (
    as_names,
    checked_length,
    is_unknown,
    number_groups,
)
from skgenre._sklearn import safe_indexing, validate_shuffle_split
from skgenre.model_selection._draw_groups import check_both_sides, draw_groups


class StratifiedGroupShuffleSplit(BaseShuffleSplit):
    """Random splits by whole groups that keep the shares of the classes.

    What `StratifiedShuffleSplit` is to `StratifiedGroupKFold`: as many independent
    random splits as wanted, of any test size. All rows of a group, such as an artist,
    are on one side, every class is on both, and the share of every class that is
    tested is as near to `test_size` as whole groups allow.

    Parameters
    ----------
    n_splits : int, default=10
        Number of splits.
    test_size : float, int or None, default=0.2
        Share of the rows to test, or their number; about, as groups stay whole. None
        for what `train_size` leaves, 0.2 if that is None too.
    train_size : float, int or None, default=None
        Share of the rows to train on, or their number; None for all others. Where
        both sizes leave rows over, groups are left out.
    random_state : int, RandomState or None, default=None
        Decides the splits. The same int gives the same splits in every call.

    See Also
    --------
    stratified_group_train_test_split : One such split of arrays.
    group_labels : Groups from what is known of artists, albums and songs.
    sklearn.model_selection.StratifiedGroupKFold : Folds that test every row once.

    Notes
    -----
    From a random start, random groups are moved or swapped, each move lowering the sum
    of the squared differences between `test_size` and the shares tested of each class
    and of all rows, until each is near: by half a group, or a fifth of `test_size` if
    that is less; where no move helps, the best of a few starts is taken. To go on to
    the best there is would test the same few groups again and again. A group that
    holds a good deal more than `test_size` of a class is seldom tested, if ever.
    Groups that are unknown (None, NaN or an empty string) are each a group of their
    own.

    A split by artist tests what a person wants to know, how well songs of new artists
    are told apart [1]_.

    References
    ----------
    .. [1] A. Flexer and D. Schnitzer, "Effects of album and artist filters in audio
       similarity computed for very large music databases", Computer Music Journal
       34(3), 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection import StratifiedGroupShuffleSplit
    >>> y = np.array(["jazz"] * 6 + ["rock"] * 6)
    >>> artist = np.array(["a", "a", "b", "b", "c", "c", "d", "e", "e", "f", "f", "f"])
    >>> split = StratifiedGroupShuffleSplit(n_splits=2, test_size=1 / 3, random_state=0)
    >>> for train, test in split.split(y, y, artist):
    ...     print(artist[test], y[test])
    ['a' 'a' 'e' 'e'] ['jazz' 'jazz' 'rock' 'rock']
    ['c' 'c' 'e' 'e'] ['jazz' 'jazz' 'rock' 'rock']
    """

    # As scikit-learn's splitters by group: under metadata routing groups arrive.
    __metadata_request__split: ClassVar[dict] = {"groups": True}

    def __init__(
        self,
        n_splits: int = 10,
        *,
        test_size: float | None = 0.2,
        train_size: float | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            n_splits=n_splits,
            test_size=test_size,
            train_size=train_size,
            random_state=random_state,
        )
        # Where the base class looks for it, if both sizes are None.
        self._default_test_size = 0.2

    def split(
        self, X: Any, y: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Make the splits.

        Parameters
        ----------
        X : array-like of shape (n_rows, ...)
            Songs or windows; only their number matters.
        y : array-like of shape (n_rows,)
            The label of each row.
        groups : array-like of shape (n_rows,)
            The group of each row. Unknown ones are groups of their own, so where rows
            are windows, take `group_labels` with the song as the finest level.

        Yields
        ------
        train, test : int arrays of shape (n_train,) and (n_test,)
            Rows of each side, in increasing order.

        Raises
        ------
        ValueError
            If a class has a single group, so that it cannot be on both sides.
        """
        yield from super().split(X, y, groups)

    def _iter_indices(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        _check_given(y, groups)
        classes, class_index = np.unique(column_or_1d(y), return_inverse=True)
        n_rows = len(class_index)
        codes = number_groups(groups, n_rows)
        n_train, n_test = validate_shuffle_split(
            n_rows, self.test_size, self.train_size, self._default_test_size
        )
        counts = np.zeros((codes.max() + 1, len(classes)), np.intp)
        np.add.at(counts, (codes, class_index), 1)  # (n_groups, n_classes)
        check_both_sides(counts, classes)
        rng = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            tested = draw_groups(counts, n_test / n_rows, rng, both_sides=True)
            trained = ~tested
            if n_train + n_test < n_rows:
                trained = _draw_among(trained, counts, n_train, rng)
            yield np.flatnonzero(trained[codes]), np.flatnonzero(tested[codes])


def _check_given(y: Any, groups: Any) -> None:
    if y is None:
        raise ValueError(
            "Got y=None, but expected the label of each row: classes cannot be "
            "kept in equal shares without. Take GroupShuffleSplit if there is none."
        )
    if groups is None:
        # scikit-learn's checks look for these words.
        raise ValueError(
            "The 'groups' parameter should not be None. Pass the artist of each "
            "row, or take StratifiedShuffleSplit if every row is on its own."
        )
    if type_of_target(y) not in ("binary", "multiclass"):
        raise ValueError(
            f"Got y of type {type_of_target(y)!r}, but expected 'binary' or "
            "'multiclass': one label per row."
        )


def _draw_among(
    others: np.ndarray, counts: np.ndarray, n_train: int, rng: Any
) -> np.ndarray:
    """Draw the groups to train on among those not tested, bool (n_groups,)."""
    left = np.flatnonzero(others)
    # Nothing need be left over, so the share may reach 1.
    share = min(n_train / counts[left].sum(), 1)
    trained = np.zeros(len(counts), bool)
    trained[left] = draw_groups(counts[left], share, rng)
    return trained


def stratified_group_train_test_split(
    *arrays: Any,
    y: ArrayLike,
    groups: ArrayLike,
    test_size: float | None = 0.2,
    train_size: float | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> list[Any]:
    """Split arrays once, by whole groups, keeping the shares of the classes.

    Parameters
    ----------
    *arrays : sequences of length n_rows
        What to split: `SongWindows`, arrays, lists, tables. Give `groups` here as well
        if the groups of each side are needed.
    y : array-like of shape (n_rows,)
        The label of each row.
    groups : array-like of shape (n_rows,)
        The group of each row, such as the artist of each song. Unknown ones (None,
        NaN or an empty string) are groups of their own.
    test_size, train_size : float, int or None, default=0.2 and None
        As in `StratifiedGroupShuffleSplit`.
    random_state : int, RandomState or None, default=None
        Decides the split.

    Returns
    -------
    list of length 2 * (n_arrays + 1)
        The training and the test side of each of `arrays`, and then of `y`.

    Raises
    ------
    ValueError
        If a class has a single group, so that it cannot be on both sides.

    See Also
    --------
    StratifiedGroupShuffleSplit : Many such splits.

    Examples
    --------
    >>> from skgenre.model_selection import stratified_group_train_test_split
    >>> paths = ["a1.ogg", "a2.ogg", "b1.ogg", "c1.ogg", "d1.ogg"]
    >>> X_train, X_test, y_train, y_test = stratified_group_train_test_split(
    ...     paths,
    ...     y=["jazz", "jazz", "jazz", "rock", "rock"],
    ...     groups=["a", "a", "b", "c", "d"],
    ...     test_size=0.4,
    ...     random_state=0,
    ... )
    >>> X_test, y_test
    (['b1.ogg', 'c1.ogg'], ['jazz', 'rock'])
    """
    # Checks that all are equally long.
    *given, y = indexable(*arrays, y)
    split = StratifiedGroupShuffleSplit(
        1, test_size=test_size, train_size=train_size, random_state=random_state
    )
    sides = next(split.split(y, y, groups))
    return [safe_indexing(array, side) for array in [*given, y] for side in sides]


def group_labels(
    artist: ArrayLike, album: ArrayLike | None = None, *, song: ArrayLike | None = None
) -> np.ndarray:
    """Label of the group of each row: its artist, or else the next finer level.

    Rows whose artist is unknown (None, NaN or an empty string) belong to the group of
    their album, or of their song if the album is unknown too, and those of which
    nothing is known are groups of their own. Where an album or song without artist
    has the name of one whose artist is known, and of one artist only, it is that
    artist's. Differences of case and of blanks between names do not count.

    Parameters
    ----------
    artist : array-like of shape (n_rows,)
        The artist of each row.
    album : array-like of shape (n_rows,), default=None
        The album of each row.
    song : array-like of shape (n_rows,), default=None
        The song of each row, needed where rows are windows, so that the windows of
        a song of which nothing else is known stay together.

    Returns
    -------
    array of str of shape (n_rows,)
        Labels such as "artist: Miles Davis" and "row: 3".

    See Also
    --------
    find_duplicates : Groups by what is heard; `merge` joins them with these.

    Examples
    --------
    >>> from skgenre.model_selection import group_labels
    >>> group_labels(
    ...     ["Miles Davis", None, "miles davis", None, None],
    ...     album=["Kind of Blue", "Kind of Blue", None, "Ascension", None],
    ... )
    array(['artist: Miles Davis', 'artist: Miles Davis',
           'artist: Miles Davis', 'album: Ascension', 'row: 4'], dtype='<U19')
    """
    artist = as_names(artist)
    n_rows = len(artist) if artist.ndim else 0
    levels = {"artist": artist, "album": album, "song": song}
    # From the finest level up: what a coarser one knows replaces what is there.
    labels: list[str | None] = [None] * n_rows
    for level, given in reversed(levels.items()):
        if given is None:
            continue
        names = checked_length(as_names(given), n_rows, level, "row").tolist()
        labels = _inferred(labels, _spelled_alike(names, level))
    return np.array(
        [f"row: {i}" if label is None else label for i, label in enumerate(labels)],
        dtype=str,
    )


def _spelled_alike(names: list[Any], level: str) -> list[str | None]:
    """Label names of one level as the first of each spelling; None if unknown."""
    first_spelling: dict[str, str] = {}
    texts = {_spelling(value) for value in names if isinstance(value, str)}
    labels: list[str | None] = []
    for value in names:
        if is_unknown(value):
            labels.append(None)
            continue
        name = " ".join(str(value).split())
        if not isinstance(value, str) and _spelling(name) in texts:
            # 1 and "1" are two.
            name = f"{name} ({type(value).__name__})"
        labels.append(f"{level}: {first_spelling.setdefault(name.casefold(), name)}")
    return labels


def _spelling(name: str) -> str:
    return " ".join(name.split()).casefold()


def _inferred(finer: list[str | None], coarser: list[str | None]) -> list[str | None]:
    """Replace labels by those of a coarser level, where that is known."""
    above: dict[str, set[str]] = {}
    for label, group in zip(finer, coarser, strict=True):
        if label is not None and group is not None:
            above.setdefault(label, set()).add(group)
    joined: list[str | None] = []
    for label, group in zip(finer, coarser, strict=True):
        known = above.get(label, set()) if label is not None else set()
        # Two artists may each have an album "Greatest Hits": that tells nothing.
        inferred = next(iter(known)) if len(known) == 1 else label
        joined.append(inferred if group is None else group)
    return joined
