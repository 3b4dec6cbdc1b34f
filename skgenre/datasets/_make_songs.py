"""Synthesise a folder of songs."""

import math
import os
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path

import numpy as np
from sklearn.utils import check_random_state

from ._load_songs import EXTENSIONS, find_files, load_songs
from ._perform import Artist, draw_artist, perform
from ._styles import STYLES

# Of each file name extension: container, encoding and the rates that it can hold.
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_FORMATS = {
    "wav": ("WAV", "PCM_16", None),
    "flac": ("FLAC", "PCM_16", None),
    "ogg": ("OGG", "VORBIS", None),
    "oga": ("OGG", "VORBIS", None),
    "opus": ("OGG", "OPUS", (48000,)),
    "mp3": ("MP3", "MPEG_LAYER_III", _MP3_RATES),
    "aif": ("AIFF", "PCM_16", None),
    "aiff": ("AIFF", "PCM_16", None),
    "au": ("AU", "PCM_16", None),
}
_WITHOUT_TAGS = {"AU"}
_OTHER_RATES = (44100, 48000)
_BLOCK = 65536
_GOLDEN = (math.sqrt(5) - 1) / 2

_COLOURS = (
    *("Amber", "Azure", "Bronze", "Copper", "Coral", "Crimson", "Ebony", "Emerald"),
    *("Golden", "Hazel", "Indigo", "Ivory", "Jade", "Lilac", "Marble", "Ochre"),
    *("Pearl", "Ruby", "Russet", "Saffron", "Scarlet", "Silver", "Umber", "Velvet"),
)
_PLAYERS = (
    *("Badgers", "Compass", "Cranes", "Ferries", "Foxes", "Gardeners", "Harbour"),
    *("Herons", "Keepers", "Lanterns", "Magpies", "Mills", "Otters", "Pilots"),
    *("Quarry", "Ramblers", "Sailors", "Sparrows", "Station", "Swallows", "Tailors"),
    *("Towers", "Weavers", "Wolves"),
)
_MOODS = (
    *("Autumn", "Broken", "Distant", "Early", "Empty", "Evening", "Faded", "Foreign"),
    *("Frozen", "Gentle", "Hidden", "Hollow", "Last", "Lost", "Midnight", "Morning"),
    *("Northern", "Open", "Paper", "Quiet", "Restless", "Second", "Silent", "Slow"),
    *("Southern", "Spring", "Summer", "Sunday", "Tall", "Winter"),
)
_PLACES = (
    *("Bridge", "Canal", "City", "Coast", "Field", "Forest", "Garden", "Harvest"),
    *("Hill", "Horizon", "Island", "Journey", "Lake", "Letter", "Light", "Market"),
    *("Meadow", "Mirror", "Mountain", "Ocean", "Orchard", "Rain", "River", "Road"),
    *("Shadow", "Signal", "Street", "Train", "Valley", "Window"),
)


@dataclass(frozen=True)
class _Plan:
    """One song before it is played."""

    genre: str
    artist: Artist
    artist_name: str
    title: str
    seconds: float
    extension: str
    entropy: tuple[int, ...]

    @property
    def path(self):
        """Path below the folder of all songs."""
        return Path(self.genre, f"{self.artist_name} - {self.title}.{self.extension}")


def make_songs(
    folder,
    *,
    n_songs=6,
    genres=None,
    n_artists=3,
    min_seconds=6.0,
    max_seconds=40.0,
    sample_rate=22050,
    formats=("wav", "flac", "ogg", "mp3"),
    random_state=0,
):
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
    random_state : int, RandomState or None, default=0
        Decides everything. With the same int and parameters the decoded samples are
        the same, and the files as well but for Ogg, which has a random serial number.

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
    folder = _writable_folder(folder)
    _check_parameters(n_songs, n_artists, min_seconds, max_seconds, sample_rate)
    genres = _checked_choices("genres", STYLES if genres is None else genres, STYLES)
    formats = _checked_choices("formats", formats, _FORMATS)
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    plans = [
        plan
        for genre in genres
        for plan in _plan_genre(
            genre, n_songs, n_artists, (min_seconds, max_seconds), formats, seed
        )
    ]
    _check_overwriting(folder, plans)
    for genre in genres:
        (folder / genre).mkdir(parents=True, exist_ok=True)
    # Most of the time goes into encoders, which run beside each other on threads;
    # not on too many, because each holds a song.
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        list(pool.map(lambda plan: _write_song(folder, plan, sample_rate), plans))
    return load_songs(folder)


