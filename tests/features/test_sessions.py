import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from skgenre.features._sessions import borrowed, shared


def test_one_for_all_threads():
    made = []

    def make():
        time.sleep(0.02)
        made.append(1)
        return object()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: shared("test one", make), range(8)))
    assert len(made) == 1
    assert len(set(map(id, found))) == 1


def test_opening_one_may_open_another():
    assert shared("test outer", lambda: shared("test inner", list)) == []


def test_what_was_not_used_for_long_is_closed():
    first = shared(("test", 0), object)
    for number in range(1, 4):
        shared(("test", number), object)
    assert shared(("test", 0), object) is first
    for number in range(4, 8):
        shared(("test", number), object)
    assert shared(("test", 0), object) is not first


def test_each_thread_borrows_its_own_and_gives_it_back():
    numbers = count()
    together = threading.Barrier(2)

    def use(_):
        with borrowed("test own", lambda: next(numbers)) as number:
            together.wait(5)
            return number

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(use, range(2))) == [0, 1]
        assert sorted(threads.map(use, range(2))) == [0, 1]


def test_what_failed_is_not_lent_again():
    numbers = count()
    with pytest.raises(KeyError), borrowed("test failed", lambda: next(numbers)):
        raise KeyError
    with borrowed("test failed", lambda: next(numbers)) as number:
        assert number == 1
