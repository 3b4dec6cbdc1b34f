"""The commands and their options; what they do is in a file each."""

from pathlib import Path
from typing import Annotated

import typer

from skgenre import __version__
from skgenre.cli._demo import run_demo
from skgenre.cli._errors import (
    checked_choice,
    checked_jobs,
    checked_numbers,
    checked_out,
)
from skgenre.cli._evaluate import Settings, run_evaluate
from skgenre.cli._inspect import run_inspect
from skgenre.cli._models import run_models
from skgenre.cli._say import Speaker

ARTIST_SOURCES = ("auto", "folder", "filename", "tag", "none")

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

_DATA = "A folder per class, CLASS/RECORDING.wav (flac, mp3, ...)."
_GROUPS = (
    "Where the artist (speaker, patient, site) of a recording is found, so that none "
    "is on two sides: folder (CLASS/ARTIST/...), filename (ARTIST - TITLE), tag, auto "
    "(any of these) or none."
)
_Jobs = Annotated[int, typer.Option(help="Songs at a time; -1: all cores.")]


@app.callback(invoke_without_command=True)
def skgenre(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.")
    ] = False,
) -> None:
    """One honest verdict per song, from classifiers that hear windows of it."""
    if version:
        typer.echo(f"skgenre {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option(help="Folder for songs, pictures and tables.")
    ] = Path("skgenre-demo"),
    seed: Annotated[int, typer.Option(help="Decides the songs.", min=0)] = 0,
    songs: Annotated[int, typer.Option(help="Songs per genre.", min=2)] = 10,
    jobs: _Jobs = 1,
) -> None:
    """Synthesise songs of five genres and compare all votings on them."""
    run_demo(checked_out(out), seed=seed, n_songs=songs, n_jobs=checked_jobs(jobs))


@app.command()
def inspect(
    data: Annotated[Path, typer.Argument(help=_DATA)],
    groups: Annotated[str, typer.Option(help=_GROUPS)] = "auto",
    jobs: _Jobs = -1,
    copies: Annotated[
        bool, typer.Option(help="Look for copies of one recording.")
    ] = True,
    json: Annotated[
        bool, typer.Option("--json", help="Print all that was found as JSON.")
    ] = False,
) -> None:
    """Look through your data: what is in it, what is wrong, what to run next."""
    run_inspect(
        Speaker(json=json),
        data,
        groups=groups,
        copies=copies,
        n_jobs=checked_jobs(jobs),
    )


@app.command()
def models(
    files: Annotated[list[Path], typer.Argument(help="Model files, as train writes.")],
    json: Annotated[
        bool, typer.Option("--json", help="Print all that they hold as JSON.")
    ] = False,
) -> None:
    """Say what model files hold: classes, windows, figures, versions, licence."""
    run_models(Speaker(json=json), files)


@app.command()
def evaluate(
    folder: Annotated[
        Path, typer.Argument(help="Songs as FOLDER/GENRE/SONG.wav (flac, mp3...).")
    ],
    window: Annotated[float, typer.Option(help="Window length in seconds.")] = 5.0,
    hop: Annotated[
        float | None,
        typer.Option(
            help="Seconds between starts of windows.", show_default="half a window"
        ),
    ] = None,
    sample_rate: Annotated[
        int, typer.Option(help="Resample to this rate, in hertz.")
    ] = 22050,
    tail: Annotated[
        str,
        typer.Option(
            help="What is done with the rest behind a song's last window: drop, pad "
            "(with zeros) or align (a window that ends with the song)."
        ),
    ] = "drop",
    silence_db: Annotated[
        float | None,
        typer.Option(
            help="Leave out windows that are so many decibels quieter than the song's "
            "loudest, such as 60.",
            show_default="all stay",
        ),
    ] = None,
    folds: Annotated[
        int, typer.Option(help="Folds of the cross-validation.", min=2)
    ] = 5,
    artist: Annotated[
        str,
        typer.Option(
            help="Where the artist of a song is found, so that none is in two "
            "folds: folder (GENRE/ARTIST/SONG), filename (ARTIST - TITLE), tag, "
            "auto (any of these) or none."
        ),
    ] = "auto",
    voting: Annotated[
        str,
        typer.Option(
            help="The voting of the verdicts in pictures and predictions; all are "
            "compared."
        ),
    ] = "mean",
    out: Annotated[Path, typer.Option(help="Folder for pictures and tables.")] = Path(
        "skgenre-evaluation"
    ),
    cache: Annotated[
        Path | None, typer.Option(help="Keep features here, for the next time.")
    ] = None,
    jobs: _Jobs = -1,
    copies: Annotated[
        bool,
        typer.Option(
            help="Look for copies of one recording, and keep them in one fold."
        ),
    ] = True,
    on_error: Annotated[
        str,
        typer.Option(help="What to do about files that cannot be read: warn or raise."),
    ] = "warn",
) -> None:
    """Compare all votings on your own songs, a folder per genre."""
    from skgenre.voting._rules import VOTINGS

    checked_numbers(
        window=window,
        hop=hop,
        sample_rate=sample_rate,
        silence_db=silence_db,
        n_jobs=jobs,
    )
    source = checked_choice("--artist", artist, ARTIST_SOURCES)
    settings = Settings(
        folder=folder,
        voting=checked_choice("--voting", voting, VOTINGS),
        on_error=checked_choice("--on-error", on_error, ("warn", "raise")),
        out=checked_out(out),
        n_folds=folds,
        window=window,
        hop=hop,
        sample_rate=sample_rate,
        tail=checked_choice("--tail", tail, ("drop", "pad", "align")),
        silence_db=silence_db,
        cache=cache,
        n_jobs=jobs,
        copies=copies,
    )
    run_evaluate(settings, artist=None if source == "none" else source)
