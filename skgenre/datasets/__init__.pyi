from ._load_songs import load_songs as load_songs
from ._load_table import load_table as load_table
from ._make_songs import make_songs as make_songs
