"""The song itself above what its windows say: mel spectrogram, or waveform."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skgenre._optional import require
from skgenre.audio._decode import read_song
from skgenre.audio._excerpt import Excerpt
from skgenre.audio._song import Unreadable, seconds_before
from skgenre.features._mel import MelSpectrogramFeaturizer
from skgenre.windows._frame_windower import SAMPLE_RATE, FrameWindower
from skgenre.windows._windowers import windowers_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Above = Literal["mel", "waveform"] | None

# A picture is not wider; more columns would only be drawn over each other.
_COLUMNS = 1200
_N_MELS = 64
_HOP_SECONDS = 0.023
_COLOURS = "magma"  # lighter is louder, to every eye


@dataclass(frozen=True)
class Sound:
    """What is heard of a song.

    Parameters
    ----------
    samples : float array of shape (n_samples,)
        Mono.
    sample_rate : float
        Samples per second.
    start : float, default=0.0
        Where in its file the first sample is, in seconds.
    """

    samples: np.ndarray
    sample_rate: float
    start: float = 0.0

    @property
    def end(self) -> float:
        """Where in its file the last sample is, in seconds."""
        return self.start + len(self.samples) / self.sample_rate


def hear(song: Any, model: Any) -> Sound:
    """Read of a song what a model reads of it.

    Parameters
    ----------
    song : path, Excerpt, waveform or (waveform, rate)
        The song.
    model : estimator
        Its FrameWindower says from where to where, and at which rate.

    Returns
    -------
    Sound
        Samples.

    Raises
    ------
    ValueError
        If it is not known where the sound is.
    AudioError
        If there is nothing to hear.
    """
    if not _is_sound(song):
        raise ValueError(
            "Got above=..., but expected to know the song's sound, which windows of "
            "features do not hold. Say it with audio='song.wav', or audio=(samples, "
            "sample_rate)."
        )
    windowers = windowers_in(model)
    windower = windowers[0] if windowers else FrameWindower(sample_rate=SAMPLE_RATE)
    rate, offset = float(windower.sample_rate), float(windower.offset_seconds)
    samples = read_song(
        song,
        sample_rate=rate,
        offset_seconds=offset,
        max_seconds=windower.max_seconds,
    )
    return Sound(samples, rate, seconds_before(song) + offset)


def _is_sound(song: Any) -> bool:
    if song is None or isinstance(song, Unreadable):
        return False
    if isinstance(song, str):
        # The name of a song need not be a path.
        return "\0" not in song and _exists(song)
    if isinstance(song, tuple):
        return len(song) == 2
    is_waveform = isinstance(song, np.ndarray) and song.ndim == 1 and song.size > 1
    return (
        is_waveform
        or isinstance(song, Excerpt | dict | bytes)
        or hasattr(song, "is_file")
    )


def _exists(path: str) -> bool:
    try:
        return Path(path).is_file()
    except OSError:  # longer than any path may be
        return False


def draw_sound(ax: "Axes", sound: Sound, kind: Above) -> None:
    """Draw a song along its seconds.

    Parameters
    ----------
    ax : matplotlib Axes
        Where to draw.
    sound : Sound
        The song.
    kind : {"mel", "waveform"}
        As what.
    """
    if kind == "mel":
        _draw_mel(ax, sound)
    else:
        _draw_waveform(ax, sound)


def _draw_waveform(ax: "Axes", sound: Sound) -> None:
    size = max(1, len(sound.samples) // _COLUMNS)
    firsts = np.arange(0, len(sound.samples), size)
    low = np.minimum.reduceat(sound.samples, firsts)  # (n_columns,)
    high = np.maximum.reduceat(sound.samples, firsts)
    edges = np.append(firsts, len(sound.samples)) / sound.sample_rate
    ax.stairs(high, sound.start + edges, baseline=low, fill=True, color="#444444")
    loudest = max(float(-low.min()), float(high.max()), 1e-9)
    ax.set(ylabel="amplitude", ylim=(-1.05 * loudest, 1.05 * loudest))
    ax.locator_params(axis="y", nbins=3)


def _draw_mel(ax: "Axes", sound: Sound) -> None:
    levels, times = mel_levels(sound)
    highest = sound.sample_rate / 2
    display = require("librosa.display", "plot", "TimelineDisplay(above='mel')")
    display.specshow(
        levels,
        sr=sound.sample_rate,
        y_axis="mel",
        fmin=0.0,
        fmax=highest,
        x_coords=times,
        cmap=_COLOURS,
        ax=ax,
    )
    # Drawn as points: as paths, a picture in SVG would be megabytes.
    for mesh in ax.collections:
        mesh.set_rasterized(True)
    hertz = [hz for hz in (256, 1024, 4096, 16384) if hz < 0.9 * highest]
    ax.set_yticks(hertz, [f"{hz:,}" for hz in hertz])
    ax.minorticks_off()
    ax.set(xlabel="", ylabel="Hz")


def mel_levels(sound: Sound) -> tuple[np.ndarray, np.ndarray]:
    """Mel spectrogram of a song, of so many columns as a picture needs.

    Parameters
    ----------
    sound : Sound
        The song.

    Returns
    -------
    levels : float array of shape (64, n_columns)
        Decibels below the loudest; each column is the mean of frames.
    times : float array of shape (n_columns,)
        The middle of each column in the file, in seconds.
    """
    hop = 2 ** round(np.log2(max(_HOP_SECONDS * sound.sample_rate, 16)))
    # A frame needs four hops of sound.
    short = max(0, 4 * hop - len(sound.samples))
    samples = np.pad(np.asarray(sound.samples, np.float32), (0, short))
    mel = MelSpectrogramFeaturizer(
        _N_MELS, n_fft=4 * hop, hop_length=hop, sample_rate=sound.sample_rate
    )
    levels = mel.fit_transform(samples[None])[0]  # (n_mels, n_frames)
    size = -(-levels.shape[1] // _COLUMNS)
    firsts = np.arange(0, levels.shape[1], size)
    borders = np.append(firsts, levels.shape[1])  # (n_columns + 1,)
    sums = np.add.reduceat(levels, firsts, axis=1)  # (n_mels, n_columns)
    levels = sums / np.diff(borders)
    # Frame t is about the second t * hop / rate, and a column about those in it.
    middles = (borders[:-1] + borders[1:] - 1) / 2
    return levels - levels.max(), sound.start + middles * hop / sound.sample_rate
