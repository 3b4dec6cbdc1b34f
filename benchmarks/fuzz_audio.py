"""Damaged audio files by the thousand: what reading them does at its worst.

A second of noise in every format and coding that libsndfile writes is changed at
random: bits and fields of headers, sizes, rates, channels, cut off, with junk in it or
behind it, one stream behind another. Each mutant is read in a child process, whose end
or silence is noted and which is started again behind it. Counted are

- crashes: the child ended,
- hangs: more than 10 s for one file,
- heaps: more than 500 MB for one file,
- exceptions other than `AudioError`,
- wrong rows: windows that are not finite, of another shape, or other ones when they
  are counted alone or read in blocks; a good song that reads otherwise in between.

All should be 0. A mutant is made from the seed and its number alone.

    python benchmarks/fuzz_audio.py [--n 20000] [--seed 0] [--out DIR or FILE]
"""

import io
import json
import os
import selectors
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import soundfile
from measure import MEBI, Peak, Stopwatch, arguments, result_path, write

RATE = 22050
CHILD = __file__
MOST_SECONDS, MOST_MB = 10.0, 500.0
FIRST_SECONDS = 120.0
FAULTS = ("crash", "hang", "heap", "exception", "wrong rows")
# What headers are made to say: none, one, the largest of their kinds, and odd ones.
NUMBERS = (0, 1, 2, 3, 100, 255, 256, 1024, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1)


def main():
    """Read so many mutants, count, print and write."""
    if sys.argv[1:2] == ["--child"]:
        read_mutants(*sys.argv[2:])
        return
    options = arguments(
        __doc__, recordings=False, n=(20000, "mutants"), seed=(0, "decides them")
    )
    report = run(options.n, options.seed)
    write(report, result_path(options.out, "fuzz_audio"))


def run(n, seed):
    """Read mutants in child processes.

    Returns
    -------
    dict
        Counts of outcomes and formats, the worst, and each fault by number.
    """
    outcomes, faults, kinds = Counter(), [], Counter()
    slowest = heaviest = 0.0
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder, watch("all"):
        for line in outcomes_of(n, seed, folder):
            outcomes[line["outcome"]] += 1
            kinds[line.get("format", "?")] += 1
            slowest = max(slowest, line.get("seconds", 0.0))
            heaviest = max(heaviest, line.get("mb", 0.0))
            if line["outcome"] in FAULTS:
                faults.append(line)
                print(line)
    return {
        "n": n,
        "seed": seed,
        "outcomes": dict(outcomes.most_common()),
        "faults": {fault: outcomes[fault] for fault in FAULTS},
        "which": faults[:100],
        "formats": dict(kinds.most_common()),
        "slowest_seconds": round(slowest, 3),
        "most_mb": round(heaviest, 1),
        "minutes": round(watch.seconds["all"] / 60, 1),
    }


# -- the parent -----------------------------------------------------------------------


def outcomes_of(n, seed, folder):
    """What came of each mutant, in order, as dicts; children are started at need."""
    number = 0
    while number < n:
        command = [sys.executable, CHILD, "--child", str(number), str(n), str(seed)]
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
            if number < n:
                errors.seek(0)
                said = errors.read()[-500:].decode(errors="replace")
                yield {
                    "number": number,
                    "outcome": "hang" if is_hung else "crash",
                    "said": said,
                    "code": child.returncode,
                }
                number += 1


def lines_of(child):
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


def has_ended(child):
    """Whether a child that says no more is about to end by itself."""
    try:
        child.wait(timeout=1.0)
    except subprocess.TimeoutExpired:
        return False
    return True


# -- the child ------------------------------------------------------------------------


