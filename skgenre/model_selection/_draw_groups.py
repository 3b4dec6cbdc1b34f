"""Draw whole groups that hold about a share of every class."""

from dataclasses import dataclass

import numpy as np

_NEAR = 0.2  # of the share wanted, where groups are small
_N_STARTS = 4
_N_RETRIES = 40
_MOST_KINDS = 400  # kinds of groups that are compared pairwise in one step
_FORBIDDEN = 1e3  # more than any sum of squared differences of shares


def check_both_sides(counts: np.ndarray, classes: np.ndarray) -> None:
    """Check that there are groups enough to have every class on both sides.

    Parameters
    ----------
    counts : int array of shape (n_groups, n_classes)
        Rows of each class in each group.
    classes : array of shape (n_classes,)
        The labels, for the error.
    """
    if len(counts) < 2:
        raise ValueError("Got one group in all, but expected at least 2 to split.")
    n_groups = (counts > 0).sum(axis=0)  # (n_classes,)
    few = [repr(label) for label in classes[n_groups < 2].tolist()]
    if few:
        raise ValueError(
            f"Got one group only of class {', '.join(few)}, but expected at least 2 "
            "of each, so that every class is on both sides. Add songs of other "
            "groups, leave the class out, or split without groups."
        )


def draw_groups(
    counts: np.ndarray,
    share: float,
    rng: np.random.RandomState,
    *,
    both_sides: bool = False,
) -> np.ndarray:
    """Draw groups that hold about a share of every class.

    Parameters
    ----------
    counts : int array of shape (n_groups, n_classes)
        Rows of each class in each group.
    share : float
        Of the rows of each class, and of all rows.
    rng : RandomState
        Decides the draw.
    both_sides : bool, default=False
        Whether every class must also remain among the groups that are not drawn.

    Returns
    -------
    bool array of shape (n_groups,)
        Which groups are drawn.
    """
    kinds, kind = np.unique(counts, axis=0, return_inverse=True)
    kind = kind.reshape(-1)  # (n_groups,): numpy 2.0 gives (n_groups, 1)
    search = _Search.of(kinds, np.bincount(kind), counts, share, both_sides=both_sides)
    n_drawn = _best_draw(search, rng, n_groups=len(counts))
    chosen = np.zeros(len(counts), bool)
    order = rng.permutation(len(counts))
    # (n_groups,): the groups of each kind together, in the drawn order
    order = order[np.argsort(kind[order], kind="stable")]
    ends = np.cumsum(search.n_of_kind)
    for number, members in enumerate(np.split(order, ends[:-1])):
        chosen[members[: n_drawn[number]]] = True
    return chosen


