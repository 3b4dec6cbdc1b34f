from ._load_songs import load_songs as load_songs
from ._make_songs import make_songs as make_songs
