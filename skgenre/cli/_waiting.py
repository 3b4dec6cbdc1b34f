"""What is shown while one waits for a step that cannot tell how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from skgenre.cli._say import Speaker

# As of bars: what is gone before one has read it only makes restless.
_PATIENCE_SECONDS = 2.0


@contextmanager
def waiting(say: Speaker, what: str, *, about: float) -> Iterator[None]:
    """Show how long a step has taken, and how long it will take, to those who watch.

    Parameters
    ----------
    say : Speaker
        Knows whether one watches.
    what : str
        What is done.
    about : float
        How many seconds it is expected to take; nothing is shown if it is below two.
    """
    if not say.watched or about < _PATIENCE_SECONDS:
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(),
        TextColumn(what, markup=False),
        TimeElapsedColumn(),
        TextColumn(f"of about {about:.0f} s"),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        progress.add_task(what, total=None)
        yield