def _writable_folder(folder):
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(
            f"Got folder={folder!r}, but expected the path of a folder to write to."
        )
    folder = Path(folder).expanduser()
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(
            f"Got folder={str(folder)!r}, which is a file, but expected a folder to "
            "write to."
        )
    return folder


def _check_parameters(n_songs, n_artists, min_seconds, max_seconds, sample_rate):
    for name, value in (("n_songs", n_songs), ("n_artists", n_artists)):
        if not _is_number(value, Integral) or value < 1:
            raise ValueError(f"Got {name}={value!r}, but expected an int of 1 or more.")
    if not _is_number(min_seconds, Real) or not 0.5 <= min_seconds < math.inf:
        raise ValueError(
            f"Got min_seconds={min_seconds!r}, but expected a number of 0.5 or more."
        )
    if not _is_number(max_seconds, Real) or not min_seconds < max_seconds < math.inf:
        raise ValueError(
            f"Got max_seconds={max_seconds!r}, but expected a number above "
            f"min_seconds={min_seconds!r}, because no two songs are equally long."
        )
    if not _is_number(sample_rate, Integral) or not 8000 <= sample_rate <= 192000:
        raise ValueError(
            f"Got sample_rate={sample_rate!r}, but expected an int from 8000 to "
            "192000, such as 22050."
        )


def _is_number(value, kind):
    return isinstance(value, kind) and not isinstance(value, bool)


def _checked_choices(name, chosen, known):
    """Check a sequence of distinct known words; errors name the parameter."""
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
    return tuple(dict.fromkeys(chosen)) if name == "genres" else chosen


def _name(words, others, order, index):
    """Combine two words, none twice: the index-th in a shuffled order."""
    again, index = divmod(index, len(order))
    first, second = divmod(int(order[index]), len(others))
    name = f"{words[first]} {others[second]}"
    return name if again == 0 else f"{name} {again + 1}"


def _plan_genre(genre, n_songs, n_artists, seconds, formats, seed):
    """Decide on artist, title, length and format of each song of a genre."""
    low, high = seconds
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
        yield _Plan(
            genre=genre,
            artist=artists[who],
            artist_name=_name(_COLOURS, _PLAYERS, players, who),
            title=_name(_MOODS, _PLACES, titles, song),
            seconds=low + (high - low) * spread,
            extension=formats[(number + song) % len(formats)],
            entropy=(*entropy, 1, song),
        )


def _check_overwriting(folder, plans):
    if not folder.exists():
        return
    others = {path for path in find_files(folder) if path.suffix.lower() in EXTENSIONS}
    others.difference_update(plan.path for plan in plans)
    if others:
        raise ValueError(
            f"Got folder={str(folder)!r}, which holds {len(others)} other songs (such "
            f"as {str(min(others))!r}), but expected a new or empty folder. Choose "
            "another one or remove them."
        )


def _write_song(folder, plan, sample_rate):
    """Play one song and write it, with tags where the format has them."""
    import soundfile

    container, encoding, rates = _FORMATS[plan.extension]
    rng = np.random.default_rng(plan.entropy)
    sample_rate = int(sample_rate)
    n_channels = 2 if rng.uniform() < 0.3 else 1
    if rng.uniform() < 0.4:
        sample_rate = int(rng.choice(_OTHER_RATES))
    if rates is not None and sample_rate not in rates:
        sample_rate = 48000
    song = perform(
        plan.genre,
        plan.artist,
        n_samples=round(plan.seconds * sample_rate),
        sample_rate=sample_rate,
        n_channels=n_channels,
        rng=rng,
    )
    with soundfile.SoundFile(
        folder / plan.path,
        mode="w",
        samplerate=sample_rate,
        channels=n_channels,
        format=container,
        subtype=encoding,
    ) as file:
        if container not in _WITHOUT_TAGS:
            file.artist = plan.artist_name
            file.title = plan.title
        # libsndfile's Vorbis encoder needs stack for all that it is given at once.
        for start in range(0, len(song), _BLOCK):
            file.write(song[start : start + _BLOCK])
