"""The error of songs that cannot be read."""

from typing import Any


class AudioError(ValueError):
    """One or more songs that could not be read.

    Parameters
    ----------
    message : str
        What went wrong, with the fix.
    errors : dict, default=None
        The reason for each bad song, ``{song_id: reason}``.

    Attributes
    ----------
    errors : dict
        The reason for each bad song, ``{song_id: reason}``.

    Examples
    --------
    >>> from skgenre import AudioError, FrameWindower
    >>> try:
    ...     FrameWindower().fit_transform(["no_such_song.wav"]).values
    ... except AudioError as error:
    ...     print(error.errors)
    {'no_such_song.wav': 'There is no such file.'}
    """

    def __init__(self, message: str, errors: dict[Any, str] | None = None) -> None:
        super().__init__(message)
        self.errors = {} if errors is None else errors

    def __reduce__(self) -> tuple:
        # BaseException pickles its args alone, which would lose the errors.
        return type(self), (self.args[0], self.errors)


class SilentSong(AudioError):
    """A song that was read to its end and holds one and the same sample."""


def error_of_song(error: Exception) -> AudioError:
    """Make whatever went wrong while a song was read an error of this song.

    Parameters
    ----------
    error : Exception
        Of any kind.

    Returns
    -------
    AudioError
        The error itself if it is one.
    """
    if isinstance(error, AudioError):
        return error
    if isinstance(error, MemoryError):
        return AudioError(
            f"It does not fit into memory{f' ({error})' if str(error) else ''}. Take "
            "fewer n_jobs, or max_seconds of FrameWindower."
        )
    # Arrays of objects, ragged lists, tables: what numpy says of them is anything.
    return AudioError(
        f"It cannot be read ({type(error).__name__}: {error}). Expected a path or a "
        "1-D float waveform."
    )
