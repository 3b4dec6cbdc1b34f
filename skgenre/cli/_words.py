"""What songs, their artists and their genres are called, by what the data are."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sklearn.utils import Bunch

# Folders of one of these names hold music.
_GENRES = (
    "acoustic ambient blues classic classical country dance disco dub dubstep edm "
    "electronic electronica experimental folk funk gospel grunge hiphop hip-hop house "
    "indie instrumental international jazz latin metal pop psychedelic punk rap reggae "
    "rnb rock salsa samba ska soul swing tango techno trance world"
)


@dataclass(frozen=True)
class Words:
    """The words of the person's job, each in the singular.

    Parameters
    ----------
    song, group, label : str
        What a row is, what must not be on two sides of a split, what is predicted.

    Examples
    --------
    >>> from skgenre.cli._words import GENERAL
    >>> GENERAL.song, GENERAL.several(2, "label")
    ('recording', '2 classes')
    """

    song: str
    group: str
    label: str

    def several(self, number: int, what: str) -> str:
        """Say how many there are, such as "2 songs".

        Parameters
        ----------
        number : int
            How many.
        what : {"song", "group", "label"}
            Of what.

        Returns
        -------
        str
            Number and word.
        """
        word = getattr(self, what)
        return f"{number:,} {word if number == 1 else plural(word)}"


MUSIC = Words(song="song", group="artist", label="genre")
GENERAL = Words(song="recording", group="group", label="class")


def plural(word: str) -> str:
    """Several of what a word names.

    Parameters
    ----------
    word : str
        In the singular.

    Returns
    -------
    str
        With "s" or "es".
    """
    return f"{word}es" if word.endswith("s") else f"{word}s"


def words_of(songs: "Bunch") -> Words:
    """Tell from the data what they are called.

    Parameters
    ----------
    songs : Bunch
        As from `load_songs` or `load_table`.

    Returns
    -------
    Words
        Those of music, if labels or what the loader knows tell of it.
    """
    unit = songs.get("unit")
    if getattr(unit, "song", unit) not in (None, MUSIC.song):
        return GENERAL
    # A folder of anything is called songs by its loader; labels tell more.
    if isinstance(unit, str):
        return MUSIC
    target = songs.get("target")
    labels = np.unique([] if target is None else target)
    known = {str(label).lower().replace(" ", "") for label in labels}
    return MUSIC if known & set(_GENRES.split()) else GENERAL
