"""``skgenre demo``: synthesise songs, compare all votings on them, and show why."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from skgenre.cli._errors import interruptible
from skgenre.cli._evaluate import Settings, evaluate_songs
from skgenre.cli._save import Findings, save_timelines
from skgenre.cli._say import Speaker

if TYPE_CHECKING:
    from skgenre import SongWindows

# Short enough that windows err, each for itself, and that votings differ.
_WINDOW = 1.0
_SAMPLE_RATE = 22050
# Applause and interludes: windows that tell nothing, or the wrong thing.
_DISTRACTION = 0.8
_VOTING = "mean"


def run_demo(
    out: Path, *, seed: int, n_songs: int, n_jobs: int, json: bool = False
) -> None:
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
    json : bool, default=False
        Whether to print one JSON object.
    """
    kept = f"Songs so far are in {out}; the same command makes them anew."
    with interruptible(kept):
        say = Speaker(json=json)
        _demonstrate(say, out, seed=seed, n_songs=n_songs, n_jobs=n_jobs)


def _demonstrate(
    say: Speaker, out: Path, *, seed: int, n_songs: int, n_jobs: int
) -> None:
    from skgenre.datasets import make_songs

    # Two artists in each of five folds, where there are enough.
    n_artists = min(10, n_songs)
    folder = out / f"songs-{n_songs}-per-genre-seed-{seed}"
    # Long enough for many windows, short enough for a demo of a minute.
    with say.step():
        songs = make_songs(
            folder,
            n_songs=n_songs,
            n_artists=n_artists,
            min_seconds=12,
            max_seconds=30,
            distraction=_DISTRACTION,
            random_state=seed,
            verbose=say.watched,
        )
    say.done(
        f"Synthesised {len(songs.data)} songs of {len(songs.target_names)} genres "
        f"({', '.join(songs.target_names)}), {n_artists} artists each, in {folder}. "
        "They are made up so that windows disagree: every second song has applause at "
        "its ends, the others an interlude by players of another genre."
    )
    settings = Settings(
        data=folder,
        out=out,
        n_folds=min(5, n_artists),
        voting=_VOTING,
        window=_WINDOW,
        sample_rate=_SAMPLE_RATE,
        on_error="raise",
        n_jobs=n_jobs,
    )
    found = evaluate_songs(say, songs, settings, command="demo")
    say.line(found.comparison.conclusion())
    say.line(
        "These songs show what a voting does, not how well it does it on music: that "
        "only music can tell."
    )
    _show_one_song(say, found, out / "one_song.png")
    model = out / "model.skgenre"
    say.line("\nNext, with these songs or your own:")
    say.command(f"  skgenre train {folder} -o {model}")
    say.command(f"  skgenre predict {model} {folder}")


def _show_one_song(say: Speaker, found: Findings, picture: Path) -> None:
    """Tell of a song whose windows disagree, and why its verdict is right."""
    song = telling_song(found)
    if song is None:
        return
    comparison = found.comparison
    windows: SongWindows = comparison.window_proba
    label, name = comparison.y[song], found.heard_names[song]
    said = comparison.classes[windows[song].argmax(axis=1)]
    others, n_of = np.unique(said[said != label], return_counts=True)
    by_count = np.argsort(-n_of, kind="stable")
    against = " and ".join(f"{n_of[i]} say {others[i]}" for i in by_count[:2])
    wrong = [v for v in comparison.song_proba if comparison.verdicts(v)[song] != label]
    save_timelines(picture, found, [song])
    right = np.sum(said == label)
    say.line(
        f"\nWhy one votes: of the {len(said)} windows of {name}, {right} say {label}, "
        f"{against}. Whoever hears one window would be wrong in "
        f"{100 * (1 - right / len(said)):.0f} % of cases. The voting {_VOTING!r} hears "
        f"all, weighs how sure each is, and says {label}, which is right"
        + (f"; {', '.join(map(repr, wrong))} would be wrong." if wrong else ".")
    )
    say.line(f"See {picture}.")


def telling_song(found: Findings) -> int | None:
    """Choose a song of mixed windows that the voting gets right.

    Parameters
    ----------
    found : Findings
        Of the demo's songs.

    Returns
    -------
    int or None
        The one with the clearest verdict, of songs that the majority of windows gets
        wrong, where there are any; None if no verdict on mixed windows is right.
    """
    comparison, voting = found.comparison, found.voting
    windows, truth = comparison.window_proba, comparison.y
    labels = comparison.classes[windows.values.argmax(axis=1)]
    mixed = np.bincount(windows.groups, weights=labels != windows.expand(truth)) > 0
    telling = mixed & (comparison.verdicts(voting) == truth)
    outvoted = telling & (comparison.verdicts("majority") != truth)
    songs = np.flatnonzero(outvoted if outvoted.any() else telling)
    if not len(songs):
        return None
    runner_up, winner = np.sort(comparison.song_proba[voting][songs], axis=1)[:, -2:].T
    return int(songs[np.argmax(winner - runner_up)])
