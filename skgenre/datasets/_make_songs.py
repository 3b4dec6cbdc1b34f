"""Synthesise a folder of songs."""

import io
import math
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import Bunch, check_random_state

from skgenre._files import write_whole
from skgenre._jobs import with_bar
from skgenre.datasets._load_songs import EXTENSIONS, as_folder, find_files, load_songs
from skgenre.datasets._perform import Artist, draw_artist, perform
from skgenre.datasets._styles import STYLES

_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


class _Format(NamedTuple):
    """How soundfile calls a format, and the rates that it can hold; None for any."""

    container: str
    encoding: str
    rates: tuple[int, ...] | None = None


# By file name extension.
_FORMATS = {
    "wav": _Format("WAV", "PCM_16"),
    "flac": _Format("FLAC", "PCM_16"),
    "ogg": _Format("OGG", "VORBIS"),
    "oga": _Format("OGG", "VORBIS"),
    "opus": _Format("OGG", "OPUS", (48000,)),
    "mp3": _Format("MP3", "MPEG_LAYER_III", _MP3_RATES),
    "aif": _Format("AIFF", "PCM_16"),
    "aiff": _Format("AIFF", "PCM_16"),
    "au": _Format("AU", "PCM_16"),
}
_WITHOUT_TAGS = {"AU"}
_OTHER_RATES = (44100, 48000)
_BLOCK = 65536
_GOLDEN = (math.sqrt(5) - 1) / 2
# Interludes beside applause: a song must remain of its own genre for the most part.
_OTHERS = 0.45

_COLOURS = (
    "Amber", "Azure", "Bronze", "Copper", "Coral", "Crimson", "Ebony", "Emerald",
    "Golden", "Hazel", "Indigo", "Ivory", "Jade", "Lilac", "Marble", "Ochre",
    "Pearl", "Ruby", "Russet", "Saffron", "Scarlet", "Silver", "Umber", "Velvet",
)  # fmt: skip
_PLAYERS = (
    "Badgers", "Compass", "Cranes", "Ferries", "Foxes", "Gardeners", "Harbour",
    "Herons", "Keepers", "Lanterns", "Magpies", "Mills", "Otters", "Pilots",
    "Quarry", "Ramblers", "Sailors", "Sparrows", "Station", "Swallows", "Tailors",
    "Towers", "Weavers", "Wolves",
)  # fmt: skip
_MOODS = (
    "Autumn", "Broken", "Distant", "Early", "Empty", "Evening", "Faded", "Foreign",
    "Frozen", "Gentle", "Hidden", "Hollow", "Last", "Lost", "Midnight", "Morning",
    "Northern", "Open", "Paper", "Quiet", "Restless", "Second", "Silent", "Slow",
    "Southern", "Spring", "Summer", "Sunday", "Tall", "Winter",
)  # fmt: skip
_PLACES = (
    "Bridge", "Canal", "City", "Coast", "Field", "Forest", "Garden", "Harvest",
    "Hill", "Horizon", "Island", "Journey", "Lake", "Letter", "Light", "Market",
    "Meadow", "Mirror", "Mountain", "Ocean", "Orchard", "Rain", "River", "Road",
    "Shadow", "Signal", "Street", "Train", "Valley", "Window",
)  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    """One song before it is played."""

    genre: str
    artist: Artist
    artist_name: str
    title: str
    seconds: float
    extension: str
    interlude: float
    applause: float
    entropy: tuple[int, ...]

    @property
    def path(self) -> Path:
        """Path below the folder of all songs."""
        return Path(self.genre, f"{self.artist_name} - {self.title}.{self.extension}")


