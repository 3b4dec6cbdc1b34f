"""report: verdicts, the honest figure and the sound of songs in one HTML file."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import joblib
from numpy.typing import ArrayLike
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from skgenre.datasets._unit import Unit, plural
from skgenre.model_selection import Duplicates, LeakageReport, ModelComparison
from skgenre.persistence import ModelCard
from skgenre.prediction._judge import Listened
from skgenre.prediction._predict_table import Judged
from skgenre.prediction._songs import as_song_list
from skgenre.prediction._table_files import write_whole
from skgenre.reporting._content import ReportContent, ReportSong
from skgenre.reporting._extras import Extras
from skgenre.reporting._from_comparison import content_of_comparison
from skgenre.reporting._from_model import content_of_verdicts
from skgenre.reporting._from_review import content_of_review
from skgenre.reporting._page import page_of
from skgenre.reporting._sound import KINDS, RATE, Audio, Sound, sounds_of
from skgenre.review import Review
from skgenre.review._review_songs import names_of
from skgenre.windows._windowers import windowers_in


def report(
    source: Any,
    out: str | os.PathLike[str],
    *,
    songs: Any = None,
    voting: str | None = None,
    y: ArrayLike | None = None,
    card: ModelCard | None = None,
    copies: Duplicates | Sequence[tuple[str, str]] | None = None,
    leakage: LeakageReport | None = None,
    errors: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    review: Iterable[Mapping[str, Any]] | None = None,
    audio: Audio = "embed",
    max_megabytes: float = 50.0,
    sample_rate: float | None = None,
    title: str | None = None,
    isolate: bool = False,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Path:
    """Write verdicts into one HTML file, to be looked through and listened to.

    The page says first how good the verdicts are. Its table of songs sorts, filters
    and searches; each song has a player whose position moves along what its windows
    say, with the seconds that decided. It needs no network, and no other file unless
    sound is linked.

    Parameters
    ----------
    source : VotingComparison, ModelComparison, Review or fitted model
        Out-of-fold verdicts, as `compare_votings` and `compare_models` give them;
        songs that are worth a look, as `review_songs` gives them, on each of which
        the page asks for a decision; or a model that judges `songs`, as
        `predict_table` takes it.
    out : path
        The file; what is there is replaced.
    songs : path, sequence of songs, or what `load_songs` returns, default=None
        Where the sounds are: paths, `audio.Excerpt`, waveforms and what else songs
        are, in the order of the comparison's rows. If None, the comparison's names
        of songs, where they are paths. A model needs them. Of a review, what was
        reviewed.
    voting : str, default=None
        Which voting's (or model's) verdicts of a comparison are shown. If None, those
        of "mean", or of the reference where there is no "mean".
    y : array-like of shape (n_songs,), default=None
        Labels of a model's songs, where they are known. They must be other songs than
        it was trained on, or the figure flatters.
    card : ModelCard, default=None
        Of the model's file, from `read_model_card`: how good it is.
    copies : Duplicates or sequence of (name, name), default=None
        Songs that are one recording, as `find_duplicates` gives them.
    leakage : LeakageReport, default=None
        The same model under other splits, as `leakage_report` gives it.
    errors : dict of str to str, default=None
        Names of songs that could not be used, and why; they get rows of their own.
    notes : sequence of str, default=()
        Sentences on what was not ensured, instead of those of the report.
    review : iterable of dict, default=None
        Songs to be decided by ear, in their order. The page then asks for a decision
        on each, by mouse or keyboard, and saves all as CSV. Each has rank and song
        (its name, as in `songs`), and may have label, verdict, confidence, second,
        second_confidence, reasons (a list of sentences), copy_of, decision,
        new_label, decided_by, decided_at and comment. Other songs are left out.
    audio : {"embed", "link", "none"}, default="embed"
        Whether sound is put into the page, as mono mp3 of 7 kB a second; or played
        from the files, which must stay where they are seen from `out`; or left out.
    max_megabytes : float, default=50
        What embedded sound may add to the page. Songs with a wrong verdict come
        first. What does not fit is linked, or left out where there is no file, and
        says so.
    sample_rate : float, default=None
        Samples per second of waveforms that do not say theirs. If None, what the
        model's `FrameWindower` takes, or 22,050.
    title : str, default=None
        Of the page.
    isolate : bool, default=False
        Decode files in processes of their own, as `FrameWindower` does with
        ``isolate=True``, however the model was made: a file whose decoder crashes has
        a row that says so.
    n_jobs : int, default=None
        Songs at a time, as in joblib.
    verbose : int, default=0
        Above 0 shows how far it is.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        If `audio` or `voting` is none of what there is, or numbers of songs differ.
    NotFittedError
        If the model is not fitted.

    See Also
    --------
    skgenre.model_selection.compare_votings : Gives what a report shows best.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from skgenre import recipes
    >>> from skgenre.reporting import report
    >>> rng = np.random.default_rng(0)
    >>> tone = np.sin(np.arange(44100) / 10)
    >>> songs = [tone + 0.1 * rng.normal(size=44100), rng.normal(size=44100)]
    >>> model = recipes.baseline(window_seconds=0.5)
    >>> model = model.fit(songs + songs, ["tone", "noise"] * 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = report(model, Path(folder, "verdicts.html"), songs=songs)
    ...     page = path.read_text(encoding="utf-8")
    >>> "Verdicts on 2 recordings" in page
    True
    """
    check_sound(audio, max_megabytes)
    extras = Extras(
        title=title,
        copies=copies,
        leakage=leakage,
        errors={} if errors is None else errors,
        notes=notes,
        review=None if review is None else list(review),
    )
    if isinstance(source, Review):
        sources = {} if songs is None else sources_by_name(songs)
        content = content_of_review(source, sources=sources, extras=extras)
    elif isinstance(source, ModelComparison):
        chosen = None if songs is None else as_song_list(songs)
        content = content_of_comparison(
            source, songs=chosen, voting=voting, extras=extras
        )
    else:
        content = _of_model(
            source,
            songs,
            y=y,
            card=card,
            extras=extras,
            isolate=isolate,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        sample_rate = sample_rate or _sample_rate(source)
    written = write_report(
        content,
        out,
        audio=audio,
        max_megabytes=max_megabytes,
        sample_rate=sample_rate or RATE,
        isolate=isolate,
        n_jobs=n_jobs,
        verbose=verbose,
    )
    return written.path


def sources_by_name(songs: Any) -> dict[str, Any]:
    """Find where the sound of songs is, by the names that a review has for them.

    Parameters
    ----------
    songs : path, sequence of songs, or Bunch
        As for `report`.

    Returns
    -------
    dict of str to song
        Of all songs.
    """
    given = songs.get("names") if isinstance(songs, Bunch) else None
    listed = as_song_list(songs)
    names = names_of(listed) if given is None else given
    return dict(zip(map(str, names), listed, strict=True))


def check_sound(audio: Any, max_megabytes: Any) -> None:
    """Check what is wanted of the sound, before the long part.

    Parameters
    ----------
    audio, max_megabytes
        As of `report`.

    Raises
    ------
    ValueError
        If there is no such kind, or the size is none.
    """
    if audio not in KINDS:
        raise ValueError(
            f"Got audio={audio!r}, but expected one of {', '.join(KINDS)}."
        )
    if not max_megabytes >= 0:
        raise ValueError(
            f"Got max_megabytes={max_megabytes!r}, but expected 0 or more."
        )


def _of_model(
    model: Any,
    songs: Any,
    *,
    y: ArrayLike | None,
    card: ModelCard | None,
    extras: Extras,
    isolate: bool,
    n_jobs: int | None,
    verbose: int,
) -> ReportContent:
    if songs is None:
        raise ValueError(
            "Got a model without songs=, but expected the songs that it is to judge."
        )
    check_is_fitted(model)
    judged = Judged(model, songs, listened={}, isolate=isolate)
    with joblib.parallel_config(n_jobs=n_jobs):
        listened = listened_to(judged, verbose=verbose)
    return content_of_verdicts(
        listened, judged.songs, classes=judged.classes, y=y, card=card, extras=extras
    )


def listened_to(judged: Judged, *, verbose: int = 0) -> list[Listened]:
    """Judge the songs whose windows are not at hand, and give all.

    Parameters
    ----------
    judged : Judged
        With ``listened``, which may hold some already.
    verbose : int, default=0
        Whether to show how far it is.

    Returns
    -------
    list of Listened of length n_songs
        In the order of songs.
    """
    known = {} if judged.listened is None else judged.listened
    judged.listened = known
    first = {name: i for i, name in reversed(list(enumerate(judged.names)))}
    left = sorted(i for name, i in first.items() if name not in known)
    if left:
        for _ in judged.batches(left, verbose=verbose):
            pass  # noted in judged.listened
    return [known[name] for name in judged.names]


def _sample_rate(model: Any) -> float | None:
    windowers = windowers_in(model)
    return float(windowers[0].sample_rate) if windowers else None


class Written(NamedTuple):
    """A report that was written."""

    path: Path
    sound: str  # a sentence: how many songs can be heard


def write_report(
    content: ReportContent,
    out: str | os.PathLike[str],
    *,
    audio: Audio,
    max_megabytes: float,
    sample_rate: float = RATE,
    isolate: bool = False,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Written:
    """Find the sounds and write the page.

    Parameters
    ----------
    content : ReportContent
        What it says.
    out : path
        The file.
    audio, max_megabytes, sample_rate, isolate, n_jobs, verbose
        As of `report`.

    Returns
    -------
    Written
        The file, and what is said of its sound.
    """
    path = Path(out).expanduser()
    path.parent.mkdir(parents=True, exist_ok=True)
    content = content.reviewed()
    sounds = sounds_of(
        [song.source for song in content.songs],
        audio=audio,
        folder=path.absolute().parent,
        max_bytes=1e6 * max_megabytes,
        urgent=_urgent(content.songs),
        sample_rate=sample_rate,
        isolate=isolate,
        n_jobs=n_jobs,
        verbose=verbose,
    )
    said = _on_sound(sounds, content.words, max_megabytes)
    content = replace(content, done=[*content.done, said])
    write_whole(path, page_of(content, sounds).encode())
    return Written(path, said)


def _on_sound(sounds: Sequence[Sound], words: Unit, max_megabytes: float) -> str:
    """Say how many songs can be heard, and from where."""
    count = {kind: sum(sound.kind == kind for sound in sounds) for kind in KINDS}
    if not count["embed"] and not count["link"]:
        return "The page is without sound."
    said = []
    if count["embed"]:
        of_all = f" of {len(sounds):,}" if count["embed"] < len(sounds) else ""
        said.append(
            f"The page holds the sound of {count['embed']:,}{of_all} "
            f"{plural(words.song)}, mono and small, so that the files are not needed."
        )
    if count["link"]:
        who = "Others are" if said else "Sound is"
        room = f" ({max_megabytes:g} MB are the limit)" if said else ""
        said.append(
            f"{who} played from the files{room}, which must stay where they are, seen "
            "from the page."
        )
    return " ".join(said)


def _urgent(songs: Sequence[ReportSong]) -> list[int]:
    """Positions of songs, those first that one will want to hear."""

    def rank(i: int) -> tuple[bool, bool, bool, float]:
        song = songs[i]
        sure = song.confidence or 0.0
        # A wrong verdict that is sure, then right ones that are not.
        wrong = song.is_right is False
        return (
            song.verdict is None,
            not wrong,
            not song.suspect,
            -sure if wrong else sure,
        )

    return sorted(range(len(songs)), key=rank)
