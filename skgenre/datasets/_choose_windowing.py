"""Which window and rate fit songs, from how long they are and how they are sampled."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from skgenre.audio._advice import (
    count_half_overlapping,
    fitting_length,
    is_slower,
    round_length_above,
    slower_rate,
)
from skgenre.datasets._survey import SongSurvey, lasting, whole
from skgenre.features._kernels.descriptors import fitted_frame
from skgenre.windows._frame_windower import SAMPLE_RATE

# As FrameWindower has it.
_WINDOW_SECONDS = 5.0
# What the recipes need: a slope over time is that of nine STFT frames, eight hops.
_FEWEST_HOPS = 8
# The lowest rate at which they find bands to hear.
LOWEST_RATE = 1000
# Beyond, windows that overlap tell hardly more and take twice the time.
_PLENTY = 200
# Songs that are a sample short of a window, or one too long.
_ROUNDING_SECONDS = 1e-3


@dataclass(frozen=True)
class Windowing:
    """How songs should be cut, and why: what `choose_windowing` returns.

    Parameters
    ----------
    window_seconds : float
        Length of windows.
    hop_seconds : float or None
        Seconds between their starts; None for half a window, the default.
    sample_rate : float
        Samples per second at which songs should be read.
    reasons : tuple of str
        Sentences that say why.

    Examples
    --------
    >>> from skgenre import FrameWindower
    >>> from skgenre.datasets import Windowing
    >>> chosen = Windowing(1.0, None, 4000, reasons=("clips are short",))
    >>> FrameWindower(
    ...     chosen.window_seconds,
    ...     hop_seconds=chosen.hop_seconds,
    ...     sample_rate=chosen.sample_rate,
    ... )
    FrameWindower(sample_rate=4000, window_seconds=1.0)
    """

    window_seconds: float
    hop_seconds: float | None
    sample_rate: float
    reasons: tuple[str, ...]


def choose_windowing(
    survey: SongSurvey,
    *,
    window_seconds: float | None = None,
    sample_rate: float | None = None,
    song: str = "song",
) -> Windowing:
    r"""Choose the length of windows and the rate that fit songs.

    The rate is 22,050 Hz, or the files' own where most have less. Windows last 5
    seconds where the usual song has enough of them to vote, five; else they have the
    longest of some round lengths (3, 2, 1, 0.5, 0.25 s) of which the usual song has
    five, but hold nine STFT frames, which the recipes need. Where not even two of these
    fit, a window holds the whole of the usual song. The usual song is the median.

    Parameters
    ----------
    survey : SongSurvey
        As from `survey_songs`; headers alone are enough.
    window_seconds : float, default=None
        Take this length, where it is settled; then no reason is given for it.
    sample_rate : float, default=None
        Take this rate, where it is settled; then no reason is given for it.
    song : str, default="song"
        What songs are called in sentences.

    Returns
    -------
    Windowing
        Window, hop, rate, and why.

    Raises
    ------
    ValueError
        If none of the songs can be used.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.datasets import choose_windowing, survey_songs
    >>> tone = np.sin(np.arange(20000) / 9)
    >>> survey = survey_songs([(tone[:n], 4000) for n in (4800, 10000, 19200)])
    >>> chosen = choose_windowing(survey)
    >>> chosen.window_seconds, chosen.sample_rate
    (1.0, 4000)
    >>> print(*chosen.reasons, sep="\n")
    The songs are at 4,000 Hz: nothing above 2,000 Hz is in them.
    The songs last 1.2 to 4.8 s (median 2.5): windows of 1 s give about 4 each.
    """
    if not survey.readable.any():
        raise ValueError(
            f"Got {len(survey)} {song}s, none of which can be used, but expected at "
            f"least one. {_first_error(survey)}"
        )
    reasons: list[str] = []
    if sample_rate is None:
        sample_rate, reason = _chosen_rate(survey, song)
        reasons.append(reason)
    seconds = survey.known_seconds
    if window_seconds is None:
        window_seconds, reason = _chosen_length(seconds, sample_rate, song)
        reasons.append(reason)
    hop_seconds = None
    if len(seconds):
        usual = float(np.median(seconds))
        if count_half_overlapping(usual, window_seconds) > _PLENTY:
            hop_seconds = float(window_seconds)
            reasons.append(
                "They are many, so each starts where the one before it ends: that "
                "takes half the time."
            )
    reasons += _doubts(survey, window_seconds, sample_rate, song)
    return Windowing(
        window_seconds=float(window_seconds),
        hop_seconds=hop_seconds,
        sample_rate=whole(sample_rate),
        reasons=tuple(reasons),
    )


def shorter_than(survey: SongSurvey, window_seconds: float) -> np.ndarray:
    """Find the songs that do not fill one window.

    Parameters
    ----------
    survey : SongSurvey
        As from `survey_songs`.
    window_seconds : float
        Length of a window.

    Returns
    -------
    bool array of shape (n_songs,)
        False where the length is not known, or the song cannot be used.
    """
    short = survey.seconds < window_seconds - _ROUNDING_SECONDS  # NaN is not
    return survey.readable & short


def shortest_window(sample_rate: float) -> float:
    """How long a window is that holds the fewest frames that the recipes need.

    Parameters
    ----------
    sample_rate : float
        Samples per second.

    Returns
    -------
    float
        Seconds.
    """
    return _FEWEST_HOPS * (fitted_frame(sample_rate) // 4) / sample_rate


def _first_error(survey: SongSurvey) -> str:
    song_id, reason = next(iter(survey.errors.items()))
    return f"The first, {song_id}: {reason}"


def _chosen_rate(survey: SongSurvey, song: str) -> tuple[float, str]:
    """The rate, and why."""
    rates = survey.known_rates.tolist()
    default = float(SAMPLE_RATE)
    if not rates:
        return default, f"The rate of no {song} is known: {default:,g} Hz, the default."
    slower = slower_rate(rates, default)
    usual, n_usual = Counter(rates).most_common(1)[0]
    if slower is None:
        read = "" if usual == default else f": read at {default:,g}"
        found = f"{_share(n_usual, len(rates), song)} at {usual:,g} Hz"
        return default, f"{found}{read}, the default."
    near = "" if n_usual == slower.n_files else " or near it"
    of_all = _share(slower.n_files, len(rates), song)
    found = f"{of_all} at {slower.sample_rate:,g} Hz{near}"
    if slower.sample_rate < LOWEST_RATE:
        return LOWEST_RATE, (
            f"{found}: read at {LOWEST_RATE:,} Hz, the lowest that recipes work at."
        )
    top = slower.sample_rate / 2
    return slower.sample_rate, f"{found}: nothing above {top:,g} Hz is in them."


def _share(number: int, total: int, song: str) -> str:
    if number == total:
        return f"The {song}s are"
    return f"{number} of {total} {song}s are"


def _chosen_length(
    seconds: np.ndarray, sample_rate: float, song: str
) -> tuple[float, str]:
    """The length of windows, and why."""
    if not len(seconds):
        return _WINDOW_SECONDS, (
            f"How long the {song}s are is not known: windows of {_WINDOW_SECONDS:g} s, "
            "the default."
        )
    usual = float(np.median(seconds))
    shortest = shortest_window(sample_rate)
    found = f"The {song}s last {lasting(seconds)}"
    length = fitting_length(usual, longest=_WINDOW_SECONDS, shortest=shortest)
    if length is None:
        length = round_length_above(shortest)
    n_windows = count_half_overlapping(usual, length)
    if n_windows > 1:
        return length, (
            f"{found}: windows of {length:g} s give about {n_windows:,} each."
        )
    # Rounded down, for the usual song to fill it; a sample may be missing.
    filled = math.floor(usual * 100 + 1e-6) / 100
    return filled if filled >= shortest else length, (
        f"{found}: too short to be cut, so a window holds a whole {song}, and there is "
        "nothing to vote on."
    )


def _doubts(
    survey: SongSurvey, window_seconds: float, sample_rate: float, song: str
) -> Iterator[str]:
    """What is to be known of the songs that the choice does not fit."""
    seconds, rates = survey.known_seconds, survey.known_rates
    n_short = int(shorter_than(survey, window_seconds).sum())
    if n_short:
        yield (
            f"{n_short} of {len(seconds)} {song}s are shorter than a window: they are "
            "repeated, or filled up with zeros."
        )
    n_unknown = int(survey.readable.sum()) - len(seconds)
    if n_unknown and len(seconds):
        yield f"The length of {n_unknown} others is not known."
    slow = [rate for rate in rates.tolist() if is_slower(rate, sample_rate)]
    if slow and sample_rate > LOWEST_RATE:
        yield (
            f"{len(slow)} of {len(rates)} {song}s are at lower rates, such as "
            f"{slow[0]:,g} Hz, and lack what is high: a model may hear that instead of "
            "what it should."
        )
