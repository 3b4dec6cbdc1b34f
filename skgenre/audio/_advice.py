"""What does not fit between the songs and how they are cut, in sentences."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from skgenre.audio._facts import SongFacts
from skgenre.audio._plan import WindowPlan

# Lengths of windows that are suggested: the longest that gives each song so many.
_LENGTHS = (60, 30, 20, 10, 5, 3, 2, 1, 0.5, 0.25)
ENOUGH = 5
# Below this rate nothing of music is left, and files have always more.
_LOWEST_RATE = 1000
# Rates that differ by less are no reason to change anything.
_CLOSE = 0.8


def advise(plan: WindowPlan, facts: Iterable[SongFacts]) -> list[str]:
    """Say what does not fit, from what was learned while songs were read.

    Parameters
    ----------
    plan : WindowPlan
        How they are cut.
    facts : iterable of SongFacts
        Of songs that have windows; none if nothing was read yet.

    Returns
    -------
    list of str
        Sentences, each with the setting that would fit; empty if all is well.
    """
    heard = [own for own in facts if own.n_windows]
    found = [_of_hop(plan)]
    if heard:
        found += [
            _of_length(plan, heard),
            _of_padding(plan, heard),
            rate_warning(plan, heard) or _of_rate(plan, heard),
            _of_silence(plan, heard),
        ]
    return [sentence for sentence in found if sentence]


def rate_warning(plan: WindowPlan, heard: Iterable[SongFacts]) -> str | None:
    """Say that the rate is certainly wrong.

    Parameters
    ----------
    plan : WindowPlan
        How songs are read.
    heard : iterable of SongFacts
        What was learned of them.

    Returns
    -------
    str or None
        A sentence if most files hold nothing in the upper half of what is analysed,
        or most of what files hold is thrown away.
    """
    rates = [own.native_rate for own in heard if own.native_rate]
    if not rates:
        return None
    usual, n_usual = Counter(rates).most_common(1)[0]
    if 2 * n_usual <= len(rates):
        return None
    if usual <= plan.sample_rate / 2:
        return (
            f"The files are at {usual:,g} Hz, read at {plan.sample_rate:,g}, so above "
            f"{usual / 2:,g} Hz there is nothing in them: set sample_rate={usual:g}."
        )
    if plan.sample_rate < _LOWEST_RATE <= usual / 2:
        return (
            f"The files are at {usual:,g} Hz, read at {plan.sample_rate:,g}, which "
            f"leaves nothing above {plan.sample_rate / 2:,g} Hz. Rates are in Hz: set "
            "sample_rate=22050."
        )
    return None


def _of_rate(plan: WindowPlan, heard: list[SongFacts]) -> str | None:
    rates = [own.native_rate for own in heard if own.native_rate]
    slower = slower_rate(rates, plan.sample_rate)
    if slower is None:
        return None
    return (
        f"{slower.n_files} of {len(rates)} files are at {slower.sample_rate:,g} Hz or "
        f"near it, read at {plan.sample_rate:,g}: set "
        f"sample_rate={slower.sample_rate:g}."
    )


def is_slower(rate: float, sample_rate: float) -> bool:
    """Whether a file's rate is so much lower than what it is read at that it matters.

    Parameters
    ----------
    rate, sample_rate : float
        Samples per second.

    Returns
    -------
    bool
        False if it is nearly as high, or higher.
    """
    return rate < _CLOSE * sample_rate


class SlowerRate(NamedTuple):
    """A rate that most files have, or are near to, and how many those are."""

    sample_rate: float
    n_files: int


def slower_rate(rates: Sequence[float], sample_rate: float) -> SlowerRate | None:
    """Find the rate that fits files better than one that most of them do not reach.

    Parameters
    ----------
    rates : sequence of float
        Samples per second of each file.
    sample_rate : float
        What they would be read at.

    Returns
    -------
    SlowerRate or None
        None if half of the files, or more, hold what is read, or nearly so.
    """
    slow = [rate for rate in rates if is_slower(rate, sample_rate)]
    if 2 * len(slow) <= len(rates):
        return None
    return SlowerRate(Counter(slow).most_common(1)[0][0], len(slow))


def _of_hop(plan: WindowPlan) -> str | None:
    size, hop = plan.window_samples, plan.hop_samples
    if hop <= size:
        return None
    rate = plan.sample_rate
    return (
        f"Windows of {size / rate:g} s start every {hop / rate:g} s, so "
        f"{(hop - size) / rate:g} s between any two are not heard: a hop_seconds of "
        f"{size / rate:g} or less hears everything."
    )


def _of_length(plan: WindowPlan, heard: list[SongFacts]) -> str | None:
    single = [own.seconds for own in heard if own.n_windows == 1]
    if len(heard) < 2 or 2 * len(single) <= len(heard):
        return None
    window_seconds = plan.window_samples / plan.sample_rate
    sentence = (
        f"{len(single)} of {len(heard)} songs have one window of {window_seconds:g} s, "
        "so votings cannot differ"
    )
    usual = float(np.median(single))
    length = fitting_length(usual, longest=window_seconds)
    # A window as long as the one there is would change nothing.
    if length is None or length >= window_seconds:
        return f"{sentence}."
    n_windows = count_half_overlapping(usual, length)
    return f"{sentence}; window_seconds={length:g} would give about {n_windows}."


def fitting_length(
    seconds: float, *, longest: float, shortest: float = 0.0
) -> float | None:
    """Find the longest window of a round length of which a song has enough to vote.

    Parameters
    ----------
    seconds : float
        How long the song lasts.
    longest, shortest : float
        Limits of the window, in seconds.

    Returns
    -------
    float or None
        Seconds; None if there is no such window.
    """
    for length in _LENGTHS:
        is_allowed = shortest <= length <= longest
        if is_allowed and count_half_overlapping(seconds, length) >= ENOUGH:
            return length
    return None


def round_length_above(shortest: float) -> float:
    """Find the shortest window of a round length that is long enough.

    Parameters
    ----------
    shortest : float
        Seconds.

    Returns
    -------
    float
        Seconds.
    """
    return min((length for length in _LENGTHS if length >= shortest), default=shortest)


def count_half_overlapping(seconds: float, length: float) -> int:
    """Count the windows of a song that overlap by half, as they do by default.

    Parameters
    ----------
    seconds, length : float
        How long the song and a window last.

    Returns
    -------
    int
        At least 1: what is shorter than a window is one all the same.
    """
    # A sample may be missing.
    return 1 + max(0, int((seconds - length) / (length / 2) + 1e-6))


def _of_padding(plan: WindowPlan, heard: list[SongFacts]) -> str | None:
    window_seconds = plan.window_samples / plan.sample_rate
    # Half a sample is a matter of rounding.
    short = [
        own.seconds
        for own in heard
        if own.seconds < window_seconds - 0.5 / plan.sample_rate
    ]
    if not short or plan.short not in ("pad", "repeat"):
        return None
    how = "filled up with zeros" if plan.short == "pad" else "repeated to fill it"
    return (
        f"{len(short)} of {len(heard)} songs are shorter than a window of "
        f"{window_seconds:g} s and {how} (the shortest lasts {min(short):.2f} s), so "
        "their window ends behind their end."
    )


def _of_silence(plan: WindowPlan, heard: list[SongFacts]) -> str | None:
    n_silent = sum(own.n_silent for own in heard)
    if not n_silent or plan.window_weight == "heard":
        return None  # what is silent has no weight in the vote
    n_songs = sum(own.n_silent > 0 for own in heard)
    return (
        f"{n_silent} of {sum(own.n_windows for own in heard)} windows, in {n_songs} of "
        f"{len(heard)} songs, hold digital silence and vote like all others: "
        "silence_db=60 leaves them out."
    )
