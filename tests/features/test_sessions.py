import os
import threading
import time
import warnings
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_process_forked_while_one_is_opened_opens_its_own():
    opening, forked = threading.Event(), threading.Event()

    def make():
        opening.set()
        forked.wait(30)
        return "the parent's"

    thread = threading.Thread(target=lambda: shared("test fork", make))
    thread.start()
    opening.wait(30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of forks with threads, from Python 3.12
        child = os.fork()
    if child == 0:
        own = []
        thread = threading.Thread(
            target=lambda: own.append(shared("test fork", lambda: "its own")),
            daemon=True,
        )
        thread.start()
        thread.join(20)
        os._exit(0 if own == ["its own"] else 1)
    forked.set()
    thread.join(30)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert shared("test fork", list) == "the parent's"
