import numpy as np
import pytest

from skgenre.neural._hold_out import held_out


def test_whole_groups_are_held_out():
    y = np.repeat(["jazz", "rock"], 40)
    groups = np.arange(80) // 4
    train, valid = held_out(y, groups, 0.25, 0, "song")
    assert not set(groups[train]) & set(groups[valid])
    assert sorted([*train, *valid]) == list(range(80))
    assert set(y[valid]) == set(y[train]) == {"jazz", "rock"}
    with pytest.raises(ValueError, match="one group only of class 'rock'") as error:
        held_out(y, np.where(y == "rock", 99, groups), 0.25, 0, "artist")
    assert "validation_fraction=0.25 holds out whole artists" in str(
        error.value.__notes__
    )
