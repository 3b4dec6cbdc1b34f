import numpy as np
import pytest

from skgenre._wording import listed


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], ""),
        (["help"], "help"),
        (["help", 7], "help, 7"),
        (list("abcde"), "a, b, c, d, e"),
        (list("abcdef"), "a, b, c, d, e and 1 more"),
        (np.arange(12), "0, 1, 2, 3, 4 and 7 more"),
        (np.array(["a b", "c"]), "a b, c"),
    ],
)
def test_five_names_and_how_many_more(names, expected):
    assert listed(names) == expected
