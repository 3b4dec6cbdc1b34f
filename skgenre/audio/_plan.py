"""Where the windows of a song lie, and how they are cut."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np

from skgenre.audio._decode import read_blocks
from skgenre.audio._echo import Echo
from skgenre.audio._errors import AudioError
from skgenre.audio._facts import Read, SongFacts
from skgenre.audio._song import Song, seconds_before

# Three minutes at 22,050 Hz: most songs are one block, an hour is no burden.
BLOCK_SAMPLES = 2**22


# Silence is looked for in stretches of so many seconds: shorter than any pause.
_STRETCH_SECONDS = 0.02


class DroppedSong(AudioError):
    """A song that short='drop' leaves without windows: reported, never raised."""


@dataclass(frozen=True)
class WindowPlan:
    """How songs are read and cut; small enough to send to other machines.

    Parameters
    ----------
    sample_rate : float
        Samples per second.
    window_samples, hop_samples : int
        Length of a window and distance between starts, in samples.
    offset_seconds : float
        Where reading starts.
    max_seconds : float or None
        How much is read.
    tail, short : str
        The policies of `FrameWindower`.
    silence_db : float or None, default=None
        Windows so much quieter than the song's loudest are left out.
    window_weight : str or None, default=None
        "heard": the share of each window in which the song sounds is found.
    """

    sample_rate: float
    window_samples: int
    hop_samples: int
    offset_seconds: float
    max_seconds: float | None
    tail: str
    short: str
    silence_db: float | None = None
    window_weight: str | None = None

    def read(self, song: Song) -> Read:
        """Read one song and cut it.

        Parameters
        ----------
        song : song of any kind
            See `skgenre.audio._song.as_song`.

        Returns
        -------
        Read
            Array of shape (n_windows, window_samples), a view on the samples wherever
            the policies allow; and what was learned of the song.
        """
        blocks = SongBlocks(self, song, math.inf)
        return Read(_join(list(blocks)), blocks.facts)

    def windows(self, song: Song) -> np.ndarray:
        """Read one song and cut it, as `read` does.

        Parameters
        ----------
        song : song of any kind
            See `skgenre.audio._song.as_song`.

        Returns
        -------
        array of shape (n_windows, window_samples)
            The windows alone.
        """
        return self.read(song).result

    def blocks(self, song: Song) -> "SongBlocks":
        """Read one song and yield its windows some minutes at a time.

        Parameters
        ----------
        song : song of any kind
            See `skgenre.audio._song.as_song`.

        Returns
        -------
        SongBlocks
            Iterator of arrays of shape (n_block_windows, window_samples), views on
            the samples. All blocks together are `windows`.
        """
        return SongBlocks(self, song, BLOCK_SAMPLES)

    def blocks_at(self, song: Song, rates: Sequence[float]) -> "SongBlocks":
        """Read one song once and yield its windows, which echo at other rates.

        Parameters
        ----------
        song : song of any kind
            See `skgenre.audio._song.as_song`.
        rates : sequence of float
            Samples per second of each echo.

        Returns
        -------
        SongBlocks
            As `blocks` gives it. Behind each of its blocks, and behind the last, its
            `echoes` have the same windows at their rates, some of them later.
        """
        echoes = tuple(
            Echo(
                rate,
                window_samples=max(
                    1, round(self.window_samples * rate / self.sample_rate)
                ),
                repeat=self.short == "repeat",
            )
            for rate in rates
        )
        return SongBlocks(self, song, BLOCK_SAMPLES, echoes)

    def measure(self, song: Song) -> SongFacts:
        """Read one song and count its windows; its audio is let go.

        Parameters
        ----------
        song : song of any kind
            See `skgenre.audio._song.as_song`.

        Returns
        -------
        SongFacts
            With the number of windows, and their starts where those are irregular.
        """
        if self.silence_db is not None or self.window_weight is not None:
            blocks = self.blocks(song)
            for _ in blocks:
                pass
            return blocks.facts
        facts = SongFacts()
        n_samples = sum(map(len, self._samples(song, facts)))
        facts.n_windows = self.count(n_samples)
        if self._is_aligned(n_samples):
            regular = self.starts(facts.n_windows - 1)
            facts.starts = np.append(regular, self._last_start(n_samples))
        if before := seconds_before(song):
            regular = self.starts(facts.n_windows)
            own = regular if facts.starts is None else facts.starts
            facts.starts = own + before
        return facts

    def _slices(
        self,
        song: Song,
        block_samples: float,
        facts: SongFacts,
        echoes: Sequence[Echo] = (),
    ) -> "Iterator[_Slice]":
        """Cut windows whether they can be heard or not."""
        size, hop = self.window_samples, self.hop_samples
        pieces: list[np.ndarray] = []  # from the start of the next window on
        held = n_cut = 0
        for samples in self._samples(song, facts, echoes):
            pieces.append(samples)
            held += len(samples)
            if held >= block_samples + max(size, hop):
                # A window's length stays, for a last window that is moved back.
                n_windows = (held - size) // hop
                if n_windows == 0:
                    continue
                y = _join(pieces)
                yield _Slice(
                    self.starts(n_windows, n_cut),
                    _slide(y[: (n_windows - 1) * hop + size], size, hop),
                )
                # A copy, which lets go of the block.
                pieces = [y[n_windows * hop :].copy()]
                held = len(pieces[0])
                n_cut += n_windows
        song_samples = n_cut * hop + held
        is_aligned = self._is_aligned(song_samples)
        n_windows = self.count(song_samples) - n_cut - is_aligned
        if n_windows > 0 or is_aligned:
            y = _join(pieces)
        if n_windows > 0:
            n_samples = (n_windows - 1) * hop + size
            n_padded = 0
            if held >= n_samples:
                cut = y[:n_samples]
            elif self.short == "repeat" and n_cut == 0 and held < size:
                cut = np.resize(y, n_samples)
            else:
                n_padded = n_samples - held
                cut = np.concatenate([y, np.zeros(n_padded, y.dtype)])
            starts = self.starts(n_windows, n_cut)
            yield _Slice(starts, _slide(cut, size, hop), n_padded)
        if is_aligned:
            start = np.array([self._last_start(song_samples)])
            yield _Slice(start, y[None, held - size :])

    def _audible(
        self, slices: "Iterator[_Slice]", song: Song, block_samples: float
    ) -> "Iterator[_Slice]":
        """Leave out what is much quieter than the loudest window of the song."""
        held: list[_Slice] = []
        is_long = False
        for piece in slices:
            held.append(piece)
            is_long = len(piece.windows) * self.hop_samples >= block_samples
            if is_long:
                break
        # A song that does not fit into memory is read once for its loudest window.
        all_slices = self._slices(song, block_samples, SongFacts()) if is_long else held
        loudest = max(_powers(piece.windows).max() for piece in all_slices)
        floor = loudest * 10.0 ** (-(self.silence_db or 0) / 10)
        for piece in chain(held, slices):
            powers = _powers(piece.windows)
            is_heard = (powers >= floor) & (powers > 0)
            if is_heard.all():
                yield piece._replace(floor=floor)
            elif is_heard.any():
                yield _Slice(
                    piece.starts[is_heard],
                    piece.windows[is_heard],
                    piece.n_padded if is_heard[-1] else 0,
                    floor,
                )

    def _samples(
        self, song: Song, facts: SongFacts, echoes: Sequence[Echo] = ()
    ) -> Iterator[np.ndarray]:
        return read_blocks(
            song,
            sample_rate=self.sample_rate,
            offset_seconds=self.offset_seconds,
            max_seconds=self.max_seconds,
            facts=facts,
            echoes=echoes,
        )

    def count(self, n_samples: int) -> int:
        """Count the windows of a song by the policies.

        Parameters
        ----------
        n_samples : int
            Length of the song, at least 1.

        Returns
        -------
        int
            How many windows it has, at least 1.
        """
        size, hop = self.window_samples, self.hop_samples
        if n_samples < size:
            what = (
                f"It lasts {n_samples / self.sample_rate:.2f} s, less than one window "
                f"of {size / self.sample_rate:.2f} s"
            )
            if self.short == "raise":
                raise AudioError(f"{what}. Take short='pad' or 'repeat'.")
            if self.short == "drop":
                raise DroppedSong(f"{what}, and short='drop'.")
            return 1
        if self.tail == "align":
            return 1 + math.ceil((n_samples - size) / hop)
        if self.tail == "pad":
            # A hop wider than the window may leave the song's end in a gap.
            return 1 + min(math.ceil((n_samples - size) / hop), (n_samples - 1) // hop)
        return 1 + (n_samples - size) // hop

    def starts(self, n_windows: int, first: int = 0) -> np.ndarray:
        """Start of windows that follow each other by the hop.

        Parameters
        ----------
        n_windows : int
            How many windows.
        first : int, default=0
            The number of the first of them in its song.

        Returns
        -------
        array of shape (n_windows,)
            Seconds.
        """
        hop_seconds = self.hop_samples / self.sample_rate
        return self.offset_seconds + hop_seconds * np.arange(first, first + n_windows)

    def _is_aligned(self, n_samples: int) -> bool:
        """Whether the last window of a song is moved back to its end."""
        behind = n_samples - self.window_samples
        return self.tail == "align" and behind > 0 and behind % self.hop_samples > 0

    def _last_start(self, n_samples: int) -> float:
        behind = n_samples - self.window_samples
        return self.offset_seconds + behind / self.sample_rate


class _Slice(NamedTuple):
    """Windows of a song that follow each other."""

    starts: np.ndarray  # (n_windows,), seconds
    windows: np.ndarray  # (n_windows, window_samples)
    n_padded: int = 0  # samples of the last window that lie behind the song
    floor: float = 0.0  # mean square below which nothing is heard


class SongBlocks(Iterator[np.ndarray]):
    """The windows of one song, some minutes at a time.

    Parameters
    ----------
    plan : WindowPlan
        How to read and cut the song.
    song : song of any kind
        See `skgenre.audio._song.as_song`.
    block_samples : float
        About how many samples are cut at a time.
    echoes : sequence of Echo, default=()
        Which get the same windows.

    Attributes
    ----------
    facts : SongFacts
        What was learned of the song; complete behind the last block.
    """

    def __init__(
        self,
        plan: WindowPlan,
        song: Song,
        block_samples: float,
        echoes: Sequence[Echo] = (),
    ) -> None:
        self.facts = SongFacts()
        self.echoes = echoes
        self._blocks = self._cut(plan, song, block_samples)

    def __next__(self) -> np.ndarray:
        return next(self._blocks)

    def _cut(
        self, plan: WindowPlan, song: Song, block_samples: float
    ) -> Iterator[np.ndarray]:
        facts = self.facts
        slices = plan._slices(song, block_samples, facts, self.echoes)
        if plan.silence_db is not None:
            slices = plan._audible(slices, song, block_samples)
        starts, weights = [], []
        for piece in slices:
            starts.append(piece.starts)
            for echo in self.echoes:
                echo.want(piece.starts - plan.offset_seconds)
            if plan.window_weight is not None:
                weights.append(_heard_shares(piece, plan.sample_rate))
            facts.n_windows += len(piece.windows)
            facts.n_silent += _count_silent(piece.windows)
            yield piece.windows
        if not starts:
            raise AudioError(
                "All its windows are silent: what sounds lies behind the last of "
                "them. Take tail='align' or 'pad', or silence_db=None."
            )
        if weights:
            facts.window_weight = np.concatenate(weights)
        own = np.concatenate(starts) + seconds_before(song)
        if not np.array_equal(own, plan.starts(len(own))):
            facts.starts = own


def _powers(windows: np.ndarray) -> np.ndarray:
    """Mean square of each window without its mean, (n_windows,)."""
    # One at a time: of all at once a copy would be made.
    return np.array([np.var(window, dtype=np.float64) for window in windows])


def _heard_shares(piece: _Slice, sample_rate: float) -> np.ndarray:
    """Share of each window in which something sounds, (n_windows,)."""
    size = piece.windows.shape[1]
    stretch = max(1, round(_STRETCH_SECONDS * sample_rate))
    # What was put behind the song is none of it, loud or not.
    n_own = np.full(len(piece.windows), size)
    n_own[-1] -= piece.n_padded
    n_sounding = [
        _count_sounding(window[:n_samples], stretch, piece.floor)
        for window, n_samples in zip(piece.windows, n_own.tolist(), strict=True)
    ]
    return np.array(n_sounding) / size


def _count_sounding(samples: np.ndarray, stretch: int, floor: float) -> int:
    """Count the samples in stretches that are neither silent nor below the floor."""
    n_whole = len(samples) // stretch * stretch
    whole = samples[:n_whole].reshape(-1, stretch)  # (n_stretches, stretch)
    sounds = whole.max(axis=1) > whole.min(axis=1)
    if floor > 0:
        sounds &= np.var(whole, axis=1, dtype=np.float64) >= floor
    n_sounding = stretch * int(sounds.sum())
    rest = samples[n_whole:]
    if len(rest) and _sounds(rest, floor):
        n_sounding += len(rest)
    return n_sounding


def _sounds(samples: np.ndarray, floor: float) -> bool:
    # A single sample at the end of a window cannot be told from a constant offset.
    is_silent = samples.max() == samples.min()
    return bool(not is_silent and np.var(samples, dtype=np.float64) >= floor)


def _count_silent(windows: np.ndarray) -> int:
    """Count the windows in which every sample is the same."""
    first, middle = windows[:, 0], windows[:, windows.shape[1] // 2]
    # Three samples tell of nearly all that they are not silent.
    suspects = np.flatnonzero((first == middle) & (first == windows[:, -1]))
    return sum(bool((windows[i] == first[i]).all()) for i in suspects)


def _join(pieces: list[np.ndarray]) -> np.ndarray:
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _slide(y: np.ndarray, size: int, hop: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(y, size)[::hop]
