"""``skgenre demo``: synthesise songs, and evaluate on them."""

from pathlib import Path

from skgenre.cli._evaluate import Settings, evaluate_songs
from skgenre.cli._say import Speaker

# Short enough that windows err, each for itself, and that votings differ.
_WINDOW = 2.0


def run_demo(out: Path, *, seed: int, n_songs: int, n_jobs: int) -> None:
    """Synthesise songs of all genres, and compare all votings on them.

    Parameters
    ----------
    out : Path
        Folder for songs, pictures and tables.
    seed : int
        Decides the songs.
    n_songs : int
        Songs per genre.
    n_jobs : int
        Songs at a time.
    """
    from skgenre.datasets import make_songs

    say = Speaker()
    # An artist in each fold; five folds are enough.
    n_artists = min(5, n_songs)
    folder = out / f"songs-{n_songs}-per-genre-seed-{seed}"
    # Long enough for many windows, short enough for a demo of a minute.
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
    settings = Settings(
        folder=folder,
        out=out,
        n_folds=n_artists,
        window=_WINDOW,
        on_error="raise",
        n_jobs=n_jobs,
    )
    evaluate_songs(say, songs, settings)
    say.line(
        f"The same on your own songs: skgenre evaluate {folder} --window {_WINDOW:g} "
        f"--folds {n_artists}"
    )