def make_songs(
    folder: str | os.PathLike[str],
    *,
    n_songs: int = 6,
    genres: Sequence[str] | None = None,
    n_artists: int = 3,
    min_seconds: float = 6.0,
    max_seconds: float = 40.0,
    sample_rate: int = 22050,
    formats: Sequence[str] = ("wav", "flac", "ogg", "mp3"),
    distraction: float = 0.0,
    random_state: int | np.random.RandomState | None = 0,
    verbose: int = 0,
) -> Bunch:
    """Synthesise songs of several genres, by artists, into a folder.

    Every genre has tempos, chords, rhythms and instruments of its own, every artist
    an equaliser, a room, a noise floor, a tuning and favourite instruments. Songs have
    passages in which some players are silent, and guests from other genres, so that
    windows are, on average, harder to tell apart than songs, and songs of unheard
    artists harder than those of known ones. With few artists that varies by seed.

    Files are named ``folder/GENRE/ARTIST - TITLE.EXT`` and tagged with artist and
    title. About three in ten songs are stereo, and four in ten are at 44,100 or
    48,000 Hz, so that mixing down and resampling are needed as in any collection.

    Parameters
    ----------
    folder : str or Path
        Where to write; made if missing. Songs of an earlier call with the same
        parameters are overwritten.
    n_songs : int, default=6
        Songs per genre.
    genres : sequence of str or None, default=None
        Which of "ballad", "chiptune", "drone", "march" and "techno" to play; None
        for all. A genre's songs do not depend on which other genres are asked
        for.
    n_artists : int, default=3
        Artists per genre, who take turns; with fewer songs, each has an artist of
        its own. Every artist plays one genre.
    min_seconds, max_seconds : float, default=6.0, 40.0
        Range of the songs' lengths, which are spread evenly over it and all differ.
    sample_rate : int, default=22050
        Samples per second of most songs, at least 8,000. Formats that cannot hold
        a rate (opus, mp3) get 48,000 Hz instead.
    formats : sequence of str, default=("wav", "flac", "ogg", "mp3")
        Formats that the songs of a genre take in turn; also "oga", "opus", "aif",
        "aiff" and "au". Sampled formats are 16 bits deep.
    distraction : float, default=0.0
        Largest share of a song in which one does not hear its genre, from 0 to 0.9;
        the shares of the songs are spread evenly up to it. In every second song it is
        applause at both ends, which is alike in all genres; in the others an
        interlude, not half as long, that the players of another genre play.
    random_state : int, RandomState or None, default=0
        Decides everything. With the same int and parameters the decoded samples are
        the same, and the files as well but for Ogg, which has a random serial number.
    verbose : int, default=0
        Above 0 shows a progress bar while songs are written, if that takes more than
        two seconds.

    Returns
    -------
    Bunch
        What :func:`load_songs` returns for the folder: data, target, target_names,
        groups (the artists), artists and DESCR.

    Raises
    ------
    ValueError
        If the folder holds songs that this call would not overwrite.

    See Also
    --------
    load_songs : Read such a folder.

    Notes
    -----
    The songs show whether a program works and what kind of split inflates a score.
    How well a method does on music only music can tell.

    Two cores write 80 to 100 seconds of song per second, with most of the time spent
    in the encoders of mp3 and Vorbis: wav alone takes half as long.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skgenre.datasets import make_songs
    >>> with TemporaryDirectory() as folder:
    ...     songs = make_songs(
    ...         folder, n_songs=1, genres=["ballad", "techno"], max_seconds=7
    ...     )
    >>> songs.target
    array(['ballad', 'techno'], dtype='<U6')
    >>> len(songs.data), len(set(songs.groups))
    (2, 2)
    """
    root = as_folder(folder, purpose="to write to")
    _check_numbers(n_songs=n_songs, n_artists=n_artists)
    _check_seconds(min_seconds, max_seconds)
    _check_rate(sample_rate)
    _check_distraction(distraction)
    genres = _checked_choices("genres", STYLES if genres is None else genres, STYLES)
    formats = _checked_choices("formats", formats, _FORMATS)
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    lengths = (min_seconds, max_seconds)
    plans = [
        plan
        for genre in dict.fromkeys(genres)
        for plan in _plan_genre(
            genre,
            n_songs=n_songs,
            n_artists=n_artists,
            lengths=lengths,
            formats=formats,
            distraction=distraction,
            seed=seed,
        )
    ]
    _check_overwriting(root, plans)
    for genre in genres:
        (root / genre).mkdir(parents=True, exist_ok=True)
    # Most of the time goes into encoders, which run beside each other on threads;
    # not on too many, because each holds a song.
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        written = pool.map(
            lambda plan: _write_song(root, plan, int(sample_rate)), plans
        )
        list(with_bar(written, len(plans), what="writing songs", verbose=verbose))
    return load_songs(root)


def _check_numbers(**numbers: Any) -> None:
    for name, value in numbers.items():
        if not _is_number(value, Integral) or value < 1:
            raise ValueError(f"Got {name}={value!r}, but expected an int of 1 or more.")


def _check_seconds(min_seconds: Any, max_seconds: Any) -> None:
    if not _is_number(min_seconds, Real) or not 0.5 <= min_seconds < math.inf:
        raise ValueError(
            f"Got min_seconds={min_seconds!r}, but expected a number of 0.5 or more."
        )
    if not _is_number(max_seconds, Real) or not min_seconds < max_seconds < math.inf:
        raise ValueError(
            f"Got max_seconds={max_seconds!r}, but expected a number above "
            f"min_seconds={min_seconds!r}, because no two songs are equally long."
        )


def _check_rate(sample_rate: Any) -> None:
    if not _is_number(sample_rate, Integral) or not 8000 <= sample_rate <= 192000:
        raise ValueError(
            f"Got sample_rate={sample_rate!r}, but expected an int from 8000 to "
            "192000, such as 22050."
        )


def _check_distraction(distraction: Any) -> None:
    if not _is_number(distraction, Real) or not 0 <= distraction <= 0.9:
        raise ValueError(
            f"Got distraction={distraction!r}, but expected a number from 0 to 0.9: "
            "some of a song must be heard."
        )


def _is_number(value: Any, kind: type) -> bool:
    # True is an int to Python, but not to people.
    return isinstance(value, kind) and not isinstance(value, bool)


