"""What scripts that damage files share: children that are watched, and the damage.

A parent starts a child, which makes mutants one after the other, reads each, and prints
a line of JSON of what came of it. A child that ends is a crash, one that is silent for
too long twice hangs; both are noted, and the next child goes on behind that mutant. A
mutant is made from the seed and its number alone.
"""

import json
import os
import selectors
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from measure import MEBI, Peak, Stopwatch

MOST_SECONDS, MOST_MB = 10.0, 500.0
FIRST_SECONDS = 120.0
FAULTS = ("crash", "hang", "heap", "exception")

# -- the parent -----------------------------------------------------------------------


def run(
    script: str,
    n: int,
    seed: int,
    *,
    faults: Sequence[str] = FAULTS,
    prepare: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Read mutants in child processes.

    Parameters
    ----------
    script : str
        Started with ``--child START STOP SEED FOLDER``.
    n, seed : int
        How many, and what decides them.
    faults : sequence of str
        Outcomes that must not be.
    prepare : callable, default=None
        Fills the folder that all children are given.

    Returns
    -------
    dict
        Counts of outcomes, in all and by kind, the worst, and each fault by number
        and kind.
    """
    kinds: dict[str, Counter] = {}
    outcomes: Counter = Counter()
    found: list[dict[str, Any]] = []
    worst: dict[str, dict[str, Any]] = {"seconds": {}, "mb": {}}
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder, watch("all"):
        if prepare is not None:
            prepare(folder)
        for line in outcomes_of(script, n, seed, folder):
            outcomes[line["outcome"]] += 1
            kinds.setdefault(line.get("kind", "?"), Counter())[line["outcome"]] += 1
            for what, line_so_far in worst.items():
                if line.get(what, 0.0) > line_so_far.get(what, 0.0):
                    worst[what] = line
            if line["outcome"] in faults:
                found.append(line)
                print(line, flush=True)
    return {
        "n": n,
        "seed": seed,
        "outcomes": dict(outcomes.most_common()),
        "faults": {fault: outcomes[fault] for fault in faults},
        "which": found[:100],
        "kinds": {kind: dict(kinds[kind].most_common()) for kind in sorted(kinds)},
        "slowest_seconds": round(worst["seconds"].get("seconds", 0.0), 3),
        "slowest": worst["seconds"],
        "most_mb": round(worst["mb"].get("mb", 0.0), 1),
        "heaviest": worst["mb"],
        "minutes": round(watch.seconds["all"] / 60, 1),
    }


def outcomes_of(
    script: str, n: int, seed: int, folder: str
) -> Iterator[dict[str, Any]]:
    """What came of each mutant, in order, as dicts; children are started at need."""
    number = 0
    doubted = -1
    while number < n:
        command = [sys.executable, script, "--child", str(number), str(n), str(seed)]
        with (
            Path(folder, "errors").open("w+b") as errors,
            subprocess.Popen(
                [*command, folder], stdout=subprocess.PIPE, stderr=errors
            ) as child,
        ):
            for line in lines_of(child):
                yield json.loads(line)
                number += 1
            is_hung = child.poll() is None and not has_ended(child)
            child.kill()
            child.wait()
            if is_hung and number != doubted:
                # A busy machine is silent, too: believed a second time, when it is the
                # first of its child and has the patience of imports.
                doubted = number
            elif number < n:
                errors.seek(0)
                said = errors.read()[-500:].decode(errors="replace")
                yield {
                    "number": number,
                    "outcome": "hang" if is_hung else "crash",
                    "said": said,
                    "code": child.returncode,
                }
                number += 1


def lines_of(child: subprocess.Popen) -> Iterator[bytes]:
    """Lines that a child prints, until it ends or says nothing for too long."""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        # The first answer holds the imports, too.
        patience = FIRST_SECONDS
        while selector.select(patience):
            line = child.stdout.readline()
            if not line:
                return
            yield line
            patience = MOST_SECONDS


def has_ended(child: subprocess.Popen) -> bool:
    """Whether a child that says no more is about to end by itself."""
    try:
        child.wait(timeout=1.0)
    except subprocess.TimeoutExpired:
        return False
    return True


# -- the child ------------------------------------------------------------------------


def silenced() -> Any:
    """Keep the way to the parent for answers, and let nothing else be printed.

    Returns
    -------
    file
        Where answers go.
    """
    warnings.simplefilter("ignore")
    # libsndfile itself prints of some damaged SDS files.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return answers


def answer(answers: Any, **line: Any) -> None:
    """Tell the parent what came of a mutant."""
    answers.write(json.dumps(line) + "\n")
    answers.flush()


def watched(
    read: Callable[..., str],
    *args: Any,
    refused: Callable[[Exception], bool],
) -> dict[str, Any]:
    """Read a mutant.

    Parameters
    ----------
    read : callable
        Says what came of it.
    *args : object
        Its arguments.
    refused : callable
        Whether an exception is an answer, and no fault.

    Returns
    -------
    dict
        What came of it, how long it took, and how much memory.
    """
    said = ""
    with Peak() as peak:
        try:
            outcome = read(*args)
        except Exception as error:
            outcome = "refused" if refused(error) else "exception"
            said = f"{type(error).__name__}: {error}"
    mb = peak.bytes / MEBI
    if mb > MOST_MB:
        outcome = "heap"
    line = {"outcome": outcome, "seconds": peak.seconds, "mb": mb}
    return line if outcome == "refused" else {**line, "said": said[:300]}


# -- damage ---------------------------------------------------------------------------

# What numbers are made to be: none, one, the largest of their kinds, and odd ones.
NUMBERS = (0, 1, 2, 3, 100, 255, 256, 1024, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1)


def damaged(
    rng: Any, content: bytes, others: Sequence[bytes], changes: Sequence[Callable]
) -> bytes:
    """Damage bytes once to three times.

    Parameters
    ----------
    rng : numpy.random.Generator
        Decides how.
    content : bytes
        The whole file.
    others : sequence of bytes
        Files of which parts may come into it.
    changes : sequence of callables
        ``change(rng, content, other)``, such as those of `CHANGES`.

    Returns
    -------
    bytes
        Very rarely the same.
    """
    found = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        change = changes[rng.integers(len(changes))]
        found = change(rng, found, others[rng.integers(len(others))])
    return bytes(found)


def _place(rng, content, *, head=None):
    """A position, in the first bytes only if asked for."""
    stop = len(content) if head is None else min(head, len(content))
    return int(rng.integers(max(stop, 1)))


def _flip_bits(rng, content, other):
    for _ in range(rng.integers(1, 9)):
        if content:
            content[_place(rng, content)] ^= 1 << rng.integers(8)
    return content


def _flip_header(rng, content, other):
    for _ in range(rng.integers(1, 5)):
        if content:
            content[_place(rng, content, head=128)] ^= 1 << rng.integers(8)
    return content


def _set_number(rng, content, other):
    at = _place(rng, content, head=96)
    size = int(rng.choice([2, 4, 8]))
    value = NUMBERS[rng.integers(len(NUMBERS))] % 256**size
    order = "big" if rng.integers(2) else "little"
    content[at : at + size] = value.to_bytes(size, order)
    return content


def _cut_off(rng, content, other):
    return content[: _place(rng, content)]


def _cut_out(rng, content, other):
    first, last = sorted(_place(rng, content) for _ in range(2))
    return content[:first] + content[last:]


def _put_junk_in(rng, content, other):
    at = _place(rng, content)
    return content[:at] + rng.bytes(rng.integers(1, 5000)) + content[at:]


def _overwrite_with_junk(rng, content, other):
    at, junk = _place(rng, content), rng.bytes(rng.integers(1, 2000))
    content[at : at + len(junk)] = junk
    return content


def _overwrite_with_zeros(rng, content, other):
    at, n_bytes = _place(rng, content), int(rng.integers(1, 4000))
    content[at : at + n_bytes] = bytes(min(n_bytes, len(content) - at))
    return content


def _another_behind(rng, content, other):
    return content + other


def _another_inside(rng, content, other):
    at = _place(rng, content)
    return content[:at] + other[: _place(rng, other)] + content[at:]


def _header_of_another(rng, content, other):
    n_bytes = int(rng.integers(4, 64))
    return bytearray(other[:n_bytes]) + content[n_bytes:]


def _twice(rng, content, other):
    return content + content


CHANGES = (
    _flip_bits,
    _flip_header,
    _flip_header,
    _set_number,
    _set_number,
    _set_number,
    _cut_off,
    _cut_out,
    _put_junk_in,
    _overwrite_with_junk,
    _overwrite_with_zeros,
    _another_behind,
    _another_inside,
    _header_of_another,
    _twice,
)
