"""Damaged audio files by the thousand: what reading them does at its worst.

A second of noise in every format and coding that libsndfile writes is changed at
random: bits and fields of headers, sizes, rates, channels, cut off, with junk in it or
behind it, one stream behind another. Each mutant is read in a child process, whose end
or silence is noted and which is started again behind it. Counted are

- crashes: the child ended,
- hangs: more than 10 s for one file,
- heaps: more than 500 MB for one file,
- exceptions other than `AudioError`, and warnings of numpy's,
- wrong rows: windows that are not finite, of another shape, or other ones when they
  are counted alone or read in blocks; a good song that reads otherwise in between.

All should be 0. A mutant is made from the seed and its number alone.

    python benchmarks/fuzz_audio.py [--n 20000] [--seed 0] [--out DIR or FILE]
"""

import io
import sys
import warnings
from pathlib import Path

import damage
import numpy as np
import soundfile
from measure import arguments, result_path, write

RATE = 22050
FAULTS = (*damage.FAULTS, "wrong rows")


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
    """Read mutants in child processes: what came of them, see `damage.run`."""
    return damage.run(__file__, n, seed, faults=FAULTS)


# -- the child ------------------------------------------------------------------------


def read_mutants(start, stop, seed, folder):
    """Read mutants one after the other; print what came of each, a line of JSON."""
    from skgenre import AudioError

    answers = damage.silenced()
    # Under -W error they would end a run.
    warnings.simplefilter("error", RuntimeWarning)
    originals = make_originals()
    good = Path(folder) / "good.wav"
    soundfile.write(good, noise(), RATE)
    expected = windows_of(good)
    for number in range(int(start), int(stop)):
        name, content = mutant(originals, int(seed), number)
        path = Path(folder) / f"mutant.{name.partition(' ')[0].lower()}"
        path.write_bytes(content)
        line = damage.watched(
            checked, path, refused=lambda error: isinstance(error, AudioError)
        )
        if number % 100 == 0 and not np.array_equal(windows_of(good), expected):
            line["outcome"] = "wrong rows"
        path.unlink()
        damage.answer(answers, number=number, kind=name, **line)


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
    others = list(originals.values())
    return name, damage.damaged(rng, originals[name], others, damage.CHANGES)


if __name__ == "__main__":
    main()
