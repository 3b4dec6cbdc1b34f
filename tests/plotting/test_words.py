import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from skgenre.plotting import _words
from skgenre.plotting._words import file_name, lettered, short_names, shown


@pytest.fixture
def forgetful():
    """Fonts are looked for anew, before and after."""
    found = (_words._found_font, _words._further_fonts, _words._path)
    for function in found:
        function.cache_clear()
    yield
    for function in found:
        function.cache_clear()


@pytest.fixture
def no_more_fonts(monkeypatch, forgetful):
    monkeypatch.setattr(_words, "_KNOWN", ())


def test_letters_without_a_font_are_escaped_as_python_does(no_more_fonts):
    assert shown("音楽 naïve") == "\\u97f3\\u697d naïve"
    assert shown("\U0001f3b5") == "\\U0001f3b5"
    # A name that was no UTF-8 on the disk.
    assert shown("a\udcff") == "a\\udcff"


def test_what_is_escaped_is_drawn_without_a_warning(no_more_fonts):
    names = ["音楽 🎵", "$a_b$ 😀", "tab\tand\nline", "\udcff", "a‍b ❤️", "$5 and $6"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with lettered(names):
            figure, ax = plt.subplots()
            ax.set_yticks(range(len(names)), [shown(name) for name in names])
            ax.set_title(shown(" ".join(names)))
        figure.canvas.draw()


def test_a_font_that_has_the_letters_is_taken(monkeypatch, forgetful):
    monkeypatch.setattr(_words, "_KNOWN", ("no such font", "STIXGeneral"))
    ((_, path),) = _words._further_fonts()
    # Of two fonts that matplotlib brings: what only the second has.
    only = _words._codes(path) - _words._codes(_words._path("sans-serif"))
    letter = chr(min(only))
    assert shown(letter) == letter
    with lettered([letter], None):
        assert mpl.rcParams["font.family"] == ["sans-serif", "STIXGeneral"]
    with lettered("plain"):
        assert mpl.rcParams["font.family"] == ["sans-serif"]


def test_dollars_start_no_formula_however_often_a_name_is_shown():
    assert shown("A$AP") == r"A\$AP"
    assert shown(shown("A$AP")) == r"A\$AP"


def test_long_names_end_in_dots():
    assert shown("12345678", longest=8) == "12345678"
    assert shown("123456789", longest=8) == "12345..."
    assert len(shown("x" * 99, longest=20)) == 20


@pytest.mark.parametrize("longest", [10, 14, 20])
def test_short_names_stay_apart(longest):
    names = [f"a name that goes on and on {i}" for i in range(12)]
    short = short_names(names, longest)
    assert len(set(short)) == 12
    assert max(map(len, short)) <= longest
    # Those that differ in the middle alone are numbered.
    middle = [f"{'a' * 20}{i}{'b' * 20}" for i in range(3)]
    assert len(set(short_names(middle, longest))) == 3


def test_short_names_are_left_as_they_are():
    assert short_names(["jazz", 7, 2.5], 10) == ["jazz", "7", "2.5"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/a/b/So What.mp3", "So What"),
        (r"C:\music\So What.flac", "So What"),
        ("AC/DC", "AC/DC"),
        ("Mr. Tambourine Man", "Mr. Tambourine Man"),
        ("a.b/c", "a.b/c"),
        (7, "7"),
        ("", ""),
    ],
)
def test_of_a_path_the_name_of_the_file_is_left(name, expected):
    assert file_name(name) == expected
