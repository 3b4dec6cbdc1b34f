"""What a file that is no audio really is, told from its first bytes."""

# Where it starts, the bytes that tell it, and what to say.
_KINDS: tuple[tuple[int, tuple[bytes, ...], str], ...] = (
    (
        0,
        (b"\x00\x05\x16\x07", b"\x00\x05\x16\x00"),
        "it is what macOS notes beside a file (a resource fork). The song lies beside "
        "it, its name without the leading '._'",
    ),
    (
        0,
        (b"version https://git-lfs",),
        "it is a pointer of Git LFS. Fetch the recordings with: git lfs pull",
    ),
    (0, (b"PK\x03\x04",), "it is a zip archive. Unpack it"),
    (0, (b"\x1f\x8b",), "it is packed with gzip. Unpack it"),
    (0, (b"Rar!",), "it is a rar archive. Unpack it"),
    (0, (b"7z\xbc\xaf\x27\x1c",), "it is a 7z archive. Unpack it"),
    (0, (b"%PDF",), "it is a PDF document"),
    (0, (b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), "it is a picture"),
    (0, (b"MThd",), "it is a MIDI file, which holds notes and no sound"),
    (0, (b"\x93NUMPY",), "it is a NumPy array. Give np.load(path) instead"),
    (0, (b"#EXTM3U", b"[playlist]"), "it is a playlist, not a song"),
)
_WEB = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<body", b"<script")
# Where a format's own bytes are, and its name.
_NEEDS_AV: tuple[tuple[int, tuple[bytes, ...], str], ...] = (
    (4, (b"ftyp",), "MPEG-4 (m4a, mp4)"),
    (0, (b"\x30\x26\xb2\x75",), "Windows Media (wma, wmv)"),
    (0, (b"\x1a\x45\xdf\xa3",), "Matroska or WebM"),
    (0, (b"\xff\xf1", b"\xff\xf9"), "raw AAC"),
    (0, (b"MAC ",), "Monkey's Audio"),
    (0, (b"wvpk",), "WavPack"),
    (0, (b"FLV",), "Flash video"),
    (0, (b"\x00\x00\x01\xba",), "an MPEG video"),
    (0, (b"#!AMR",), "AMR"),
    (8, (b"AVI ",), "AVI"),
)


def what_it_is(head: bytes, size: int) -> str | None:
    """Say what a file is that holds no audio.

    Parameters
    ----------
    head : bytes
        Its first 64 bytes, or fewer if it has not so many.
    size : int
        Its size in bytes.

    Returns
    -------
    str or None
        The end of a sentence, None if its first bytes tell nothing.
    """
    if size == 0:
        return "it is empty (0 bytes). Fetch it again"
    if not head.strip(b"\0"):
        return "it starts with zeros, as unfinished downloads do. Fetch it again"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_WEB):
        return (
            "it is a web page (HTML or XML), as a download that failed leaves behind. "
            "Fetch it again"
        )
    return _first_of(_KINDS, head)


def needs_av(head: bytes) -> str | None:
    """Name a format that soundfile cannot decode and PyAV can.

    Parameters
    ----------
    head : bytes
        A file's first 64 bytes.

    Returns
    -------
    str or None
        The format, None for any other.
    """
    return _first_of(_NEEDS_AV, head)


def _first_of(
    kinds: tuple[tuple[int, tuple[bytes, ...], str], ...], head: bytes
) -> str | None:
    for start, beginnings, name in kinds:
        if head[start:].startswith(beginnings):
            return name
    return None
