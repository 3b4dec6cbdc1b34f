"""Opened networks: each once in a process, or once for each thread at work."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

# How many networks stay open. A search over models needs no more at a time.
_MOST = 4

# Opening one may open another, which it is a part of.
_lock = threading.RLock()
_shared: OrderedDict[Hashable, Any] = OrderedDict()
_free: OrderedDict[Hashable, list[Any]] = OrderedDict()


# What a forked process got from its parent: it does not work there, and closing it
# might wait for threads that are not there either.
_inherited: list[Any] = []


def _start_anew() -> None:
    global _lock, _shared, _free
    _inherited.append((_shared, _free))
    # Whoever held the lock is not there to give it back.
    _lock, _shared, _free = threading.RLock(), OrderedDict(), OrderedDict()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


def shared(key: Hashable, make: Callable[[], Any]) -> Any:
    """Open something once for all threads of this process.

    Parameters
    ----------
    key : hashable
        What it is known by.
    make : callable
        Opens it.

    Returns
    -------
    object
        What was opened.
    """
    with _lock:
        if key not in _shared:
            _shared[key] = make()
        _shared.move_to_end(key)
        while len(_shared) > _MOST:
            _shared.popitem(last=False)
        return _shared[key]


@contextmanager
def borrowed(key: Hashable, make: Callable[[], Any]) -> Iterator[Any]:
    """Open something that one thread at a time may use; it is kept for the next.

    Parameters
    ----------
    key : hashable
        What it is known by.
    make : callable
        Opens one more.

    Yields
    ------
    object
        Nobody else's until it is given back.
    """
    with _lock:
        waiting = _free.setdefault(key, [])
        _free.move_to_end(key)
        while len(_free) > _MOST:
            _free.popitem(last=False)
        thing = waiting.pop() if waiting else None
    thing = make() if thing is None else thing
    yield thing
    # Not after an error, which may have left it half done.
    with _lock:
        _free.setdefault(key, []).append(thing)
