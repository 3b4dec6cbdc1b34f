import itertools

import numpy as np
import pytest

from skgenre.model_selection import _draw_groups
from skgenre.model_selection._draw_groups import (
    check_both_sides,
    draw_groups,
)


def rng(seed=0):
    return np.random.RandomState(seed)


def loss(counts, drawn, share):
    """Sum of the squared differences of the shares of each class and of all rows."""
    table = np.column_stack([counts, counts.sum(axis=1)])
    return np.sum((table[drawn].sum(axis=0) / table.sum(axis=0) - share) ** 2)


def test_groups_of_one_row_are_drawn_exactly():
    counts = np.repeat(np.eye(2, dtype=int), [30, 20], axis=0)
    for seed in range(5):
        drawn = draw_groups(counts, 0.4, rng(seed))
        assert drawn.dtype == bool
        assert counts[drawn].sum(axis=0).tolist() == [12, 8]


def test_which_of_the_same_kind_is_chance():
    counts = np.repeat(np.eye(2, dtype=int), 10, axis=0)
    drawn = [draw_groups(counts, 0.5, rng(seed)) for seed in range(40)]
    n_drawn = np.sum(drawn, axis=0)
    assert n_drawn.min() >= 8
    assert n_drawn.max() <= 32
    np.testing.assert_array_equal(drawn[3], draw_groups(counts, 0.5, rng(3)))


@pytest.mark.parametrize("seed", range(6))
def test_no_single_move_or_swap_helps_or_the_share_is_near(seed):
    counts = rng(seed).randint(0, 5, size=(9, 2))
    share = 0.4
    drawn = draw_groups(counts, share, rng(seed))
    table = np.column_stack([counts, counts.sum(axis=1)])
    gap = np.abs(table[drawn].sum(axis=0) / table.sum(axis=0) - share)
    n_groups = np.append((counts > 0).sum(axis=0), len(counts))
    if (gap <= np.minimum(0.2 * share, 0.5 / n_groups) + 1e-9).all():
        return
    now = loss(counts, drawn, share)
    for come, leave in itertools.product([None, *range(9)], repeat=2):
        moved = drawn.copy()
        if come is not None:
            moved[come] = True
        if leave is not None:
            moved[leave] = False
        # A class must not be left without any row.
        if (counts[moved].sum(axis=0) > 0).all():
            assert loss(counts, moved, share) >= now - 1e-9


def test_both_sides_have_every_class():
    # One large group holds the whole share of the second class, two tiny ones the rest.
    counts = np.array([[0, 98], [0, 1], [0, 1], [50, 0], [50, 0]])
    for seed in range(5):
        drawn = draw_groups(counts, 0.9, rng(seed), both_sides=True)
        assert (counts[drawn].sum(axis=0) > 0).all()
        assert (counts[~drawn].sum(axis=0) > 0).all()


def test_many_kinds_are_sampled(monkeypatch):
    monkeypatch.setattr("skgenre.model_selection._draw_groups._MOST_KINDS", 5)
    counts = np.arange(1, 61).reshape(30, 2)
    drawn = draw_groups(counts, 0.3, rng())
    np.testing.assert_allclose(
        counts[drawn].sum(axis=0) / counts.sum(axis=0), 0.3, atol=0.05
    )


def test_groups_that_cannot_be_split():
    ring = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
    check_both_sides(ring, np.arange(3))
    with pytest.raises(ValueError, match="Got 3 groups that cannot be split"):
        draw_groups(ring, 0.5, rng(), both_sides=True)


def test_both_sides_need_two_groups_of_each_class():
    check_both_sides(np.array([[1, 1], [2, 3]]), np.array(["jazz", "rock"]))
    with pytest.raises(ValueError, match="Got one group in all"):
        check_both_sides(np.array([[4, 2]]), np.array(["jazz", "rock"]))
    with pytest.raises(ValueError, match="one group only of class 'jazz', 'polka'"):
        check_both_sides(
            np.array([[1, 1, 0], [0, 2, 2]]), np.array(["jazz", "rock", "polka"])
        )


@pytest.mark.parametrize("both_sides", [False, True])
def test_the_loss_of_every_move_is_that_behind_it(both_sides):
    counts = rng(1).randint(0, 4, size=(8, 3))
    kinds, kind = np.unique(counts, axis=0, return_inverse=True)
    of_kind = np.bincount(kind.reshape(-1))
    search = _draw_groups._Search.of(kinds, of_kind, counts, 0.4, both_sides=both_sides)
    drawn = rng(2).binomial(of_kind, 0.5)
    come, leave = np.flatnonzero(drawn < of_kind), np.flatnonzero(drawn > 0)
    told = search.loss_of_moves(drawn, come, leave)
    for plus, minus in itertools.product(range(len(come) + 1), range(len(leave) + 1)):
        moved = drawn.copy()
        if plus:
            moved[come[plus - 1]] += 1
        if minus:
            moved[leave[minus - 1]] -= 1
        assert told[plus, minus] == pytest.approx(search.loss(moved), abs=1e-9)
