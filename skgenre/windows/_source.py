"""What a SongWindows reads its windows from, song by song."""

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from skgenre.windows._song_windows import SongWindows


class WindowSource(Protocol):
    """What a lazy `SongWindows` reads its windows from, song by song."""

    @property
    def sample_rate(self) -> float | None:
        """Samples per second; None if the windows hold no audio."""

    @property
    def window_shape(self) -> tuple[int, ...]:
        """Shape of one window."""

    @property
    def dtype(self) -> np.dtype | None:
        """Type of the numbers; None if only reading would tell."""

    def __len__(self) -> int:
        """Return the number of songs."""

    def take(self, positions: np.ndarray) -> "WindowSource":
        """Return the source of some of the songs."""

    def read(self, position: int) -> np.ndarray:
        """Return the windows of one song."""

    def load(self) -> "SongWindows":
        """Read every song into memory."""

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the window count of every song and all start times."""
