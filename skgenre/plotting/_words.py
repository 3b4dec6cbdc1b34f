"""Names as they can be drawn: by a font that has their letters, or escaped; short."""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from skgenre._optional import require

# Fonts of systems and of Linux packages that have letters which others lack. Those of
# colour emoji are left out: matplotlib cannot draw them.
_KNOWN = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans SC", "Noto Sans JP",
    "Noto Sans KR", "Source Han Sans", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
    "Droid Sans Fallback", "IPAGothic", "TakaoGothic", "Hiragino Sans", "PingFang SC",
    "PingFang HK", "Apple SD Gothic Neo", "Yu Gothic", "MS Gothic", "Microsoft YaHei",
    "SimHei", "Malgun Gothic", "Noto Emoji", "Segoe UI Emoji", "Segoe UI Symbol",
    "Symbola", "Arial Unicode MS", "Unifont",
)  # fmt: skip


def shown(text: Any, longest: int | None = None) -> str:
    r"""Say a name so that matplotlib draws it as it is.

    Parameters
    ----------
    text : object
        A name.
    longest : int, default=None
        Letters; what is longer ends in dots.

    Returns
    -------
    str
        One line. Letters that no font has are escaped as Python does; dollar signs
        start no formula.

    Examples
    --------
    >>> from skgenre.plotting._words import shown
    >>> shown("A$AP"), shown("So What\n"), shown("Kind of Blue", longest=7)
    ('A\\$AP', 'So What', 'Kind...')
    """
    line = re.sub(r"\s+", " ", str(text)).strip()
    drawn = "".join(map(_drawn, line))
    if longest is not None and len(drawn) > longest:
        drawn = f"{drawn[: longest - 3].rstrip()}..."
    return re.sub(r"(?<!\\)\$", r"\\$", drawn)


def short_names(labels: Sequence[Any], longest: int) -> list[str]:
    """Shorten names so that no two become the same.

    Parameters
    ----------
    labels : sequence of length n_labels
        Names that differ.
    longest : int
        Letters of each, about.

    Returns
    -------
    list of str of length n_labels
        As of `shown`. Where ends are what differs, the middle is left out; where that
        does not help, names are numbered.

    Examples
    --------
    >>> from skgenre.plotting._words import short_names
    >>> short_names(["a long name 1", "a long name 2", "jazz"], longest=10)
    ['a lo...e 1', 'a lo...e 2', 'jazz']
    """
    names = [shown(label, longest) for label in labels]
    if len(set(names)) < len(names):
        whole = [shown(label) for label in labels]
        names = [_without_middle(name, longest) for name in whole]
    if len(set(names)) < len(names):
        names = [f"{i}: {name}" for i, name in enumerate(names, start=1)]
    return names


def file_name(name: Any) -> str:
    """Leave of a path the file's name without its ending; other names are kept.

    Parameters
    ----------
    name : object
        A path, or what else a song is called.

    Returns
    -------
    str
        Such as "So What".

    Examples
    --------
    >>> from skgenre.plotting._words import file_name
    >>> file_name("jazz/So What.mp3"), file_name("AC/DC"), file_name(7)
    ('So What', 'AC/DC', '7')
    """
    text = str(name)
    last = re.split(r"[/\\]", text)[-1]
    stem, dot, ending = last.rpartition(".")
    # A name with a slash in it is no path: AC/DC.
    return stem if dot and stem and re.fullmatch(r"\w{2,4}", ending) else text


@contextmanager
def lettered(*names: Any) -> Iterator[None]:
    """Within it, what is drawn takes fonts that have the letters of the names.

    Parameters
    ----------
    *names
        All that will be drawn, or lists of such.

    Yields
    ------
    None
        Where to draw.
    """
    mpl = require("matplotlib", "plot", "skgenre.plotting")
    letters = set("".join(_flat(names)))
    more = dict.fromkeys(filter(None, map(_font_of, sorted(letters))))
    with mpl.rc_context({"font.family": [*mpl.rcParams["font.family"], *more]}):
        yield


def _flat(names: Iterable[Any]) -> Iterator[str]:
    for name in names:
        if isinstance(name, list | tuple):
            yield from _flat(name)
        elif name is not None:
            yield str(name)


def _without_middle(name: str, longest: int) -> str:
    if len(name) <= longest:
        return name
    kept = longest - 3
    return f"{name[: (kept + 1) // 2]}...{name[len(name) - kept // 2 :]}"


def _drawn(letter: str) -> str:
    """A letter, or its escape; nothing for what only joins or varies others."""
    if _font_of(letter) is not None:
        return letter
    if unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f":
        return ""
    return letter.encode("unicode_escape").decode("ascii")


def _font_of(letter: str) -> str | None:
    """Which further font is needed: "" for none, None if no font has the letter."""
    if " " <= letter <= "~":
        return ""
    mpl = require("matplotlib", "plot", "skgenre.plotting")
    return _found_font(letter, tuple(mpl.rcParams["font.family"]))


@functools.cache
def _found_font(letter: str, families: tuple[str, ...]) -> str | None:
    code = ord(letter)
    if any(code in _codes(path) for path in map(_path, families)):
        return ""
    for name, path in _further_fonts():
        if code in _codes(path):
            return name
    return None


@functools.cache
def _further_fonts() -> list[tuple[str, str]]:
    """Names and files of those known fonts that are installed."""
    from matplotlib import font_manager

    installed = {font.name: font.fname for font in font_manager.fontManager.ttflist}
    return [(name, installed[name]) for name in _KNOWN if name in installed]


@functools.cache
def _path(family: str) -> str:
    from matplotlib import font_manager

    found = font_manager.findfont(font_manager.FontProperties(family=[family]))
    return str(found)


@functools.cache
def _codes(path: str) -> frozenset[int]:
    """All letters that a font has."""
    from matplotlib import font_manager

    return frozenset(font_manager.get_font(path).get_charmap())