def read_mutants(start, stop, seed, folder):
    """Read mutants one after the other; print what came of each, a line of JSON."""
    warnings.simplefilter("ignore")
    # libsndfile itself prints of some damaged SDS files.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    originals = make_originals()
    good = Path(folder) / "good.wav"
    soundfile.write(good, noise(), RATE)
    expected = windows_of(good)
    for number in range(int(start), int(stop)):
        name, content = mutant(originals, int(seed), number)
        path = Path(folder) / f"mutant.{name.partition(' ')[0].lower()}"
        path.write_bytes(content)
        line = {"number": number, "format": name, **watched(path)}
        if number % 100 == 0 and not np.array_equal(windows_of(good), expected):
            line["outcome"] = "wrong rows"
        path.unlink()
        answers.write(json.dumps(line) + "\n")
        answers.flush()


def watched(path):
    """Read a file: what came of it, how long it took, and how much memory."""
    from skgenre import AudioError

    said = ""
    with Peak() as peak:
        try:
            outcome = checked(path)
        except AudioError:
            outcome = "refused"
        except Exception as error:
            outcome, said = "exception", f"{type(error).__name__}: {error}"
    mb = peak.bytes / MEBI
    if peak.seconds > MOST_SECONDS:
        outcome = "hang"
    elif mb > MOST_MB:
        outcome = "heap"
    line = {"outcome": outcome, "seconds": peak.seconds, "mb": mb}
    return {**line, "said": said[:300]} if said else line


def checked(path):
    """Read a file whole, in blocks, and only count: all must tell the same."""
    plan = the_plan()
    read = plan.read(path)
    windows = read.result
    size = plan.window_samples
    if windows.ndim != 2 or windows.shape[1] != size or not np.isfinite(windows).all():
        return "wrong rows"
    # Some hours of a header's promise are not joined twice.
    if len(windows) < 1000:
        joined = np.concatenate(list(plan.blocks(path)))
        if not np.array_equal(joined, windows):
            return "wrong rows"
    if plan.measure(path).n_windows != len(windows):
        return "wrong rows"
    return "read, with a note" if read.facts.notes else "read"


def windows_of(path):
    """Windows of a good song."""
    return the_plan().read(path).result


def the_plan():
    """How songs are cut: half a second at 22,050 Hz."""
    from skgenre.audio._plan import WindowPlan

    return WindowPlan(
        sample_rate=RATE,
        window_samples=RATE // 2,
        hop_samples=RATE // 4,
        offset_seconds=0.0,
        max_seconds=None,
        tail="pad",
        short="pad",
    )


# -- mutants --------------------------------------------------------------------------


def noise(n_channels=1):
    """A second of sound."""
    rng = np.random.default_rng(0)
    return rng.uniform(-0.5, 0.5, (RATE, n_channels))


def make_originals():
    """Whole files by the name of their format and coding.

    Returns
    -------
    dict of str to bytes
        Of all formats and codings that libsndfile writes, mono and stereo.
    """
    found = {}
    for kind in soundfile.available_formats():
        if kind in ("RAW", "SD2"):  # without a header, or with one in a second file
            continue
        for coding in soundfile.available_subtypes(kind):
            for n_channels in (1, 2):
                file = io.BytesIO()
                try:
                    soundfile.write(
                        file, noise(n_channels), RATE, format=kind, subtype=coding
                    )
                except (soundfile.LibsndfileError, ValueError, TypeError):
                    continue
                found[f"{kind} {coding} {n_channels}"] = file.getvalue()
    return found


def mutant(originals, seed, number):
    """Make one damaged file.

    Parameters
    ----------
    originals : dict of str to bytes
        Whole files.
    seed, number : int
        Decide it.

    Returns
    -------
    name : str
        Of the original.
    content : bytes
        Damaged once to three times.
    """
    rng = np.random.default_rng((seed, number))
    names = list(originals)
    name = names[rng.integers(len(names))]
    content = bytearray(originals[name])
    for _ in range(rng.integers(1, 4)):
        change = CHANGES[rng.integers(len(CHANGES))]
        content = change(rng, content, originals[names[rng.integers(len(names))]])
    return name, bytes(content)


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


if __name__ == "__main__":
    main()
