"""Sentences of other rooms, in the words of the person's job."""

import re

from skgenre.datasets._unit import MUSIC, Unit, plural


def worded(text: str, words: Unit) -> str:
    """Say recordings where a text says songs, if that is what they are called.

    Parameters
    ----------
    text : str
        That names songs, artists and genres.
    words : Unit
        What they are called.

    Returns
    -------
    str
        Names between quotation marks stay as they are.

    Examples
    --------
    >>> from skgenre.datasets._unit import OTHER
    >>> from skgenre.reporting._words import worded
    >>> worded("Always 'song': 50 % of 4 songs right.", OTHER)
    "Always 'song': 50 % of 4 recordings right."
    """
    if words == MUSIC:
        return text
    told: dict[str, str] = {}
    for usual, own in zip(MUSIC, words, strict=True):
        told |= {usual: own, plural(usual): plural(own)}
    told |= {name.capitalize(): word.capitalize() for name, word in told.items()}
    pattern = re.compile(rf"\b({'|'.join(told)})\b")
    # Every second part is a name.
    parts = re.split(r"('[^']*')", text)
    parts[::2] = [pattern.sub(lambda found: told[found[0]], p) for p in parts[::2]]
    return "".join(parts)
