"""Compose and perform one song of `make_songs`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from skgenre.datasets._instruments import INSTRUMENTS
from skgenre.datasets._styles import SCALES, STYLES, Part
from skgenre.datasets._synth import add_room, band_noise, play_drum, play_note

_Option = TypeVar("_Option")

_STEPS = 16  # of a bar, four of them a beat


@dataclass(frozen=True)
class Artist:
    """What all songs of one artist share."""

    tempo_bias: float
    tilt: float
    humps: tuple[tuple[float, float], ...]
    reverb: float
    wet: float
    noise: float
    noise_band: tuple[float, float]
    cents: float
    vibrato: tuple[float, float]
    drum_tuning: float
    drum_bias: float
    favourites: tuple[tuple[float, float], ...]
    favourite_beat: float


def draw_artist(genre: str, rng: np.random.Generator) -> Artist:
    """Draw an artist of a genre.

    Parameters
    ----------
    genre : str
        A key of `STYLES`.
    rng : numpy.random.Generator
        Decides everything.

    Returns
    -------
    Artist
        Who plays this genre only.
    """
    style = STYLES[genre]
    noise_low = 10 ** rng.uniform(1.8, 3.2)
    return Artist(
        tempo_bias=rng.normal(0, 0.08),
        tilt=style.tilt + rng.normal(0, 0.4),
        humps=_draw_humps(rng, decibels=1.5),
        reverb=rng.uniform(*style.reverb),
        wet=rng.uniform(0.1, 0.9),
        noise=10 ** rng.uniform(-3.2, -2.0),
        noise_band=(noise_low, noise_low * 10 ** rng.uniform(0.5, 1.5)),
        cents=rng.normal(0, 20),
        vibrato=(style.vibrato * rng.uniform(0.2, 2.0), rng.uniform(3.5, 7)),
        drum_tuning=2 ** rng.normal(0, 0.2),
        drum_bias=2 ** rng.normal(0, 0.2),
        favourites=tuple(map(tuple, rng.uniform(size=(len(style.parts), 2)).tolist())),
        favourite_beat=rng.uniform(),
    )


def _draw_humps(
    rng: np.random.Generator, decibels: float
) -> tuple[tuple[float, float], ...]:
    """Three humps of an equaliser: hertz and decibels of each."""
    centres = 120 * 2 ** rng.uniform(0, 6, size=3)
    gains = rng.normal(0, decibels, size=3)
    return tuple(zip(centres.tolist(), gains.tolist(), strict=True))


def _choose(
    options: Sequence[_Option],
    rng: np.random.Generator,
    favourite: float | None = None,
) -> _Option:
    """Choose one option, most often the artist's favourite (a share of the list)."""
    if favourite is not None and rng.uniform() < 0.8:
        return options[int(favourite * len(options))]
    return options[int(rng.integers(len(options)))]


def _hits(pattern: str, bars: np.ndarray) -> np.ndarray:
    """Steps of the song, counted from 0, at which a pattern strikes in some bars."""
    struck = [step for step, mark in enumerate(pattern) if mark == "x"]
    # (n_bars, n_struck), one after the other
    return (_STEPS * bars[:, None] + struck).ravel()


