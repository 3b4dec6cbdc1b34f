"""Which seconds of a song decided, where a model has windows of several lengths."""

from collections.abc import Iterable

from skgenre.prediction._verdicts import Event
from skgenre.voting._events import Stretch


def joined(stretches: Iterable[Stretch], *, total: float) -> tuple[Event, ...]:
    """Join stretches that overlap, which those of several parts of a model may.

    Parameters
    ----------
    stretches : iterable of Stretch
        Of one song.
    total : float
        All that speaks for the verdict.

    Returns
    -------
    tuple of Event
        Those with the largest share first.

    Examples
    --------
    >>> from skgenre.prediction._events import joined
    >>> from skgenre.voting._events import Stretch
    >>> joined([Stretch(0, 5, 0.25, 1), Stretch(4, 6, 0.25, 1)], total=1.0)
    (Event(start=0, end=6, share=0.5),)
    """
    events: list[Event] = []
    for stretch in sorted(stretches):
        share = stretch.score / total
        # Those of one part may touch, where a window between did not decide.
        if events and stretch.start < events[-1].end:
            last = events.pop()
            end = max(last.end, stretch.end)
            events.append(Event(last.start, end, last.share + share))
        else:
            events.append(Event(stretch.start, stretch.end, share))
    return tuple(sorted(events, key=lambda event: (-event.share, event.start)))
