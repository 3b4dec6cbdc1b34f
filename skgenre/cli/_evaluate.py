"""``skgenre evaluate``: features, cross-validation of all votings, words and files."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skgenre.cli._copies import look_for_copies
from skgenre.cli._cut import chosen_cut
from skgenre.cli._data import read_data, root_of, unknown_groups
from skgenre.cli._errors import check_genres, features_kept, interruptible, require
from skgenre.cli._hear import hear, usable_songs
from skgenre.cli._recipe import Cut, recipe_model, set_windowers
from skgenre.cli._report import WantedReport, report_findings
from skgenre.cli._save import (
    FILES,
    Findings,
    facts_of,
    save_comparison,
    save_pictures,
    save_predictions,
)
from skgenre.cli._say import Speaker, below, ensured, example_songs
from skgenre.cli._split import Split, check_enough, split_of_heard
from skgenre.datasets._unit import plural

# Options of the command that advice may name.
_OPTIONS = ("--window", "--hop", "--sample-rate", "--silence-db", "--tail")

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline
    from sklearn.utils import Bunch

    from skgenre import GroupVotingClassifier, SongWindows
    from skgenre.model_selection import VotingComparison


@dataclass(frozen=True)
class Settings:
    """What the user of the command line decides.

    Parameters
    ----------
    data : Path
        Where the songs are.
    out : Path or None
        Where pictures and tables go; none are made if None.
    n_folds : int or None, default=None
        Folds of the cross-validation, at most; those of the data, or 5, if None.
    groups : str, default="auto"
        Where the artist of a song is found.
    recipe : str, default="baseline"
        Features and classifier.
    voting : str, default="mean"
        The voting of the verdicts in pictures and predictions.
    window, sample_rate : float or None, default=None
        Length of windows in seconds, and hertz; what fits the data if None.
    hop : float or None, default=None
        Seconds between starts of windows; half a window if None.
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
    isolate : bool, default=False
        Whether files are decoded in processes of their own.
    copies : bool, default=True
        Whether copies of one recording are looked for.
    report : WantedReport or None, default=None
        A page of all songs with their sound.
    """

    data: Path
    out: Path | None
    n_folds: int | None = None
    groups: str = "auto"
    recipe: str = "baseline"
    voting: str = "mean"
    window: float | None = None
    hop: float | None = None
    sample_rate: float | None = None
    tail: Literal["drop", "pad", "align"] = "drop"
    silence_db: float | None = None
    cache: Path | None = None
    on_error: Literal["warn", "raise"] = "warn"
    n_jobs: int = -1
    isolate: bool = False
    copies: bool = True
    report: WantedReport | None = None

    def to_save(self, cut: Cut, split: Split) -> dict[str, Any]:
        """What decides the numbers, for the file that holds them."""
        return {
            "groups": self.groups,
            "recipe": self.recipe,
            "voting": self.voting,
            "folds": split.n_folds,
            "split": split.text,
            "by": split.by,
            "window": cut.window,
            "hop": cut.hop,
            "sample_rate": cut.sample_rate,
            "tail": self.tail,
            "silence_db": self.silence_db,
            "cache": None if self.cache is None else str(self.cache),
            "on_error": self.on_error,
            "copies": self.copies,
        }


def run_evaluate(
    settings: Settings, *, json: bool = False, command: str = "evaluate"
) -> None:
    """Compare all votings on songs with labels.

    Parameters
    ----------
    settings : Settings
        What the user decides.
    json : bool, default=False
        Whether to print one JSON object.
    command : str, default="evaluate"
        Whose the JSON object is.
    """
    say = Speaker(json=json)
    kept = f"The evaluation was not finished. {features_kept(settings.cache)}"
    with interruptible(kept):
        songs = read_data(
            say, settings.data, groups=settings.groups, isolate=settings.isolate
        )
        evaluate_songs(say, songs, settings, command=command)


def evaluate_songs(
    say: Speaker, songs: "Bunch", settings: Settings, *, command: str = "evaluate"
) -> Findings:
    """Features, cross-validation, words, pictures and tables.

    Parameters
    ----------
    say : Speaker
        Says what is done.
    songs : Bunch
        As from `load_songs`.
    settings : Settings
        What the user decides.
    command : str, default="evaluate"
        Whose the JSON object is.

    Returns
    -------
    Findings
        What was found, and is saved.
    """
    if settings.out is not None:
        require("matplotlib", "pandas")
    check_genres(songs.target_names, words=say.words)
    check_enough(say, songs.target)  # before the long part
    root = root_of(settings.data)
    copies = look_for_copies(
        say,
        songs,
        folder=root,
        wanted=settings.copies,
        n_jobs=settings.n_jobs,
        isolate=settings.isolate,
    )
    cut = chosen_cut(
        say,
        songs,
        recipe=settings.recipe,
        window=settings.window,
        hop=settings.hop,
        sample_rate=settings.sample_rate,
        n_jobs=settings.n_jobs,
        isolate=settings.isolate,
    )
    recipe = hear(
        say,
        songs,
        _model(cut, settings),
        name=settings.recipe,
        data=root,
        options=_OPTIONS,
    )
    heard, errors = usable_songs(say, songs, [recipe], data=root, options=_OPTIONS)
    split = split_of_heard(say, songs, copies, heard, n_folds=settings.n_folds)
    features = recipe.of(heard)[0]
    comparison = _compare(
        say,
        features,
        songs.target[heard],
        split,
        recipe.judges[0].vote,
        settings,
        n_known=len({songs.artists[song] for song in heard} - {None}),
    )
    unknown_groups(say, songs)
    found = Findings(
        comparison=comparison,
        voting=settings.voting,
        songs=songs,
        names=[below(path, root) for path in songs.data],
        heard=heard,
        errors=errors,
        copies=copies.pairs,
        words=say.words,
    )
    examples = example_songs(comparison, settings.voting)
    said = ensured(
        n_unknown=sum(songs.artists[song] is None for song in heard),
        n_songs=len(heard),
        unsearched=copies.unsearched,
        words=say.words,
        apart=split.groups is not None or copies.groups is None,
    )
    say.table(comparison, settings.voting, said)
    say.examples(
        comparison, settings.voting, examples[:1] + examples[-1:], found.heard_names
    )
    facts = facts_of(found, settings.to_save(cut, split))
    if settings.out is not None:
        _save(say, found, settings.out, examples, facts=facts)
    if settings.report is not None:
        report_findings(
            say,
            found,
            settings.report,
            ensured=said,
            recipe=settings.recipe,
            features=features,
            vote=recipe.judges[0].vote,
            split=split,
            n_jobs=settings.n_jobs,
        )
    paths = {
        "out": settings.out,
        "report": None if settings.report is None else settings.report.path,
    }
    say.result(command, {**facts, **paths})
    return found


def _model(cut: Cut, settings: Settings) -> "Pipeline":
    model = recipe_model(
        settings.recipe,
        cut,
        memory=settings.cache,
        n_jobs=settings.n_jobs,
        isolate=settings.isolate,
    )
    parameters: dict[str, Any] = {"tail": settings.tail}
    if settings.silence_db is not None:
        parameters["silence_db"] = settings.silence_db  # else as the recipe has it
    return set_windowers(model, on_error=settings.on_error, **parameters)


def _compare(
    say: Speaker,
    features: "SongWindows",
    y: np.ndarray,
    split: Split,
    vote: "GroupVotingClassifier",
    settings: Settings,
    *,
    n_known: int,
) -> "VotingComparison":
    """Cross-validate all votings; say what was done."""
    from skgenre.model_selection import compare_votings

    with say.step():
        comparison = compare_votings(
            vote,
            features,
            y,
            cv=split.cv,
            groups=split.groups,
            verbose=say.watched,
        )
    grouped = split.groups is not None
    kept = f"no {split.by if grouped else say.words.song} is on both sides of a fold"
    if split.official is None:
        kept = f"Stratified{'Group' * grouped}KFold: {kept}"
    if grouped:
        kept += f"; {n_known} known {plural(say.words.group)}"
    say.done(
        f"Fitted the classifier of {settings.recipe!r} on windows in {split.text} "
        f"({kept})."
    )
    say.done(
        f"Made one verdict per {say.words.song} out of the same window probabilities, "
        f"by {len(comparison.song_proba)} votings."
    )
    return comparison


def _save(
    say: Speaker,
    found: Findings,
    out: Path,
    examples: list[int],
    *,
    facts: dict[str, Any],
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with say.step():
        save_pictures(out, found, examples)
        save_predictions(out, found)
        save_comparison(out, facts)
    say.line(f"Saved in {out}: {', '.join(FILES)}.")
