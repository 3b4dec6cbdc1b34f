"""The recordings that the benchmarks run on: labels, splits, groups, minutes of audio.

They are not part of the project: pass their folder as --data DIR or in SKGENRE_DATA.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import librosa
import numpy as np
import pandas as pd
import soundfile
import soxr
from sklearn.model_selection import StratifiedGroupKFold

from skgenre import SongWindows

Split = tuple[np.ndarray, np.ndarray]

# % of ESC-10's clips on the official folds.
PUBLISHED = {
    "k-NN on clip statistics (Piczak 2015a)": 66.7,
    "linear SVM on clip statistics (Piczak 2015a)": 67.5,
    "random forest on clip statistics (Piczak 2015a)": 72.7,
    "CNN, short windows, majority (Piczak 2015b)": 78.00,
    "CNN, short windows, probability (Piczak 2015b)": 78.50,
    "CNN, long windows, majority (Piczak 2015b)": 79.75,
    "CNN, long windows, probability (Piczak 2015b)": 80.25,
    "people (Piczak 2015a)": 95.7,
}

# -- songs with labels ----------------------------------------------------------------


@dataclass(frozen=True)
class Recordings:
    """Songs, and the splits that are usual for them.

    Attributes
    ----------
    name : str
        Of the data set.
    folder : Path
        Where its files lie.
    songs : str array of shape (n_songs,)
        Their names.
    paths : str array of shape (n_songs,)
        Their files.
    y : str array of shape (n_songs,)
        Their labels.
    artists : object array of shape (n_songs,)
        Who must not be on both sides of a split; None where that is unknown.
    clusters : str array of shape (n_songs,)
        The same, with unknown ones each by itself.
    splits : list of (train, test)
        Positions of songs.
    sample_rate : int
        Of the files.
    protocol : str
        The splits in words.
    """

    name: str
    folder: Path
    songs: np.ndarray
    paths: np.ndarray
    y: np.ndarray
    artists: np.ndarray
    clusters: np.ndarray
    splits: list[Split]
    sample_rate: int
    protocol: str

    @property
    def tested(self) -> np.ndarray:
        """Positions of all songs that are tested, fold by fold."""
        return np.concatenate([test for _, test in self.splits])

    def inner_splits(self, train: np.ndarray) -> list[Split]:
        """Split a training side again; positions in `train`, as `cv=` takes them."""
        return _INNER[self.name](self, train)


def gtzan3(folder: Path) -> Recordings:
    """195 songs of three genres; no artist is on both sides of the split."""
    folder = Path(folder) / "gtzan3"
    table = pd.read_csv(folder / "songs.csv")
    artist = table["artist"].astype(object)
    side = {name: np.flatnonzero(table["split"] == name) for name in ("train", "valid")}
    return Recordings(
        name="gtzan3",
        folder=folder,
        songs=table["song"].to_numpy(dtype=str),
        paths=np.array([str(folder / path) for path in table["path"]]),
        y=table["genre"].to_numpy(dtype=str),
        artists=artist.where(artist.notna(), None).to_numpy(),
        clusters=artist.fillna("unknown of " + table["song"]).to_numpy(dtype=str),
        splits=[(side["train"], side["valid"])],
        sample_rate=22050,
        protocol="train to valid",
    )


def esc10(folder: Path) -> Recordings:
    """400 clips of ten classes; clips of one recording are in one official fold."""
    folder = Path(folder) / "esc10"
    table = pd.read_csv(folder / "clips.csv")
    fold = table["fold"].to_numpy()
    sources = table["source"].to_numpy()
    return Recordings(
        name="esc10",
        folder=folder,
        songs=table["clip"].to_numpy(dtype=str),
        paths=np.array([str(folder / path) for path in table["path"]]),
        y=table["label"].to_numpy(dtype=str),
        artists=sources.astype(object),
        clusters=sources,
        splits=[
            (np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(1, 6)
        ],
        sample_rate=44100,
        protocol="5 official folds",
    )


LOADERS = {"esc10": esc10, "gtzan3": gtzan3}


def _official_folds(data: Recordings, train: np.ndarray) -> list[Split]:
    """Leave out each official fold of a training side in turn."""
    inside = [np.isin(train, test) for _, test in data.splits]
    return [
        (np.flatnonzero(~left_out), np.flatnonzero(left_out))
        for left_out in inside
        if left_out.any()
    ]


def _folds_by_artist(data: Recordings, train: np.ndarray) -> list[Split]:
    """Four folds by artist of a training side, as there are no official ones."""
    folds = StratifiedGroupKFold(4, shuffle=True, random_state=0)
    return list(folds.split(train, data.y[train], data.clusters[train]))


_INNER = {"esc10": _official_folds, "gtzan3": _folds_by_artist}


def gtzan3_table(data: Recordings) -> tuple[SongWindows, np.ndarray, np.ndarray]:
    """Read the well-known table of 3 s windows with 57 features.

    Returns
    -------
    windows : SongWindows
        Windows of features.
    y : array of shape (n_songs,)
        Label of each song.
    artists : object array of shape (n_songs,)
        Artist of each song, None where unknown.
    """
    table = pd.read_csv(data.folder / "features_3_sec.csv").drop(columns="length")
    # SONG.WINDOW.wav
    table["song"] = table.pop("filename").str.rsplit(".", n=2).str[0]
    windows, y = SongWindows.from_frame(table, song="song", label="label")
    artist = dict(zip(data.songs, data.artists, strict=True))
    artists = np.array([artist[song] for song in windows.song_ids], dtype=object)
    return windows, y, artists


# -- minutes of audio, for what is timed ----------------------------------------------
#
# Three kinds, as results of earlier runs are of these very samples: songs of one voice
# on disk, songs with another clip in each ear in all formats, and samples in memory.


def write_minutes(
    data: Path, folder: Path, n_files: int, suffix: str = "ogg", rate: int = 44_100
) -> list[str]:
    """Write stereo songs of a minute, each of two real clips; return their paths."""
    clips = gtzan3(data).paths
    paths = []
    for i in range(n_files):
        y = np.resize(_joined(clips[2 * i : 2 * i + 2], rate), 60 * rate)  # (60 rate,)
        paths.append(str(Path(folder) / f"{i:04}.{suffix}"))
        _write(paths[-1], np.stack([y, 0.5 * y], axis=1), rate)
    return paths


def write_formats(
    data: Path,
    folder: Path,
    n_minutes: int,
    *,
    formats: Sequence[str],
    rates: Sequence[int],
) -> dict[tuple[str, int], list[str]]:
    """Write minutes with two clips in one ear and two in the other, in all formats.

    Returns
    -------
    dict of list of str
        The paths for each (format, rate).
    """
    clips = gtzan3(data).paths[:: 195 // (4 * n_minutes)]
    minutes = [
        _stereo_minute(clips[4 * i : 4 * i + 4], 44_100) for i in range(n_minutes)
    ]
    files: dict[tuple[str, int], list[str]] = {}
    for rate in rates:
        for i, minute in enumerate(minutes):
            y = minute if rate == 44_100 else soxr.resample(minute, 44_100, rate)
            for kind in formats:
                path = str(Path(folder) / f"{i}_{rate}.{kind}")
                _write(path, np.clip(y, -1, 1), rate)
                files.setdefault((kind, rate), []).append(path)
    return files


def minutes_in_memory(data: Path, n_songs: int, *, rate: int) -> list[np.ndarray]:
    """Join three clips of a genre to a minute each, spread over the genres."""
    clips = gtzan3(data).paths
    songs = []
    for i in range(n_songs):
        first = i * (len(clips) - 1) // max(n_songs, 2)
        songs.append(_joined(clips[first : first + 3], rate)[: 60 * rate])
    return songs


def write_hours(minute: str, path: Path, n_minutes: int) -> None:
    """Write one file in which a minute comes again and again, with another gain."""
    y, rate = soundfile.read(minute, dtype="float32")
    with soundfile.SoundFile(path, "w", rate, y.shape[1]) as file:
        for i in range(n_minutes):
            file.write(y * (0.5 + 0.5 * i / n_minutes))


def repeated(paths: Sequence[str], n_songs: int) -> list[str]:
    """Take some files again and again until there are `n_songs`."""
    return (list(paths) * (n_songs // len(paths) + 1))[:n_songs]


def _joined(clips: Iterable[str], rate: int) -> np.ndarray:
    """Read clips as mono, one after the other."""
    return np.concatenate([librosa.load(clip, sr=rate)[0] for clip in clips])


def _stereo_minute(clips: Sequence[str], rate: int) -> np.ndarray:
    """Join four clips to 58 s with two in each ear, repeated up to a minute."""
    a, b, c, d = (librosa.load(clip, sr=rate)[0][: 29 * rate] for clip in clips)
    stereo = np.stack([np.concatenate([a, b]), np.concatenate([c, d])], axis=1)
    return np.resize(0.9 * stereo, (60 * rate, 2))  # (60 rate, 2)


def _write(path: str, samples: np.ndarray, rate: int) -> None:
    """Write samples (n_samples, n_channels) of any format that the suffix names."""
    with soundfile.SoundFile(path, "w", rate, samples.shape[1]) as file:
        # By the second: libsndfile's Vorbis encoder crashes on minutes.
        for start in range(0, len(samples), rate):
            file.write(samples[start : start + rate])