def _checked_choices(name: str, chosen: Any, known: Iterable[str]) -> tuple[str, ...]:
    """Check a sequence of known words; errors name the parameter."""
    if isinstance(chosen, str) or not isinstance(chosen, Iterable):
        raise TypeError(
            f"Got {name}={chosen!r}, but expected a sequence of str such as "
            f"({next(iter(known))!r},)."
        )
    chosen = tuple(chosen)
    strange = [word for word in chosen if word not in known]
    if strange or not chosen:
        raise ValueError(
            f"Got {name}={chosen!r}, but expected one or more of "
            f"{', '.join(map(repr, known))}."
        )
    return chosen


def numbered_name(
    words: Sequence[str], others: Sequence[str], order: np.ndarray, index: int
) -> str:
    """Combine two words, no two of them twice: the index-th in a shuffled order.

    Parameters
    ----------
    words, others : sequence of str
        The first and the second word.
    order : int array of shape (n_words * n_others,)
        A permutation of all combinations.
    index : int
        Which one; beyond the last they come again, with a number.

    Returns
    -------
    str
        The name.
    """
    again, index = divmod(index, len(order))
    first, second = divmod(int(order[index]), len(others))
    name = f"{words[first]} {others[second]}"
    return name if again == 0 else f"{name} {again + 1}"


def _plan_genre(
    genre: str,
    *,
    n_songs: int,
    n_artists: int,
    lengths: tuple[float, float],
    formats: Sequence[str],
    distraction: float,
    seed: int,
) -> Iterator[_Plan]:
    """Decide on artist, title, length and format of each song of a genre."""
    low, high = lengths
    number = list(STYLES).index(genre)
    # Streams are keyed by name: a genre sounds the same whatever is beside it.
    entropy = (seed, zlib.crc32(genre.encode()))
    shared = np.random.default_rng(seed)
    players = shared.permutation(len(_COLOURS) * len(_PLAYERS))[number :: len(STYLES)]
    phase = shared.uniform()
    titles = np.random.default_rng(entropy).permutation(len(_MOODS) * len(_PLACES))
    artists = [
        draw_artist(genre, np.random.default_rng((*entropy, 0, who)))
        for who in range(n_artists)
    ]
    for song in range(n_songs):
        # Shifted from turn to turn, lest an artist always meets the same format.
        who = (song + song // n_artists) % n_artists
        # Multiples of the golden ratio: spread evenly, and no two are the same.
        spread = (phase + (song * len(STYLES) + number) * _GOLDEN) % 1
        share, odd = (phase + song * _GOLDEN) % 1, song % 2
        yield _Plan(
            genre=genre,
            artist=artists[who],
            artist_name=numbered_name(_COLOURS, _PLAYERS, players, who),
            title=numbered_name(_MOODS, _PLACES, titles, song),
            seconds=low + (high - low) * spread,
            extension=formats[(number + song) % len(formats)],
            interlude=0.0 if odd else _OTHERS * distraction * share,
            applause=distraction * share if odd else 0.0,
            entropy=(*entropy, 1, song),
        )


def _check_overwriting(folder: Path, plans: list[_Plan]) -> None:
    if not folder.exists():
        return
    # Files of other kinds, such as a read-me, are no songs and may stay.
    others = {path for path in find_files(folder) if path.suffix.lower() in EXTENSIONS}
    others.difference_update(plan.path for plan in plans)
    if others:
        raise ValueError(
            f"Got folder={str(folder)!r}, which holds {len(others)} other songs (such "
            f"as {str(min(others))!r}), but expected a new or empty folder. Choose "
            "another one or remove them."
        )


def _write_song(folder: Path, plan: _Plan, sample_rate: int) -> None:
    """Play one song and write it, with tags where the format has them."""
    import soundfile

    form = _FORMATS[plan.extension]
    rng = np.random.default_rng(plan.entropy)
    n_channels = 2 if rng.uniform() < 0.3 else 1
    if rng.uniform() < 0.4:
        sample_rate = int(rng.choice(_OTHER_RATES))
    if form.rates is not None and sample_rate not in form.rates:
        sample_rate = 48000
    song = perform(
        plan.genre,
        plan.artist,
        n_samples=round(plan.seconds * sample_rate),
        sample_rate=sample_rate,
        n_channels=n_channels,
        rng=rng,
        interlude=plan.interlude,
        applause=plan.applause,
    )  # (n_samples, n_channels)
    # In memory first: a disk that is full leaves no half of a song.
    content = io.BytesIO()
    with soundfile.SoundFile(
        content,
        mode="w",
        samplerate=sample_rate,
        channels=n_channels,
        format=form.container,
        subtype=form.encoding,
    ) as file:
        if form.container not in _WITHOUT_TAGS:
            file.artist = plan.artist_name
            file.title = plan.title
        # libsndfile's Vorbis encoder needs stack for all that it is given at once.
        for start in range(0, len(song), _BLOCK):
            file.write(song[start : start + _BLOCK])
    write_whole(folder / plan.path, content.getvalue())
