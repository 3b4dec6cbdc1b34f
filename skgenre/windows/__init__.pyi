from ._frame_windower import FrameWindower as FrameWindower
from ._song_windows import SongWindows as SongWindows
