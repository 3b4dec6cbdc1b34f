import pytest
from song_files import GENRES

from skgenre.datasets._instruments import DRUMS, INSTRUMENTS
from skgenre.datasets._styles import SCALES, STYLES


@pytest.mark.parametrize("genre", GENRES)
def test_styles_are_playable(genre):
    style = STYLES[genre]
    patterns = [pattern for beat in style.beats for pattern in beat.values()]
    for part in style.parts:
        assert set(part.instruments) <= set(INSTRUMENTS)
        assert part.role in {"chord", "arpeggio", "melody", "bass"}
        patterns.extend(part.patterns)
    assert {len(pattern) for pattern in patterns} == {16}
    assert set("".join(patterns)) <= {"x", "."}
    assert {drum for beat in style.beats for drum in beat} <= set(DRUMS)
    assert set(style.scales) <= set(SCALES)


def test_genres():
    assert list(STYLES) == GENRES


@pytest.mark.parametrize("scale", SCALES)
def test_scales_climb_from_their_root_within_an_octave(scale):
    tones = SCALES[scale]
    assert tones[0] == 0
    assert list(tones) == sorted(set(tones))
    assert tones[-1] < 12


@pytest.mark.parametrize("genre", GENRES)
def test_ranges_are_ranges(genre):
    style = STYLES[genre]
    for low, high in (style.tempo, style.reverb):
        assert 0 < low < high
    assert all(0 <= degree <= 6 for chords in style.progressions for degree in chords)
    # The bass plays below the melody, or in its octave where there is none.
    octave = {part.role: part.octave for part in style.parts}
    assert octave["bass"] < max(octave.values())
