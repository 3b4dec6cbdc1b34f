from ._fetch import fetch_esc50 as fetch_esc50
from ._fetch import fetch_fma as fetch_fma
from ._load_esc import load_esc as load_esc
from ._load_fma import load_fma as load_fma
from ._load_gtzan import load_gtzan as load_gtzan
from ._load_songs import load_songs as load_songs
from ._load_table import load_table as load_table
from ._make_songs import make_songs as make_songs
