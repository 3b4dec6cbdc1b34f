"""Folders of songs: read one, or make one of synthesised songs."""

from ._load_songs import load_songs
from ._make_songs import make_songs

__all__ = ["load_songs", "make_songs"]
