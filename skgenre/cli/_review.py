"""``skgenre review``: songs and a model in, a table of what is worth a look out.

::

    DATA ─ read, decisions of before ─► copies ─► judged by models fitted anew ─┐
                              table to fill in, decisions of before in it ◄─────┘
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib

from skgenre.audio._song import shown
from skgenre.cli._copies import Copies, look_for_copies
from skgenre.cli._data import read_data, root_of, unknown_groups
from skgenre.cli._errors import bad_files, interruptible, require
from skgenre.cli._predict import load_for_files
from skgenre.cli._report import WantedReport, report_review
from skgenre.cli._reviewed import apply_review
from skgenre.cli._say import Speaker, below
from skgenre.datasets._unit import MUSIC, OTHER, plural

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skgenre.persistence import ModelCard
    from skgenre.review import Review

_SHOWN = 10


@dataclass(frozen=True)
class WantedReview:
    """What the user of ``review`` decides.

    Parameters
    ----------
    data, model : Path
        Where the songs are, and the model's file.
    out : Path
        The table's file.
    groups : str, default="auto"
        Where the artist of a song is found.
    n_folds : int, default=10
        Folds, at most.
    copies : bool, default=True
        Whether copies of one recording are looked for.
    trusted : sequence of str, default=()
        Types of the model file that are to be trusted.
    n_jobs : int, default=-1
        Songs at a time.
    isolate : bool, default=False
        Whether files are decoded in processes of their own.
    cache : Path or None, default=None
        Where features are kept.
    report : WantedReport or None, default=None
        The page to decide on, if one is wanted.
    """

    data: Path
    model: Path
    out: Path = Path("review.csv")
    groups: str = "auto"
    n_folds: int = 10
    copies: bool = True
    trusted: Sequence[str] = ()
    n_jobs: int = -1
    isolate: bool = False
    cache: Path | None = None
    report: WantedReport | None = None


def run_review(wanted: WantedReview, *, json: bool = False) -> None:
    """Find songs that are worth a look, and write the table to fill in.

    Parameters
    ----------
    wanted : WantedReview
        What the user decides.
    json : bool, default=False
        Whether to print one JSON object.
    """
    from skgenre.review import read_review
    from skgenre.review._table import check_review_path

    require("skops")
    start, say = time.perf_counter(), Speaker(json=json)
    check_review_path(wanted.out)
    # A table that cannot be read is never replaced.
    with say.step():
        earlier = read_review(wanted.out) if wanted.out.expanduser().exists() else None
    card, model = load_for_files(wanted.model, wanted.trusted)
    kept = f"{wanted.out} is as it was before." if earlier else "No table was written."
    with interruptible(kept), joblib.parallel_config(n_jobs=wanted.n_jobs):
        songs = _songs(say, wanted, card)
        if earlier is not None and songs.target is not None:
            songs = apply_review(say, songs, earlier, name=str(wanted.out)).songs
        review = _review(say, songs, model, wanted)
    if earlier is not None:
        review = review.with_decisions(earlier)
    review.save(wanted.out)
    if wanted.report is not None:
        report_review(say, review, songs, wanted.report, n_jobs=wanted.n_jobs)
    _say_next(say, review, wanted, labelled=songs.target is not None)
    say.result(
        "review",
        {
            "out": wanted.out,
            "n_songs": review.n_songs,
            "agreement": review.agreement,
            "method": review.method,
            "songs": [row.to_dict() for row in review],
            "errors": review.errors,
            "seconds": time.perf_counter() - start,
        },
    )


# -- songs ----------------------------------------------------------------------------


def _songs(say: Speaker, wanted: WantedReview, card: "ModelCard") -> "Bunch":
    if has_labels(wanted.data):
        return read_data(say, wanted.data, groups=wanted.groups, isolate=wanted.isolate)
    say.words = MUSIC if card.facts.get("unit") == MUSIC.song else OTHER
    with say.step():
        songs = _unlabelled(wanted.data)
    songs.unit = say.words
    say.done(
        f"Found {say.words.several(len(songs.data), 'song')} without labels in "
        f"{wanted.data}."
    )
    return songs


def has_labels(data: Path) -> bool:
    """Tell whether songs have labels: folders for them, or a column.

    Parameters
    ----------
    data : Path
        A folder or a table.

    Returns
    -------
    bool
        False only where songs are there and none has a label.
    """
    from skgenre.datasets._load_songs import find_files, readable_extensions
    from skgenre.datasets._read_table import read_table
    from skgenre.datasets._table_columns import columns_of

    if data.is_dir():
        extensions = readable_extensions()
        songs = [f for f in find_files(data) if f.suffix.lower() in extensions]
        return not songs or any(len(song.parts) > 1 for song in songs)
    if not data.is_file() or data.suffix.lower() in readable_extensions():
        return True  # what reads it says what it expects
    none = dict.fromkeys(("path", "group", "fold", "split", "start", "end"))
    try:
        return "label" in columns_of(read_table(data), {**none, "label": "label"})
    except ValueError as error:
        return "several" in str(error)  # which one is asked where it is read


def _unlabelled(data: Path) -> "Bunch":
    from sklearn.utils import Bunch

    from skgenre.datasets import load_table
    from skgenre.prediction._songs import find_songs

    if not data.is_dir():
        return load_table(data, label=None)
    paths = find_songs([data])
    names = [below(path, data) for path in paths]
    artists = [None] * len(paths)
    return Bunch(data=paths, names=names, target=None, groups=None, artists=artists)


# -- the review -----------------------------------------------------------------------


def _review(say: Speaker, songs: "Bunch", model: Any, wanted: WantedReview) -> "Review":
    from skgenre.review import review_songs
    from skgenre.review._review_songs import featurizers_in

    if wanted.cache is not None:
        for featurizer in featurizers_in(model):
            featurizer.set_params(memory=str(wanted.cache))
    root = root_of(wanted.data)
    copies = _copies(say, songs, wanted, root)
    if songs.target is not None:
        unknown_groups(say, songs)
    with say.step():
        review = review_songs(
            model,
            songs,
            duplicates=False if copies.found is None else copies.found,
            n_folds=wanted.n_folds,
            isolate=wanted.isolate,
            verbose=say.watched,
        )
    agreed = ""
    if review.agreement is not None:
        agreed = (
            f" The verdict is the label of {100 * review.agreement:.1f} % of "
            f"{plural(say.words.song)}."
        )
    say.done(f"{review.method}{agreed}")
    if review.errors:
        say.warn(
            bad_files(review.errors, n_songs=len(songs.data), folder=root)
            + f"\nThe other {plural(say.words.song)} are judged."
        )
    return review


def _copies(say: Speaker, songs: "Bunch", wanted: WantedReview, root: Path) -> Copies:
    if songs.target is None:
        songs = type(songs)(**{**songs, "target": [""] * len(songs.data)})
    return look_for_copies(
        say,
        songs,
        folder=root,
        wanted=wanted.copies,
        n_jobs=wanted.n_jobs,
        isolate=wanted.isolate,
    )


# -- what comes out -------------------------------------------------------------------


def _say_next(
    say: Speaker, review: "Review", wanted: WantedReview, *, labelled: bool
) -> None:
    words = say.words
    todo = [row for row in review if row.is_open]
    n_decided = len(review) - len(todo)
    decided = f" {n_decided} more are decided, and stay so." if n_decided else ""
    if not todo:
        say.line(f"No {words.song} is worth a look that is not decided.{decided}")
        return
    of_all = words.several(review.n_songs or len(todo), "song")
    are = "is" if len(todo) == 1 else "are"
    say.line(f"{len(todo)} of {of_all} {are} worth a look.{decided}", style="bold")
    for row in todo[:_SHOWN]:
        say.line(f"{row.rank:>3}. {shown(row.song)}\n     {row.reasons}")
    more = len(todo) - _SHOWN
    if more > 0:
        say.line(f"     and {more} more in the table.")
    if wanted.report is None:
        say.line(
            f"Saved {wanted.out}. Listen, and fill in the column decision: right, "
            "relabel (and the right one into new_label), leave out or unsure; "
            "decided_by, decided_at and comment if you like."
        )
    else:
        say.line(
            f"Saved {wanted.out}. Open {wanted.report.path}, listen and decide by "
            f"keys, and save the table from there in place of {wanted.out}."
        )
    if labelled:
        say.line("Then train on what you decided:")
        say.command(
            f"  skgenre train {wanted.data} --review {wanted.out} -o better.skgenre"
        )
