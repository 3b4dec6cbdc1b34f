from ._choose_windowing import Windowing as Windowing
from ._choose_windowing import choose_windowing as choose_windowing
from ._load_songs import load_songs as load_songs
from ._make_songs import make_songs as make_songs
from ._survey import SongSurvey as SongSurvey
from ._survey import survey_songs as survey_songs
