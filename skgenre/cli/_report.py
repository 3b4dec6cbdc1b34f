"""``--report`` and ``skgenre report``: verdicts as one HTML file with sound."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skgenre.cli._errors import UserError, checked_choice, checked_out
from skgenre.cli._say import Speaker

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skgenre import SongWindows
    from skgenre.cli._save import Findings
    from skgenre.cli._split import Split
    from skgenre.persistence import ModelCard
    from skgenre.prediction._predict_table import Judged
    from skgenre.reporting._content import ReportContent
    from skgenre.review import Review

_ENDINGS = (".html", ".htm")


@dataclass(frozen=True)
class WantedReport:
    """What the user of a report decides.

    Parameters
    ----------
    path : Path
        The file.
    audio : {"embed", "link", "none"}, default="embed"
        Whether sound is in the page, played from the files, or left out.
    max_megabytes : float, default=50.0
        What embedded sound may take.
    leakage : bool, default=False
        Whether other splits are measured, too.
    isolate : bool, default=False
        Whether files are decoded in processes of their own.
    """

    path: Path
    audio: Any = "embed"
    max_megabytes: float = 50.0
    leakage: bool = False
    isolate: bool = False


def wanted_report(
    path: Path | None,
    *,
    audio: str,
    max_megabytes: float = 50.0,
    leakage: bool = False,
    isolate: bool = False,
    option: str = "--report",
) -> WantedReport | None:
    """Check what is wanted of a report, before the long part.

    Parameters
    ----------
    path : Path or None
        The file; no report if None.
    audio, max_megabytes, leakage, isolate
        As of `WantedReport`.
    option : str, default="--report"
        By which the file was given.

    Returns
    -------
    WantedReport or None
        None if no report is wanted.

    Raises
    ------
    UserError
        If the file is no HTML, or cannot be written.
    """
    audio = checked_choice("--audio", audio, ("embed", "link", "none"))
    if path is None:
        return None
    if path.suffix.lower() not in _ENDINGS:
        raise UserError(
            f"Got {option} {path}, but expected a file that ends in .html, such as "
            f"{path.with_suffix('.html')}."
        )
    if path.is_dir():
        raise UserError(
            f"Got {option} {path}, which is a folder, but expected a file, such as "
            f"{path / 'report.html'}."
        )
    checked_out(path.absolute().parent)
    return WantedReport(path, audio, max_megabytes, leakage, isolate)


def report_findings(
    say: Speaker,
    found: "Findings",
    wanted: WantedReport,
    *,
    ensured: str,
    recipe: str,
    features: "SongWindows",
    vote: Any,
    split: "Split",
    n_jobs: int,
) -> None:
    """Write what an evaluation found.

    Parameters
    ----------
    say : Speaker
        Says what is done.
    found : Findings
        Of the evaluation.
    wanted : WantedReport
        What the user decides.
    ensured : str
        What the split ensured, and what not.
    recipe : str
        Features and classifier.
    features : SongWindows
        Of the songs that could be used.
    vote : GroupVotingClassifier
        Not fitted.
    split : Split
        By which it was evaluated.
    n_jobs : int
        Songs at a time.
    """
    from skgenre.reporting._extras import Extras
    from skgenre.reporting._from_comparison import content_of_comparison

    leakage = _leakage(say, found, features, vote, split) if wanted.leakage else None
    extras = Extras(
        copies=found.copies,
        leakage=leakage,
        errors=found.errors,
        labels=dict(zip(found.names, found.songs.target, strict=True)),
        done=[f"Features and classifier are those of the recipe {recipe!r}."],
        notes=[ensured],
        words=found.words,
    )
    content = content_of_comparison(
        found.comparison,
        songs=[found.songs.data[song] for song in found.heard],
        voting=found.voting,
        extras=extras,
        keys=found.heard_names,
    )
    _write(say, content, wanted, n_jobs=n_jobs)


def _leakage(
    say: Speaker, found: "Findings", features: Any, vote: Any, split: "Split"
) -> Any:
    """The same model under other splits, where groups are known."""
    from skgenre.model_selection import leakage_report

    with say.step():
        leakage = leakage_report(
            vote,
            features,
            found.comparison.y,
            artists=split.groups,
            cv=split.n_folds,
        )
    say.done("Measured the same model under other splits.")
    return leakage


def report_verdicts(
    say: Speaker,
    judged: "Judged",
    card: "ModelCard",
    wanted: WantedReport,
    *,
    n_jobs: int,
) -> None:
    """Write the verdicts of a model on new songs.

    Parameters
    ----------
    say : Speaker
        Says what is done.
    judged : Judged
        What was heard; songs of an earlier run are heard again.
    card : ModelCard
        Of the model's file.
    wanted : WantedReport
        What the user decides.
    n_jobs : int
        Songs at a time.
    """
    from skgenre.reporting._extras import Extras
    from skgenre.reporting._from_model import content_of_verdicts
    from skgenre.reporting._report import listened_to

    content = content_of_verdicts(
        listened_to(judged, verbose=say.watched),
        judged.songs,
        classes=judged.classes,
        card=card,
        extras=Extras(words=say.words),
    )
    _write(say, content, wanted, n_jobs=n_jobs)


def report_review(
    say: Speaker,
    review: "Review",
    songs: "Bunch",
    wanted: WantedReport,
    *,
    n_jobs: int,
) -> None:
    """Write the page on which songs are decided by ear.

    Parameters
    ----------
    say : Speaker
        Says what is done.
    review : Review
        The songs that are worth a look.
    songs : Bunch
        All of them.
    wanted : WantedReport
        What the user decides.
    n_jobs : int
        Songs at a time.
    """
    from skgenre.reporting._extras import Extras
    from skgenre.reporting._from_review import content_of_review
    from skgenre.reporting._report import sources_by_name

    content = content_of_review(
        review, sources=sources_by_name(songs), extras=Extras(words=say.words)
    )
    _write(say, content, wanted, n_jobs=n_jobs)


def _write(
    say: Speaker,
    content: "ReportContent",
    wanted: WantedReport,
    *,
    n_jobs: int,
) -> None:
    from skgenre.reporting._report import write_report

    with say.step():
        written = write_report(
            content,
            wanted.path,
            audio=wanted.audio,
            max_megabytes=wanted.max_megabytes,
            isolate=wanted.isolate,
            n_jobs=n_jobs,
            verbose=say.watched,
        )
    size = written.path.stat().st_size / 1e6
    say.line(
        f"Saved {wanted.path} ({size:.1f} MB): open it in a browser. {written.sound}"
    )
