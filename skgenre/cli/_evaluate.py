"""``skgenre evaluate``: features, cross-validation of all votings, words and files."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skgenre.cli._copies import look_for_copies
from skgenre.cli._errors import (
    UserError,
    bad_files,
    check_folds,
    check_genres,
    require,
)
from skgenre.cli._save import (
    FILES,
    Findings,
    save_comparison,
    save_pictures,
    save_predictions,
)
from skgenre.cli._say import Speaker, below, count, ensured, example_songs

# Parameters of FrameWindower, and the options that set them here.
_OPTIONS = {
    "window_seconds": "--window",
    "hop_seconds": "--hop",
    "sample_rate": "--sample-rate",
    "silence_db": "--silence-db",
    "tail": "--tail",
}

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skgenre import SongWindows
    from skgenre.datasets._load_songs import ArtistSource
    from skgenre.model_selection import VotingComparison


@dataclass(frozen=True)
class Settings:
    """What the user of the command line decides.

    Parameters
    ----------
    folder, out : Path
        Where the songs are, and where pictures and tables go.
    n_folds : int
        Folds of the cross-validation.
    voting : str, default="mean"
        The voting of the verdicts in pictures and predictions.
    window : float, default=5.0
        Length of windows in seconds.
    hop : float or None, default=None
        Seconds between starts of windows; half a window if None.
    sample_rate : int, default=22050
        In hertz.
    tail : {"drop", "pad", "align"}, default="drop"
        What is done with the rest behind a song's last window.
    silence_db : float or None, default=None
        Windows so much quieter than the song's loudest are left out; none if None.
    cache : Path or None, default=None
        Where features are kept.
    on_error : {"warn", "raise"}, default="warn"
        What to do about files that cannot be read.
    n_jobs : int, default=-1
        Songs at a time.
    copies : bool, default=True
        Whether copies of one recording are looked for.
    """

    folder: Path
    out: Path
    n_folds: int
    voting: str = "mean"
    window: float = 5.0
    hop: float | None = None
    sample_rate: int = 22050
    tail: Literal["drop", "pad", "align"] = "drop"
    silence_db: float | None = None
    cache: Path | None = None
    on_error: Literal["warn", "raise"] = "warn"
    n_jobs: int = -1
    copies: bool = True

    def to_save(self) -> dict[str, Any]:
        """What decides the numbers, for the file that holds them."""
        return {
            "voting": self.voting,
            "folds": self.n_folds,
            "window": self.window,
            "hop": self.hop,
            "sample_rate": self.sample_rate,
            "tail": self.tail,
            "silence_db": self.silence_db,
            "cache": None if self.cache is None else str(self.cache),
            "on_error": self.on_error,
            "copies": self.copies,
        }


def run_evaluate(settings: Settings, *, artist: "ArtistSource") -> None:
    """Compare all votings on the songs of a folder.

    Parameters
    ----------
    settings : Settings
        What the user decides.
    artist : str or None
        Where the artist of a song is found, as in `load_songs`.
    """
    from skgenre.datasets import load_songs

    say = Speaker()
    with say.step():
        songs = load_songs(settings.folder, artist=artist)
    genres = ", ".join(
        f"{np.sum(songs.target == genre)} {genre}" for genre in songs.target_names
    )
    say.done(
        f"Found {count(len(songs.data), 'song')} of "
        f"{count(len(songs.target_names), 'genre')} in {settings.folder}: {genres}."
    )
    evaluate_songs(say, songs, settings)


def evaluate_songs(say: Speaker, songs: "Bunch", settings: Settings) -> Findings:
    """Features, cross-validation, words, pictures and tables.

    Parameters
    ----------
    say : Speaker
        Says what is done.
    songs : Bunch
        As from `load_songs`.
    settings : Settings
        What the user decides.

    Returns
    -------
    Findings
        What was found, and is saved.
    """
    require("matplotlib", "pandas")
    y, artists = songs.target, songs.groups
    check_genres(songs.target_names)
    check_folds(y, artists, settings.n_folds)  # before the long part
    copies = look_for_copies(
        say,
        songs,
        folder=settings.folder,
        wanted=settings.copies,
        n_jobs=settings.n_jobs,
    )
    artists = copies.groups
    unit = "recording" if songs.groups is None else "artist"
    # Copies bind artists together.
    check_folds(y, artists, settings.n_folds, unit=unit)
    features = _features(say, songs, settings)
    heard = np.flatnonzero(features.counts > 0)
    y, artists = y[heard], None if artists is None else artists[heard]
    # Bad files may have left too few.
    if len(heard) < len(songs.data):
        check_folds(y, artists, settings.n_folds, unit=unit)
    known = [songs.artists[song] for song in heard if songs.artists[song] is not None]
    comparison = _compare(say, features[heard], y, artists, settings.n_folds, known)
    names = [below(path, settings.folder) for path in songs.data]
    errors = {
        below(path, settings.folder): _in_options(reason)
        for path, reason in features.errors.items()
    }
    found = Findings(
        comparison=comparison,
        voting=settings.voting,
        songs=songs,
        names=names,
        heard=heard,
        errors=errors,
        copies=copies.pairs,
    )
    examples = example_songs(comparison, settings.voting)
    said = ensured(
        n_unknown=len(heard) - len(known),
        n_songs=len(heard),
        unsearched=copies.unsearched,
    )
    say.table(comparison, settings.voting, said)
    say.examples(
        comparison, settings.voting, examples[:1] + examples[-1:], found.heard_names
    )
    _save(say, found, settings, examples)
    return found


def _features(say: Speaker, songs: "Bunch", settings: Settings) -> "SongWindows":
    """Means and standard deviations of MFCCs of all windows; say how it went."""
    from skgenre import AudioError, FrameWindower, MFCCFeaturizer

    windower = FrameWindower(
        settings.window,
        hop_seconds=settings.hop,
        sample_rate=settings.sample_rate,
        tail=settings.tail,
        silence_db=settings.silence_db,
        on_error=settings.on_error,
    )
    featurizer = MFCCFeaturizer(
        summary=("mean", "std"),
        memory=settings.cache,
        n_jobs=settings.n_jobs,
        verbose=int(sys.stderr.isatty()),  # a bar, for those who watch
    )
    n_songs, folder = len(songs.data), settings.folder
    try:
        # Which songs could not be used is said below, with their names in the folder.
        with say.step(unsaid=(" songs could not be used", " Hz, read at ")):
            features = featurizer.fit_transform(windower.fit_transform(songs.data))
    except AudioError as error:
        raise UserError(
            f"{_bad_files(error.errors, n_songs=n_songs, folder=folder)}\n"
            "Remove them, or go on without them: --on-error warn"
        ) from error
    if features.errors:
        say.warn(
            f"{_bad_files(features.errors, n_songs=n_songs, folder=folder)}\n"
            "The evaluation goes on without them."
        )
    hop = windower.hop_samples_ / settings.sample_rate
    say.done(
        f"Cut them into {features.n_windows:,} windows of {settings.window:g} s, a new "
        f"one every {hop:.4g} s, and took the mean and standard deviation of 13 MFCCs "
        "of each."
    )
    for sentence in windower.advice_:
        say.warn(_in_options(sentence))
    return features


def _bad_files(errors: dict[Any, str], *, n_songs: int, folder: Path) -> str:
    said = {path: _in_options(reason) for path, reason in errors.items()}
    return bad_files(said, n_songs=n_songs, folder=folder)


def _in_options(sentence: str) -> str:
    """Say parameters as the options that they are here."""
    sentence = sentence.replace("silence_db=None", "no --silence-db")
    for name, option in _OPTIONS.items():
        sentence = re.sub(rf"\b{name}=", f"{option} ", sentence)
        # A tail without a value is a word like others.
        if "_" in name:
            sentence = re.sub(rf"\b{name}\b", option, sentence)
    return sentence


def _compare(
    say: Speaker,
    features: "SongWindows",
    y: np.ndarray,
    artists: np.ndarray | None,
    n_folds: int,
    known: list[str],
) -> "VotingComparison":
    """Cross-validate all votings; say what was done."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skgenre import GroupVotingClassifier
    from skgenre.model_selection import compare_votings

    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    with say.step():
        comparison = compare_votings(
            GroupVotingClassifier(classifier), features, y, cv=n_folds, groups=artists
        )
    split = "StratifiedKFold: no song is on both sides of a fold"
    if known:
        split = (
            "StratifiedGroupKFold: no artist is on both sides of a fold; "
            f"{count(len(set(known)), 'known artist')}"
        )
    say.done(
        f"Fitted a StandardScaler and LogisticRegression on windows in {n_folds} folds "
        f"({split})."
    )
    say.done(
        f"Made one verdict per song out of the same window probabilities, by "
        f"{len(comparison.song_proba)} votings."
    )
    say.unknown_artists(len(y) - len(known), n_songs=len(y))
    return comparison


def _save(
    say: Speaker, found: Findings, settings: Settings, examples: list[int]
) -> None:
    out = settings.out
    out.mkdir(parents=True, exist_ok=True)
    with say.step():
        save_pictures(out, found, examples)
        save_predictions(out, found)
        save_comparison(out, found, settings.to_save())
    say.line(f"Saved in {out}: {', '.join(FILES)}.")
