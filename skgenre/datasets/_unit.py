"""What songs, artists and genres are called: the words of the person's job."""

from collections.abc import Iterable
from typing import Any, NamedTuple

# Folders of one of these names hold music.
_GENRES = (
    "acoustic ambient blues classic classical country dance disco dub dubstep edm "
    "electronic electronica experimental folk funk gospel grunge hiphop hip-hop house "
    "indie instrumental international jazz latin metal pop psychedelic punk rap reggae "
    "rnb rock salsa samba ska soul swing tango techno trance world"
)


class Unit(NamedTuple):
    """What a row, a group and a label are called, in the singular.

    Parameters
    ----------
    song, group, label : str
        Such as "song", "artist" and "genre".

    Examples
    --------
    >>> from skgenre.datasets._unit import OTHER
    >>> OTHER.song, OTHER.several(2, "label")
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


MUSIC = Unit("song", "artist", "genre")
OTHER = Unit("recording", "group", "class")


def plural(word: str) -> str:
    """Say a unit in the plural.

    Parameters
    ----------
    word : str
        Such as "song" or "class".

    Returns
    -------
    str
        Such as "songs" or "classes".
    """
    return f"{word}es" if word.endswith(("s", "x", "ch")) else f"{word}s"


def are_genres(labels: Iterable[Any]) -> bool:
    """Tell whether labels are those of music.

    Parameters
    ----------
    labels : iterable of object
        Such as the names of folders.

    Returns
    -------
    bool
        Whether one of them is the name of a genre.
    """
    known = {str(label).lower().replace(" ", "") for label in labels}
    return not known.isdisjoint(_GENRES.split())
