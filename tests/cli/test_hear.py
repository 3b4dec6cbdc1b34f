import numpy as np
import pytest
import soundfile
from numpy.testing import assert_array_equal
from shell import write_song

from skgenre.cli._errors import UserError
from skgenre.cli._hear import hear, usable_songs
from skgenre.cli._recipe import Cut, recipe_model, set_windowers
from skgenre.cli._say import Speaker
from skgenre.datasets import load_songs

CUT = Cut(1.0, None, 8000)
OPTIONS = ("--window", "--sample-rate")


def heard(say, songs, data, *, name="baseline", cut=CUT, **windowers):
    model = set_windowers(recipe_model(name, cut, n_jobs=1), **windowers)
    return hear(say, songs, model, name=name, data=data, options=OPTIONS)


@pytest.fixture
def songs(library):
    return load_songs(library)


@pytest.fixture
def bad(tmp_path):
    path = tmp_path / "bad.wav"
    path.write_bytes(b"no audio")
    return str(path)


def test_songs_that_cannot_be_read_are_left_out(library, songs, bad, capsys):
    songs.data.insert(1, bad)
    say = Speaker()
    recipe = heard(say, songs, library)
    assert recipe.n_windows == 36
    assert recipe.seconds > 0
    positions, errors = usable_songs(
        say, songs, [recipe], data=library, options=OPTIONS
    )
    assert positions.tolist() == [0, *range(2, 13)]
    assert list(errors) == [bad]
    (features,) = recipe.of(positions)
    assert_array_equal(features.counts, np.full(12, 3))
    out = capsys.readouterr().out
    assert "36 windows of 1 s, a new one every 0.5 s, and computed" in out
    assert "1 of 13 files cannot be used:" in out
    assert "the other songs are used" in out


def test_or_they_are_an_error(library, songs, bad):
    songs.data.insert(1, bad)
    with pytest.raises(UserError, match=r"1 of 13 files.*\n.*bad\.wav.*\n.*--on-error"):
        heard(Speaker(), songs, library, on_error="raise")


def test_what_one_recipe_cannot_hear_is_left_out_of_all(library, songs, tmp_path):
    write_song(tmp_path / "short.wav", 300, seconds=0.2)
    songs.data.append(str(tmp_path / "short.wav"))
    say = Speaker(json=True)
    both = [
        heard(say, songs, library),
        heard(say, songs, library, short="drop"),
    ]
    assert [recipe.features[0].counts[-1] for recipe in both] == [1, 0]
    positions, errors = usable_songs(say, songs, both, data=library, options=OPTIONS)
    assert positions.tolist() == list(range(12))
    assert list(errors) == [str(tmp_path / "short.wav")]


def test_several_votes_share_features(library, songs, capsys):
    recipe = heard(Speaker(), songs, library, name="strong")
    assert len(recipe.judges) == 6
    short, long = recipe.different()
    assert recipe.n_windows == short.n_windows + long.n_windows
    assert (
        f"{recipe.n_windows} windows of 0.512 and 1 s, and" in capsys.readouterr().out
    )
    chosen = recipe.of(np.array([3, 1]))
    assert [id(own) for own in chosen] == [id(chosen[0])] * 3 + [id(chosen[3])] * 3
    assert chosen[3].song_ids.tolist() == [songs.data[3], songs.data[1]]


def test_advice_is_said_in_options_and_once(library, songs, tmp_path):
    y = np.concatenate([np.zeros(8000), np.ones(8000)])
    soundfile.write(tmp_path / "silent.wav", y, 8000)
    songs.data.append(str(tmp_path / "silent.wav"))
    say = Speaker(json=True)
    for name in ("baseline", "baseline"):
        heard(say, songs, library, name=name, cut=Cut(2.0, 1.0, 8000))
    heard(say, songs, library)
    said = [text for text in say.warnings if "cannot differ" in text]
    assert said == [
        "13 of 13 songs have one window of 2 s, so votings cannot differ; --window 0.5 "
        "would give about 7."
    ]
    # The command has no such option.
    silence = [text for text in say.warnings if "digital silence" in text]
    assert len(silence) == 1
    assert silence[0].endswith("from Python, silence_db=60 leaves them out.")


def test_a_bar_for_those_who_watch_and_not_in_the_model(
    library, songs, monkeypatch, capsys
):
    monkeypatch.setattr(Speaker, "watched", 1)
    recipe = heard(Speaker(), songs, library)
    assert "features: 100%" in capsys.readouterr().err
    assert recipe.model["features"].verbose == 0
