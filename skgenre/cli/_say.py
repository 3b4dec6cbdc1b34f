"""What the command line says."""

import json
import os
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre import __version__
from skgenre.audio._excerpt import Excerpt
from skgenre.audio._song import shown
from skgenre.datasets._unit import MUSIC, Unit, plural
from skgenre.model_selection._text_tables import wrapped

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
    # Songs that no fold tests have no windows.
    n_agree = np.bincount(windows.groups, weights=agrees, minlength=len(windows))
    share = n_agree / windows.counts.clip(min=1)
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


def ensured(
    *,
    n_unknown: int,
    n_songs: int,
    unsearched: str | None,
    words: Unit = MUSIC,
    apart: bool = True,
) -> str:
    """Say what the split ensured, and what it did not.

    Parameters
    ----------
    n_unknown, n_songs : int
        Songs of unknown artists, and all.
    unsearched : str or None
        Why copies of recordings were not looked for; None if they were.
    words : Unit, default=MUSIC
        What songs and artists are called.
    apart : bool, default=True
        Whether songs of one artist, and copies, were kept in one fold.

    Returns
    -------
    str
        Sentences.
    """
    song, songs, group = words.song, plural(words.song), words.group
    if not apart:
        return (
            f"No file was judged by a model that was trained on it, but {songs} of one "
            f"{group} may be on both sides, which flatters."
        )
    if unsearched is None and not n_unknown:
        return (
            f"No {song} was judged by a model that had heard it: copies of a "
            f"recording, and {songs} of one {group}, were kept in one fold."
        )
    sentences = ["No file was judged by a model that was trained on it."]
    if unsearched is None:
        sentences.append("Copies of a recording were kept in one fold.")
    else:
        sentences.append(
            f"Copies were not looked for ({unsearched}): the same recording may be "
            "under two names, on both sides."
        )
    if n_unknown:
        sentences.append(
            f"{songs.capitalize()} of one {group} may be on both sides: "
            f"{plural(group)} are not known of {n_unknown} of {n_songs} {songs}."
        )
    return " ".join(sentences)


class Speaker:
    """Says what is done, in numbered sentences, or one JSON object of what was found.

    Parameters
    ----------
    json : bool, default=False
        Whether all words are left out, and `result` is printed.
    """

    def __init__(self, *, json: bool = False) -> None:
        from rich.console import Console

        self.json = json
        self.words: Unit = MUSIC  # until the data are known
        self.warnings: list[str] = []
        # No bold either: whoever sets NO_COLOR may look at a log that shows codes.
        plain = bool(os.environ.get("NO_COLOR"))
        self.console = Console(highlight=False, color_system=None if plain else "auto")
        self.number = 0
        self.seconds = 0.0

    @contextmanager
    def step(self, unsaid: Iterable[str] = ()) -> Iterator[None]:
        """Take the time, and say warnings in a line each, but for those with a text."""
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
            if not any(text in message for text in unsaid):
                self.warn(message)

    def done(self, text: str) -> None:
        """Say what the last step did and how long it took."""
        self.number += 1
        took = f" ({self.seconds:.1f} s)" if self.seconds >= 0.1 else ""
        self.seconds = 0.0
        self.line(f"{self.number}. {text}{took}")

    def line(self, text: str, style: str | None = None) -> None:
        """Say something, in lines that are broken between words where one looks on."""
        if self.json:
            return
        text = shown(text)  # names of files may be no UTF-8
        if self.width is not None:
            parts = [part for line in text.split("\n") for part in self._fitted(line)]
            text = "\n".join(parts)
        self.console.print(text, style=style, markup=False, soft_wrap=True)

    def command(self, text: str) -> None:
        """Say what is to be typed: in one line, however long, so that it is copied."""
        if not self.json:
            self.console.print(shown(text), markup=False, soft_wrap=True, style="bold")

    def aside(self) -> None:
        """Say everything on the standard error from now on, but for the JSON object."""
        if not self.json:
            self.console.stderr = True

    @property
    def watched(self) -> int:
        """Whether a progress bar is wanted, for parameters called `verbose`."""
        return int(sys.stderr.isatty() and not self.json)

    @property
    def width(self) -> int | None:
        """Letters of a line, None where lines may be of any length, as in files."""
        looked_on = self.console.is_terminal or os.environ.get("COLUMNS")
        return self.console.width if looked_on else None

    def _fitted(self, line: str) -> list[str]:
        # Lines of tables are made to fit, and would lose their blanks.
        fits = self.width is None or len(line) <= self.width
        return [line] if fits else wrapped(line, self.width or 0)

    def warn(self, text: str) -> None:
        """Say what should not be overlooked."""
        self.warnings.append(shown(text))
        self.line(f"Warning: {text}", style="yellow")

    def result(self, command: str, found: Mapping[str, Any]) -> None:
        """Print what a command found as one JSON object, where that is wanted.

        Parameters
        ----------
        command : str
            Which command found it.
        found : mapping
            Of names to what JSON can hold, or arrays and paths.
        """
        if not self.json:
            return
        about = {"skgenre": __version__, "command": command}
        whole = {**about, **found, "warnings": self.warnings}
        text = json.dumps(plain(whole), indent=2, allow_nan=False)
        self.console.print(text, markup=False, soft_wrap=True, highlight=False)

    def table(self, comparison: "VotingComparison", voting: str, ensured: str) -> None:
        """Say how the votings did, what is easy, and what the split ensured."""
        scores, songs = comparison.pooled[voting], plural(self.words.song)
        self.line(f"\n{comparison.to_text(width=self.width)}\n")
        label, share = comparison.baseline
        self.line(
            f"The voting {voting!r} gets {100 * scores['accuracy']:.1f} % of {songs} "
            f"right, windows alone are right in {100 * scores['window_accuracy']:.1f} "
            f"%. Always {label!r} would get {100 * share:.1f} % of {songs} right.",
            style="bold",
        )
        recall = ", ".join(
            f"{genre} {100 * part:.0f} %"
            for genre, part in comparison.recall(voting).items()
        )
        self.line(
            f"Right of each {self.words.label}: {recall}; on average "
            f"{100 * scores['balanced_accuracy']:.1f} % (balanced accuracy)."
        )
        self.line(ensured)

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


def below(path: Any, folder: Path) -> str:
    """Name a file by its path below a folder, where it lies there.

    Parameters
    ----------
    path : str, Path or Excerpt
        The file, or a part of it.
    folder : Path
        The folder.

    Returns
    -------
    str
        With slashes on every system, and bytes that are no UTF-8 escaped.
    """
    if isinstance(path, Excerpt):
        return str(replace(path, path=below(path.path, folder)))
    try:
        return shown(Path(path).relative_to(folder.expanduser()).as_posix())
    except ValueError:
        return shown(str(path))


def plain(value: Any) -> Any:
    """Turn what was found into what JSON can hold.

    Parameters
    ----------
    value : object
        Numbers, texts, arrays, paths, and mappings and sequences of them.

    Returns
    -------
    object
        NaN and infinity are None, as JSON has neither; names can be printed.
    """
    if isinstance(value, Mapping):
        return {shown(str(name)): plain(part) for name, part in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple | set):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    return shown(str(value))
