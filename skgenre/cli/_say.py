"""What the command line says."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from skgenre.model_selection import VotingComparison


def example_songs(comparison: "VotingComparison", voting: str) -> list[int]:
    """Two songs with a right and two with a wrong verdict, of mixed windows.

    Parameters
    ----------
    comparison : VotingComparison
        Of all votings.
    voting : str
        Whose verdicts.

    Returns
    -------
    list of int
        Positions of songs, those with a right verdict first.
    """
    windows = comparison.window_proba
    verdicts = comparison.verdicts(voting)
    labels = comparison.classes[windows.values.argmax(axis=1)]
    agrees = labels == windows.expand(verdicts)
    share = np.bincount(windows.groups, weights=agrees) / windows.counts
    right = verdicts == comparison.y
    # Songs whose windows disagree show what a voting is for.
    mixed: list[int] = np.argsort(share, kind="stable").tolist()
    many = windows.counts > 2
    chosen = [
        song
        for kind in (right, ~right)
        for song in _of_two_genres(
            [song for song in mixed if kind[song] and many[song]], comparison.y
        )
    ]
    return chosen or [0]


def _of_two_genres(songs: list[int], y: np.ndarray) -> list[int]:
    """Take the first song, and the first one of another genre."""
    first_of: dict[str, int] = {}
    for song in songs:
        first_of.setdefault(y[song], song)
    return list(first_of.values())[:2]


class Speaker:
    """Says what is done, in numbered sentences."""

    def __init__(self) -> None:
        from rich.console import Console

        self.console = Console(highlight=False)
        self.number = 0
        self.seconds = 0.0

    @contextmanager
    def step(self, unsaid: str = "no warning has this text") -> Iterator[None]:
        """Take the time, and say warnings in a line each."""
        start = time.perf_counter()
        # Warnings of Python's kind show a line of code, which is of no use to users.
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        self.seconds = time.perf_counter() - start
        messages = [
            str(w.message) for w in caught if issubclass(w.category, UserWarning)
        ]
        # Each once, in the order in which they came.
        for message in dict.fromkeys(messages):
            if unsaid not in message:
                self.warn(message)

    def done(self, text: str) -> None:
        """Say what the last step did and how long it took."""
        self.number += 1
        took = f" ({self.seconds:.1f} s)" if self.seconds >= 0.1 else ""
        self.seconds = 0.0
        self.line(f"{self.number}. {text}{took}")

    def line(self, text: str, style: str | None = None) -> None:
        """Say something."""
        self.console.print(text, style=style, markup=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Say what should not be overlooked."""
        self.line(f"Warning: {text}", style="yellow")

    def unknown_artists(self, n_unknown: int, *, n_songs: int) -> None:
        """Say that the numbers may be optimistic, if artists are not known."""
        if n_unknown:
            self.warn(
                f"The artist of {n_unknown} of {n_songs} songs is not known. Songs of "
                "one artist may be on both sides of a fold, so the numbers may be "
                "optimistic. If you can, name files 'ARTIST - TITLE.ext' or use "
                "folders GENRE/ARTIST/."
            )

    def table(self, comparison: "VotingComparison", voting: str) -> None:
        """Say how the votings did."""
        scores = comparison.pooled[voting]
        self.line(f"\n{comparison}\n")
        self.line(
            f"The voting {voting!r} gets {100 * scores['accuracy']:.1f} % of songs "
            f"right, windows alone are right in {100 * scores['window_accuracy']:.1f} "
            "%. No song was judged by a model that had heard it.",
            style="bold",
        )

    def examples(
        self,
        comparison: "VotingComparison",
        voting: str,
        songs: list[int],
        names: list[str],
    ) -> None:
        """Say the verdict on some songs."""
        windows = comparison.window_proba
        for song in dict.fromkeys(songs):
            proba = comparison.song_proba[voting][song]
            best = np.argsort(-proba, kind="stable")[:3]
            verdict = comparison.classes[best[0]]
            n_agree = np.sum(windows[song].argmax(axis=1) == best[0])
            truth = comparison.y[song]
            shares = ", ".join(f"{comparison.classes[i]} {proba[i]:.2f}" for i in best)
            self.line(
                f"  {names[song]}: {verdict}, "
                f"{'right' if truth == verdict else f'but it is {truth}'} ({shares}; "
                f"{n_agree} of {windows.counts[song]} windows say {verdict})"
            )


def count(number: int, unit: str) -> str:
    """Say a number with its unit in singular or plural.

    Parameters
    ----------
    number : int
        How many.
    unit : str
        Of what, in singular.

    Returns
    -------
    str
        Such as "1 song" and "2 songs".
    """
    return f"{number} {unit}{'' if number == 1 else 's'}"


def below(path: str | Path, folder: Path) -> str:
    """Name a file by its path below a folder, where it lies there.

    Parameters
    ----------
    path : str or Path
        The file.
    folder : Path
        The folder.

    Returns
    -------
    str
        With slashes on every system.
    """
    try:
        return Path(path).relative_to(folder.expanduser()).as_posix()
    except ValueError:
        return str(path)
