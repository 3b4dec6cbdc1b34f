"""What the genres of `make_songs` play: instruments, rhythms and chords as data."""

from dataclasses import dataclass

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}


@dataclass(frozen=True)
class Part:
    """One player: what is played ("chord", "arpeggio", "melody", "bass") and when.

    `patterns` are bars of 16 steps, "x" starts a note that is held for `steps`;
    `octave` shifts the song's key, which lies round middle C.
    """

    role: str
    instruments: tuple[str, ...]
    octave: int
    patterns: tuple[str, ...]
    steps: float
    level: float


@dataclass(frozen=True)
class Style:
    """One genre; tempo in beats per minute, progressions in degrees of the scale.

    `beats` give each drum a bar of 16 steps; `tilt` is in decibels per octave,
    `reverb` and `sloppiness` (how late notes come) in seconds, `vibrato` in cents.
    """

    tempo: tuple[float, float]
    scales: tuple[str, ...]
    progressions: tuple[tuple[int, ...], ...]
    parts: tuple[Part, ...]
    beats: tuple[dict[str, str], ...]
    drum_level: float
    tilt: float
    reverb: tuple[float, float]
    sloppiness: float
    vibrato: float


STYLES = {
    "ballad": Style(
        tempo=(62, 92),
        scales=("major", "minor"),
        progressions=((0, 5, 3, 4), (0, 4, 5, 3), (5, 3, 0, 4), (0, 2, 3, 4)),
        parts=(
            Part(
                role="chord",
                instruments=("piano", "guitar"),
                octave=0,
                patterns=("x.......x.......", "x...x...x...x...", "x.....x.x.....x."),
                steps=4,
                level=0.8,
            ),
            Part(
                role="melody",
                instruments=("flute", "strings", "piano"),
                octave=1,
                patterns=("x...x.x.x.......", "x.....x.x...x...", "..x.x.x.x...x..."),
                steps=3.5,
                level=0.9,
            ),
            Part(
                role="bass",
                instruments=("sub bass", "guitar"),
                octave=-2,
                patterns=("x...............",),
                steps=7,
                level=0.8,
            ),
        ),
        beats=(
            {"soft kick": "x.......x.......", "brush": "....x.......x..."},
            {"soft kick": "x.........x.....", "snare": "....x.......x..."},
            {"tick": "x...x...x...x...", "brush": "....x.......x..."},
        ),
        drum_level=0.4,
        tilt=-3.5,
        reverb=(0.5, 1.4),
        sloppiness=0.012,
        vibrato=12.0,
    ),
    "chiptune": Style(
        tempo=(112, 165),
        scales=("minor", "major", "mixolydian"),
        progressions=((0, 5, 6, 4), (0, 6, 5, 4), (0, 3, 4, 4), (0, 5, 2, 6)),
        parts=(
            Part(
                role="arpeggio",
                instruments=("pulse", "thin pulse", "square"),
                octave=0,
                patterns=("xxxxxxxxxxxxxxxx", "x.xxx.xxx.xxx.xx", "x.x.x.x.x.x.x.x."),
                steps=0.9,
                level=0.6,
            ),
            Part(
                role="melody",
                instruments=("square", "pulse", "thin pulse"),
                octave=1,
                patterns=("x.x.x...x.x.x...", "x..x..x.x.x.....", "x...x.x.xxx.x..."),
                steps=1.8,
                level=0.9,
            ),
            Part(
                role="bass",
                instruments=("triangle", "square"),
                octave=-1,
                patterns=("x.x.x.x.x.x.x.x.", "x...x...x...x.x."),
                steps=1.8,
                level=0.9,
            ),
        ),
        beats=(
            {"soft kick": "x...x...x...x...", "blip": "....x.......x..."},
            {"kick": "x.....x.x.......", "blip": "....x.......x.x."},
            {"blip": "..x...x...x...x.", "tick": "x.x.x.x.x.x.x.x."},
        ),
        drum_level=0.6,
        tilt=1.5,
        reverb=(0.05, 0.4),
        sloppiness=0.0,
        vibrato=14.0,
    ),
    "drone": Style(
        tempo=(48, 72),
        scales=("minor", "dorian"),
        progressions=((0, 0, 3, 0), (0, 0, 6, 6), (0, 4, 0, 5)),
        parts=(
            Part(
                role="chord",
                instruments=("pad", "strings"),
                octave=-1,
                patterns=("x...............",),
                steps=17,
                level=1.0,
            ),
            Part(
                role="melody",
                instruments=("bowl", "flute", "pad"),
                octave=0,
                patterns=("x...............", "......x.........", "x.........x....."),
                steps=10,
                level=0.6,
            ),
            Part(
                role="bass",
                instruments=("pad", "saw"),
                octave=-2,
                patterns=("x...............",),
                steps=17,
                level=0.9,
            ),
        ),
        beats=(
            {"gong": "x..............."},
            {"gong": "........x.......", "cymbal": "............x..."},
            {"bass drum": "x..............."},
        ),
        drum_level=0.35,
        tilt=-4.0,
        reverb=(0.9, 2.0),
        sloppiness=0.03,
        vibrato=9.0,
    ),
    "march": Style(
        tempo=(96, 124),
        scales=("major", "mixolydian"),
        progressions=((0, 4, 0, 4), (0, 3, 4, 0), (0, 0, 4, 0), (0, 5, 1, 4)),
        parts=(
            Part(
                role="chord",
                instruments=("brass", "brass", "organ"),
                octave=0,
                patterns=("..x...x...x...x.", "x...x...x...x...", "x..xx...x..xx..."),
                steps=1.6,
                level=0.7,
            ),
            Part(
                role="melody",
                instruments=("brass", "piccolo"),
                octave=1,
                patterns=("x...x.x.x...x...", "x..xx...x.x.x...", "x...x...x..xx..."),
                steps=2.4,
                level=0.9,
            ),
            Part(
                role="bass",
                instruments=("tuba", "brass"),
                octave=-1,
                patterns=("x.......x.......", "x...x...x...x..."),
                steps=3,
                level=0.9,
            ),
        ),
        beats=(
            {"bass drum": "x.......x.......", "field snare": "..x...x...x.xxx."},
            {"bass drum": "x...x...x...x...", "field snare": "x.xxx.x.x.xxxxxx"},
            {"cymbal": "x.......x.......", "field snare": "....x.......x.xx"},
        ),
        drum_level=0.8,
        tilt=0.5,
        reverb=(0.3, 1.2),
        sloppiness=0.01,
        vibrato=14.0,
    ),
    "techno": Style(
        tempo=(118, 144),
        scales=("minor", "dorian"),
        progressions=((0, 0, 0, 0), (0, 0, 5, 6), (0, 0, 3, 3)),
        parts=(
            Part(
                role="chord",
                instruments=("saw", "pad"),
                octave=0,
                patterns=("..x...x...x...x.", "x..x..x...x..x..", "x..............."),
                steps=1.5,
                level=0.5,
            ),
            Part(
                role="arpeggio",
                instruments=("acid", "saw"),
                octave=-1,
                patterns=("xxxxxxxxxxxxxxxx", "x.xx.xx.x.xx.xx.", "..x.x.xx..x.x.xx"),
                steps=0.9,
                level=0.7,
            ),
            Part(
                role="bass",
                instruments=("acid", "sub bass", "saw"),
                octave=-2,
                patterns=("..x...x...x...x.", "..xx..xx..xx..xx"),
                steps=1.2,
                level=0.9,
            ),
        ),
        beats=(
            {"kick": "x...x...x...x...", "hat": "..x...x...x...x."},
            {
                "kick": "x...x...x...x...",
                "hat": "x.x.x.x.x.x.x.x.",
                "clap": "....x.......x...",
            },
            {"kick": "x...x...x...x..x", "tick": "..xx..x...xx..x."},
        ),
        drum_level=0.9,
        tilt=-0.5,
        reverb=(0.1, 0.9),
        sloppiness=0.0,
        vibrato=4.0,
    ),
}