def _degrees(
    role: str,
    steps: np.ndarray,
    progression: Sequence[int],
    rng: np.random.Generator,
) -> np.ndarray:
    """Scale degree of each voice at each step, [shape=(n_voices, n_steps)]."""
    roots = np.asarray(progression)[steps // _STEPS % len(progression)]  # (n_steps,)
    if role == "chord":
        return roots + np.array([[0], [2], [4]])
    if role == "arpeggio":
        climb = np.array([0, 2, 4, 7, 4, 2])
        return (roots + climb[np.arange(len(steps)) % len(climb)])[None]
    if role == "bass":
        return (roots + rng.choice([0, 0, 0, 4, 7], size=len(steps)))[None]
    walk = np.cumsum(rng.choice([-2, -1, 0, 1, 2], size=len(steps)))
    # Folded into ten degrees; on the beat it lands on a tone of the chord.
    walk = np.abs((walk + 3) % 20 - 10)
    return np.where(steps % 4 == 0, roots + walk // 2 % 3 * 2, walk)[None]


def _draw_bars(n_bars: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Whether a player plays in each bar: sections of two to four bars."""
    lengths = rng.integers(2, 5, size=n_bars)
    return np.repeat(rng.uniform(size=n_bars) < share, lengths)[:n_bars]


def _add(song: np.ndarray, sound: np.ndarray, start: int, velocity: float) -> None:
    """Add a sound to a song, in place, as far as it lies before the song's end."""
    size = min(len(sound), len(song) - start)
    if size > 0:
        song[start : start + size] += np.float32(velocity) * sound[:size]


class _Stage:
    """The song while players add to it; everything they have to agree on."""

    def __init__(
        self,
        genre: str,
        artist: Artist,
        *,
        n_samples: int,
        sample_rate: int,
        rng: np.random.Generator,
    ) -> None:
        style = STYLES[genre]
        tempo = rng.uniform(*style.tempo) * 2**artist.tempo_bias
        self.artist = artist
        self.rng = rng
        self.sample_rate = sample_rate
        self.song = np.zeros(n_samples, dtype=np.float32)
        self.step_seconds = 60 / tempo / 4
        self.n_bars = 1 + int(n_samples / sample_rate / self.step_seconds / _STEPS)
        self.sloppiness = style.sloppiness
        self.scale = np.asarray(SCALES[_choose(style.scales, rng)])
        self.key = 60 + int(rng.integers(-6, 6))
        self.progression = _choose(style.progressions, rng)

    def _starts(self, steps: np.ndarray) -> np.ndarray:
        """Samples at which the steps are struck, a little late."""
        late = self.sloppiness * np.abs(self.rng.normal(size=len(steps)))
        return ((steps * self.step_seconds + late) * self.sample_rate).astype(int)

    def play(
        self,
        part: Part,
        bars: np.ndarray,
        *,
        level: float = 1.0,
        favourites: tuple[float | None, float | None] = (None, None),
    ) -> None:
        """Add one player's notes in some bars."""
        timbre = INSTRUMENTS[_choose(part.instruments, self.rng, favourites[0])]
        pattern = _choose(part.patterns, self.rng, favourites[1])
        steps = _hits(pattern, np.flatnonzero(bars))
        # (n_voices, n_steps), as all that follows
        degrees = _degrees(part.role, steps, self.progression, self.rng)
        octaves, degrees = np.divmod(degrees, len(self.scale))
        pitches = self.key + 12 * (part.octave + octaves) + self.scale[degrees]
        # The voices of a chord start together.
        starts = np.broadcast_to(self._starts(steps), pitches.shape)
        velocities = self.rng.uniform(0.75, 1.15, size=pitches.shape)
        # Voices add up by their power: chords are as loud as single notes.
        velocities *= level * part.level / np.sqrt(len(pitches))
        # Each pitch is rendered once and then played wherever it occurs.
        for pitch in np.unique(pitches):
            sound = play_note(
                timbre,
                440 * 2 ** ((pitch - 69 + self.artist.cents / 100) / 12),
                part.steps * self.step_seconds,
                sample_rate=self.sample_rate,
                vibrato=self.artist.vibrato,
                rng=self.rng,
            )
            here = pitches == pitch
            for start, velocity in zip(starts[here], velocities[here], strict=True):
                _add(self.song, sound, start, velocity)

    def drum(self, beat: Mapping[str, str], bars: np.ndarray, *, level: float) -> None:
        """Add a beat in some bars."""
        for drum, pattern in beat.items():
            stroke = play_drum(
                drum,
                tuning=self.artist.drum_tuning,
                sample_rate=self.sample_rate,
                rng=self.rng,
            )
            steps = _hits(pattern, np.flatnonzero(bars))
            velocities = level * self.rng.uniform(0.7, 1.1, size=len(steps))
            for start, velocity in zip(self._starts(steps), velocities, strict=True):
                _add(self.song, stroke, start, velocity)

    def invite_guests(self, genre: str) -> None:
        """Add a player, and at times a beat, of another genre: genres overlap."""
        others = [STYLES[name] for name in STYLES if name != genre]
        if self.rng.uniform() < 0.2:
            part = _choose(_choose(others, self.rng).parts, self.rng)
            bars = _draw_bars(self.n_bars, 0.6, self.rng)
            self.play(part, bars, level=self.rng.uniform(0.4, 1.0))
        if self.rng.uniform() < 0.1:
            beat = _choose(_choose(others, self.rng).beats, self.rng)
            bars = _draw_bars(self.n_bars, 0.5, self.rng)
            self.drum(beat, bars, level=self.rng.uniform(0.5, 2.0))


def perform(
    genre: str,
    artist: Artist,
    *,
    n_samples: int,
    sample_rate: int,
    n_channels: int,
    rng: np.random.Generator,
    interlude: float = 0.0,
    applause: float = 0.0,
) -> np.ndarray:
    """Compose and play one song.

    Parameters
    ----------
    genre : str
        A key of `STYLES`.
    artist : Artist
        Who plays it.
    n_samples : int
        Length of the song.
    sample_rate : int
        Samples per second.
    n_channels : int
        Channels of the song.
    rng : numpy.random.Generator
        Decides everything.
    interlude : float, default=0.0
        Share of the song, in one piece, in which the players of another genre play in
        place of its own.
    applause : float, default=0.0
        Share of the song, at both ends, in which one hears the audience alone.

    Returns
    -------
    ndarray of float32
        The song between -1 and 1. [shape=(n_samples, n_channels)].
    """
    stage = _Stage(genre, artist, n_samples=n_samples, sample_rate=sample_rate, rng=rng)
    _play_genre(stage, genre)
    stage.invite_guests(genre)
    song = stage.song
    # Nothing is drawn for songs without one, which stay as they are.
    if interlude > 0:
        song = _with_interlude(stage, genre, interlude)
    song = _with_noise(song, artist, sample_rate=sample_rate, rng=rng)
    song = add_room(
        song,
        tilt=artist.tilt + rng.normal(0, 0.15),
        humps=artist.humps + _draw_humps(rng, decibels=0.5),
        reverb=artist.reverb,
        wet=artist.wet,
        n_channels=n_channels,
        sample_rate=sample_rate,
        rng=rng,
    )  # (n_samples, n_channels)
    if applause > 0:
        song = _with_applause(song, applause, sample_rate=sample_rate, rng=rng)
    fade = np.minimum(np.arange(n_samples) / (rng.uniform(0.02, 0.5) * sample_rate), 1)
    song *= np.minimum(fade, fade[::-1])[:, None].astype(np.float32)
    # Recordings are mastered at different levels, which must not tell anything.
    peak = 10 ** (rng.uniform(-16, -0.5) / 20)
    return song * np.float32(peak / np.max(np.abs(song)))


def _play_genre(stage: _Stage, genre: str) -> None:
    """Add all players of a genre, and its drums, each in bars of its own."""
    style, artist, rng = STYLES[genre], stage.artist, stage.rng
    bars = [_draw_bars(stage.n_bars, 0.75, rng) for _ in style.parts]
    bars[0] |= ~np.any(bars, axis=0)  # somebody always plays
    for part, here, favourites in zip(
        style.parts, bars, artist.favourites, strict=True
    ):
        stage.play(part, here, favourites=favourites)
    stage.drum(
        _choose(style.beats, rng, artist.favourite_beat),
        _draw_bars(stage.n_bars, 0.75, rng),
        level=4 * style.drum_level * artist.drum_bias * 2 ** rng.normal(0, 0.2),
    )


def _with_interlude(stage: _Stage, genre: str, share: float) -> np.ndarray:
    """Let the players of another genre play a piece of a song, (n_samples,)."""
    rng, n_samples = stage.rng, len(stage.song)
    other = _choose([name for name in STYLES if name != genre], rng)
    guests = _Stage(
        other,
        stage.artist,
        n_samples=n_samples,
        sample_rate=stage.sample_rate,
        rng=rng,
    )
    _play_genre(guests, other)
    middle = rng.uniform(share / 2, 1 - share / 2) * n_samples
    # From the piece's nearer end, in samples: negative outside.
    inside = share * n_samples / 2 - np.abs(np.arange(n_samples) - middle)
    here = _ramped(inside, stage.sample_rate)
    return _levelled(stage.song) * (1 - here) + _levelled(guests.song) * here


def _ramped(inside: np.ndarray, sample_rate: int) -> np.ndarray:
    """1 inside, 0 outside, with ramps of 50 ms between, (n_samples,)."""
    return np.clip(inside / (0.05 * sample_rate) + 0.5, 0, 1).astype(np.float32)


def _with_applause(
    song: np.ndarray, share: float, *, sample_rate: int, rng: np.random.Generator
) -> np.ndarray:
    """Let the audience clap at both ends, (n_samples, n_channels) as the song."""
    n_samples, before = len(song), rng.uniform(0, share)
    at = np.arange(n_samples) / n_samples
    # From the nearer end of the music, in samples: negative in it.
    outside = np.maximum(before - at, at - (1 - share + before)) * n_samples
    here = _ramped(outside, sample_rate)
    claps = band_noise(n_samples, 500, 3500, sample_rate=sample_rate, rng=rng)
    loudness = np.sqrt(np.mean(song**2)) * np.float32(10 ** rng.uniform(-0.3, 0.0))
    both = _levelled(claps) * loudness * here
    return song * (1 - here)[:, None] + both[:, None]


def _levelled(song: np.ndarray) -> np.ndarray:
    """Bring a song to RMS 1."""
    return song / (np.sqrt(np.mean(song**2)) + np.float32(1e-6))


def _with_noise(
    song: np.ndarray, artist: Artist, *, sample_rate: int, rng: np.random.Generator
) -> np.ndarray:
    """Bring a song to RMS 1, and add the artist's noise floor."""
    song = _levelled(song)
    low, high = artist.noise_band
    noise = band_noise(len(song), low, high, sample_rate=sample_rate, rng=rng)
    return song + np.float32(artist.noise * 10 ** rng.uniform(-0.3, 0.3)) * noise
