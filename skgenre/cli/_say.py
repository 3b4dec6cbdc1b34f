"""What the command line says."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


def example_songs(comparison: Any, voting: str) -> list[int]:
    """Two songs with a right and two with a wrong verdict, of mixed windows."""
    windows = comparison.window_proba
    verdicts = comparison.verdicts(voting)
    labels = comparison.classes[windows.values.argmax(axis=1)]
    agrees = labels == windows.expand(verdicts)
    share = np.bincount(windows.groups, weights=agrees) / windows.counts
    right = verdicts == comparison.y
    chosen: list[int] = []
    for kind in (right, ~right):
        genres: set = set()
        # Songs whose windows disagree show what a voting is for.
        for song in np.argsort(share, kind="stable"):
            if kind[song] and windows.counts[song] > 2 and len(genres) < 2:
                if comparison.y[song] not in genres:
                    chosen.append(int(song))
                genres.add(comparison.y[song])
    return chosen or [0]


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
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        self.seconds = time.perf_counter() - start
        messages = [
            str(w.message) for w in caught if issubclass(w.category, UserWarning)
        ]
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

    def table(self, comparison: Any, voting: str) -> None:
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
        self, comparison: Any, voting: str, songs: list[int], names: list[str]
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
    return f"{number} {unit}{'' if number == 1 else 's'}"


def below(path: str, folder: Path) -> str:
    try:
        return Path(path).relative_to(folder.expanduser()).as_posix()
    except ValueError:
        return str(path)
