"""Command line: ``skgenre demo`` and ``skgenre evaluate FOLDER``."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from skgenre import __version__
from skgenre.cli._save import FILES, save_comparison, save_pictures, save_predictions
from skgenre.cli._say import Speaker, below, count, example_songs

_ARTIST_SOURCES = ("auto", "folder", "filename", "tag", "none")
_INSTALL = 'The command line needs {}. Install it with: pip install "skgenre[cli]"'


class _UserError(Exception):
    """What the user can mend: shown without a traceback."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, default=None
        The arguments; those of the process if None.

    Returns
    -------
    int
        Exit code: 0 if all went well, 1 if not, with one message on stderr.

    Examples
    --------
    >>> from skgenre.cli import main
    >>> main(["--version"])
    skgenre ...
    0
    """
    try:
        import_module("rich")
        import typer
    except ModuleNotFoundError as error:
        return _complain(_INSTALL.format(error.name))
    # Its home differs between versions of typer.
    usage_error: Any = next(
        cls for cls in typer.BadParameter.__mro__ if cls.__name__ == "ClickException"
    )
    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        code = _app(typer)(args=argv, prog_name="skgenre", standalone_mode=False)
    except typer.Abort:
        return _complain("Interrupted.")
    except (_UserError, ValueError, OSError, ModuleNotFoundError) as error:
        return _complain(str(error))
    except usage_error as error:
        message = error.format_message().rstrip(".")
        return _complain(f"{message}. See: skgenre --help")
    return code if isinstance(code, int) else 0


def _complain(message: str) -> int:
    sys.stderr.write(f"Error: {message}\n")
    return 1


def _app(typer: Any) -> Any:
    app = typer.Typer(
        add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )

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
        jobs: Annotated[int, typer.Option(help="Songs at a time; -1: all cores.")] = 1,
    ) -> None:
        """Synthesise songs of five genres and compare all votings on them."""
        _demo(_check_out(out), seed=seed, n_songs=songs, n_jobs=jobs)

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
        out: Annotated[
            Path, typer.Option(help="Folder for pictures and tables.")
        ] = Path("skgenre-evaluation"),
        cache: Annotated[
            Path | None,
            typer.Option(help="Keep features here, for the next time."),
        ] = None,
        jobs: Annotated[int, typer.Option(help="Songs at a time; -1: all cores.")] = -1,
        on_error: Annotated[
            str,
            typer.Option(
                help="What to do about files that cannot be read: warn or raise."
            ),
        ] = "warn",
    ) -> None:
        """Compare all votings on your own songs, a folder per genre."""
        from skgenre.voting._rules import VOTINGS

        _check_choice("--artist", artist, _ARTIST_SOURCES)
        _check_choice("--voting", voting, VOTINGS)
        _check_choice("--on-error", on_error, ("warn", "raise"))
        _evaluate_folder(
            folder,
            artist=None if artist == "none" else artist,
            out=_check_out(out),
            n_folds=folds,
            voting=voting,
            window=window,
            hop=hop,
            sample_rate=sample_rate,
            cache=cache,
            n_jobs=jobs,
            on_error=on_error,
        )

    return app


def _check_choice(option: str, value: str, choices: Any) -> None:
    if value not in choices:
        raise _UserError(
            f"Got {option} {value}, but expected one of {', '.join(choices)}."
        )


def _check_out(out: Path) -> Path:
    if out.exists() and not out.is_dir():
        raise _UserError(f"Got --out {out}, which is a file, but expected a folder.")
    return out


# -- the two commands -----------------------------------------------------------------


def _demo(out: Path, *, seed: int, n_songs: int, n_jobs: int) -> None:
    from skgenre.datasets import make_songs

    say = Speaker()
    n_artists = min(5, n_songs)
    folder = out / f"songs-{n_songs}-per-genre-seed-{seed}"
    with say.step():
        songs = make_songs(
            folder,
            n_songs=n_songs,
            n_artists=n_artists,
            min_seconds=8,
            max_seconds=24,
            random_state=seed,
        )
    say.done(
        f"Synthesised {len(songs.data)} songs of {len(songs.target_names)} genres "
        f"({', '.join(songs.target_names)}), {n_artists} artists each, in {folder}."
    )
    _evaluate(
        say,
        songs,
        folder=folder,
        out=out,
        n_folds=n_artists,
        voting="mean",
        window=5.0,
        hop=None,
        sample_rate=22050,
        cache=None,
        n_jobs=n_jobs,
        on_error="raise",
    )
    say.line(f"The same on your own songs: skgenre evaluate {folder}")


def _evaluate_folder(
    folder: Path, *, artist: str | None, out: Path, **settings: Any
) -> None:
    from skgenre.datasets import load_songs

    say = Speaker()
    with say.step():
        songs = load_songs(folder, artist=artist)
    genres = ", ".join(
        f"{np.sum(songs.target == genre)} {genre}" for genre in songs.target_names
    )
    say.done(
        f"Found {count(len(songs.data), 'song')} of "
        f"{count(len(songs.target_names), 'genre')} in {folder}: {genres}."
    )
    _evaluate(say, songs, folder=folder, out=out, **settings)


def _evaluate(
    say: Speaker,
    songs: Any,
    *,
    folder: Path,
    out: Path,
    n_folds: int,
    voting: str,
    n_jobs: int,
    **audio: Any,
) -> None:
    """Features, cross-validation, words, pictures and tables."""
    for module in ("matplotlib", "pandas"):
        _require(module)
    y, groups = songs.target, songs.groups
    if len(songs.target_names) < 2:
        raise _UserError(
            f"Found only one genre, {songs.target_names[0]!r}, but expected at least "
            "two: a folder per genre."
        )
    _check_folds(y, groups, n_folds)  # before the long part
    features = _features(say, songs, folder=folder, n_jobs=n_jobs, **audio)
    heard = np.flatnonzero(features.counts > 0)
    if len(heard) < len(y):
        _check_folds(y[heard], None if groups is None else groups[heard], n_folds)
    comparison = _compare(say, features[heard], y[heard], groups, heard, n_folds)
    names = [below(path, folder) for path in songs.data]
    heard_names = [names[i] for i in heard]
    say.table(comparison, voting)
    examples = example_songs(comparison, voting)
    say.examples(comparison, voting, examples[:1] + examples[-1:], heard_names)
    errors = {below(path, folder): text for path, text in features.errors.items()}
    out.mkdir(parents=True, exist_ok=True)
    with say.step():
        save_pictures(out, comparison, voting, examples, heard_names)
        save_predictions(out, songs, names, heard, comparison, voting, errors)
        settings = {"voting": voting, "folds": n_folds, **audio}
        settings["cache"] = None if audio["cache"] is None else str(audio["cache"])
        save_comparison(out, comparison, settings, errors, by_artist=groups is not None)
    say.line(f"Saved in {out}: {', '.join(FILES)}.")


def _require(module: str) -> None:
    try:
        import_module(module)
    except ModuleNotFoundError as error:
        raise _UserError(_INSTALL.format(error.name)) from error


def _features(
    say: Speaker,
    songs: Any,
    *,
    folder: Path,
    window: float,
    hop: float | None,
    sample_rate: int,
    cache: Path | None,
    n_jobs: int,
    on_error: str,
) -> Any:
    from skgenre import AudioError, FrameWindower, MFCCFeaturizer

    windower = FrameWindower(
        window, hop_seconds=hop, sample_rate=sample_rate, on_error=on_error
    )
    featurizer = MFCCFeaturizer(
        summary=("mean", "std"),
        memory=cache,
        n_jobs=n_jobs,
        verbose=int(sys.stderr.isatty()),
    )
    try:
        with say.step(unsaid=" songs could not be used"):
            features = featurizer.fit_transform(windower.fit_transform(songs.data))
    except AudioError as error:
        raise _UserError(
            f"{_bad_files(error.errors, len(songs.data), folder)}\nRemove them, or go "
            "on without them: --on-error warn"
        ) from error
    if features.errors:
        say.warn(
            f"{_bad_files(features.errors, len(songs.data), folder)}\nThe evaluation "
            "goes on without them."
        )
    hop = windower.hop_samples_ / sample_rate
    say.done(
        f"Cut them into {features.n_windows:,} windows of {window:g} s, a new one "
        f"every {hop:.4g} s, and took the mean and standard deviation of 13 MFCCs of "
        "each."
    )
    return features


def _bad_files(errors: dict[Any, str], n_songs: int, folder: Path) -> str:
    listed = "".join(f"\n  {below(p, folder)}: {text}" for p, text in errors.items())
    return f"{len(errors)} of {count(n_songs, 'file')} cannot be used:{listed}"


def _compare(
    say: Speaker, features: Any, y: Any, groups: Any, heard: Any, n_folds: int
) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skgenre import GroupVotingClassifier
    from skgenre.model_selection import compare_votings

    artists = None if groups is None else groups[heard]
    with say.step():
        comparison = compare_votings(
            GroupVotingClassifier(
                make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
            ),
            features,
            y,
            cv=n_folds,
            groups=artists,
        )
    names = [] if artists is None else artists.tolist()
    known = {name for name in names if not name.startswith("unknown: ")}
    n_unknown = len(y) - sum(name in known for name in names)
    if artists is None:
        split = "StratifiedKFold: no song is on both sides of a fold"
    else:
        split = "StratifiedGroupKFold: no artist is on both sides of a fold"
        split += f"; {count(len(known), 'known artist')}"
    say.done(
        f"Fitted a StandardScaler and LogisticRegression on windows in {n_folds} folds "
        f"({split})."
    )
    say.done(
        f"Made one verdict per song out of the same window probabilities, by "
        f"{len(comparison.song_proba)} votings."
    )
    if n_unknown:
        say.warn(
            f"The artist of {n_unknown} of {len(y)} songs is not known. Songs of one "
            "artist may be on both sides of a fold, so the numbers may be optimistic. "
            "If you can, name files 'ARTIST - TITLE.ext' or use folders GENRE/ARTIST/."
        )
    return comparison


def _check_folds(y: np.ndarray, groups: np.ndarray | None, n_folds: int) -> None:
    """Check that every genre can be in every fold; or say what to do."""
    unit = "song" if groups is None else "artist"
    members = {
        genre: len(y[y == genre] if groups is None else set(groups[y == genre]))
        for genre in np.unique(y).tolist()
    }
    if len(members) < 2:
        raise _UserError(
            f"Only the genre {next(iter(members))!r} has songs that can be used, but "
            "expected at least two genres."
        )
    genre = min(members, key=lambda name: members[name])
    if members[genre] >= n_folds:
        return
    has = f"The genre {genre!r} has {count(members[genre], unit)} only"
    if members[genre] >= 2:
        raise _UserError(
            f"{has}, but expected one per fold at least. Use --folds {members[genre]}, "
            f"or add {unit}s."
        )
    fix = f"Add {unit}s, or leave the genre out."
    if groups is not None and np.sum(y == genre) > 1:
        fix = f"Add {unit}s, or use --artist none, which may be optimistic."
    raise _UserError(f"{has}, so it cannot be both learned and tested. {fix}")