@dataclass(frozen=True)
class _Search:
    """What is searched: how many groups to draw of each kind.

    Groups with the same rows of each class are of one kind, and interchangeable: only
    the number that is drawn of each kind matters.
    """

    n_of_kind: np.ndarray  # (n_kinds,)
    table: np.ndarray  # (n_kinds, n_classes + 1): share of each class, of all rows
    present: np.ndarray  # bool (n_kinds, n_classes)
    near: np.ndarray  # (n_classes + 1,): how far off the share is near enough
    share: float
    both_sides: bool

    @classmethod
    def of(
        cls,
        kinds: np.ndarray,
        n_of_kind: np.ndarray,
        counts: np.ndarray,
        share: float,
        *,
        both_sides: bool,
    ) -> "_Search":
        n_rows = np.append(counts.sum(axis=0).clip(min=1), counts.sum())
        n_groups = np.append((counts > 0).sum(axis=0), len(counts)).clip(min=1)
        return cls(
            n_of_kind,
            table=np.column_stack([kinds, kinds.sum(axis=1)]) / n_rows,
            present=kinds > 0,
            # Half a group: more exact splits would always be the same few.
            near=np.minimum(_NEAR * min(share, 1 - share), 0.5 / n_groups),
            share=share,
            both_sides=both_sides,
        )

    def is_near(self, drawn: np.ndarray) -> bool:
        """Whether the share of each class is near enough."""
        gap = drawn @ self.table - self.share
        return bool((np.abs(gap) <= self.near + 1e-12).all())

    def sides(self, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Groups that hold each class, (n_classes,), drawn and not."""
        inside = (drawn[:, None] * self.present).sum(axis=0)
        outside = (self.n_of_kind[:, None] * self.present).sum(axis=0) - inside
        return inside, outside

    def violations(self, inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
        """Cost of each class that a side lacks, in the shape of the sides."""
        missing = (inside < 1) * _FORBIDDEN
        if self.both_sides:
            missing = missing + (outside < 1) * _FORBIDDEN
        return missing

    def loss(self, drawn: np.ndarray) -> float:
        """Sum of the squared differences of shares, and the cost of lacking classes."""
        gap = drawn @ self.table - self.share
        return float(gap @ gap) + float(self.violations(*self.sides(drawn)).sum())

    def loss_of_moves(
        self, drawn: np.ndarray, come: np.ndarray, leave: np.ndarray
    ) -> np.ndarray:
        """Loss once a group of kind `come` is drawn and one of `leave` is not.

        (n_come + 1, n_leave + 1): row 0 and column 0 stand for nobody, for single
        moves, and none at all.
        """
        gap = drawn @ self.table - self.share  # (n_classes + 1,)
        plus, minus = _after_nobody(self.table, come), _after_nobody(self.table, leave)
        loss = (
            gap @ gap
            + (2 * plus @ gap + (plus**2).sum(axis=1))[:, None]
            + (-2 * minus @ gap + (minus**2).sum(axis=1))[None, :]
            - 2 * plus @ minus.T
        )
        inside, outside = self.sides(drawn)
        more = _after_nobody(self.present.astype(int), come)
        fewer = _after_nobody(self.present.astype(int), leave)
        # Class by class: all at once would be of shape (n_come, n_leave, n_classes).
        for c in range(self.present.shape[1]):
            change = more[:, c][:, None] - fewer[:, c][None, :]
            loss += self.violations(inside[c] + change, outside[c] - change)
        return loss


def _after_nobody(values: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Lines of some kinds behind one of zeros, (n_some + 1, ...)."""
    return np.vstack([np.zeros(values.shape[1], values.dtype), values[kinds]])


def _best_draw(
    search: _Search, rng: np.random.RandomState, *, n_groups: int
) -> np.ndarray:
    """Start at random some times, and keep the best, (n_kinds,)."""
    best, best_loss = np.zeros_like(search.n_of_kind), np.inf
    for start in range(_N_RETRIES):
        drawn = rng.binomial(search.n_of_kind, search.share)
        drawn, loss = _descend(search, drawn, rng)
        if loss < best_loss:
            best, best_loss = drawn, loss
        # Further starts only as long as a class is lacking.
        if best_loss < _FORBIDDEN and (search.is_near(best) or start + 1 >= _N_STARTS):
            break
    if best_loss >= _FORBIDDEN:
        raise ValueError(
            f"Got {n_groups} groups that cannot be split so that every class is on "
            "both sides. Some hold several classes: add groups of one class."
        )
    return best


def _descend(
    search: _Search, drawn: np.ndarray, rng: np.random.RandomState
) -> tuple[np.ndarray, float]:
    """Move or swap groups at random until the shares are near or nothing helps."""
    while True:
        now = search.loss(drawn)
        if now < _FORBIDDEN and search.is_near(drawn):
            return drawn, now
        some = np.arange(len(drawn))
        if len(drawn) > _MOST_KINDS:
            some = rng.choice(len(drawn), _MOST_KINDS, replace=False)
        come = some[drawn[some] < search.n_of_kind[some]]
        leave = some[drawn[some] > 0]
        loss = search.loss_of_moves(drawn, come, leave)
        better = np.flatnonzero(loss < now - 1e-12)
        if len(better) == 0:
            return drawn, now
        # One of many, not the best: that would be the same group in every split.
        plus, minus = np.unravel_index(rng.choice(better), loss.shape)
        drawn = drawn.copy()
        if plus:
            drawn[come[plus - 1]] += 1
        if minus:
            drawn[leave[minus - 1]] -= 1
