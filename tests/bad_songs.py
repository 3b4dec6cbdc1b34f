"""Songs that nobody can judge, of every kind that was met or could be thought of.

Made on the spot: nothing of it lies in the repository.
"""

import io
import json
import os
import socket
import struct
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import soundfile

RATE = 22050


def noise(seconds=3.0, n_channels=1, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.5, 0.5, (round(seconds * RATE), n_channels))


def encoded(y, kind, rate=RATE, subtype=None):
    """The bytes of a file; None where libsndfile does not write this."""
    file = io.BytesIO()
    try:
        soundfile.write(file, y, rate, format=kind, subtype=subtype)
    except (soundfile.LibsndfileError, ValueError, TypeError):
        return None
    return file.getvalue()


def formats():
    """Names of all formats that libsndfile writes, but for samples without a header."""
    return [
        kind
        for kind in soundfile.available_formats()
        # SD2 keeps its header in a second file.
        if kind not in ("RAW", "SD2") and encoded(noise(0.5), kind) is not None
    ]


def bad_songs(folder):
    """Write files that are all an error, by kind.

    Returns
    -------
    dict of str to path
        The kind of fault, and where it lies.
    """
    files = {**_of_every_format(), **_headers(), **_samples(), **_no_audio()}
    paths = {}
    for number, (kind, content) in enumerate(files.items()):
        suffix = kind.partition(".")[2] or "wav"
        paths[kind] = str(folder / f"bad {number}.{suffix}")
        Path(paths[kind]).write_bytes(content)
    return {**paths, **_places(folder)}


def _of_every_format():
    found = {}
    for kind in formats():
        whole = encoded(noise(0.5), kind)
        nothing = encoded(np.zeros((0, 1)), kind)
        silence = encoded(np.zeros((RATE, 1)), kind)
        suffix = kind.lower()
        found[f"{kind} cut off in its header.{suffix}"] = whole[:11]
        if nothing is not None:
            found[f"{kind} without samples.{suffix}"] = nothing
        if silence is not None and _is_silent(silence):
            found[f"{kind} of silence.{suffix}"] = silence
    return found


def _is_silent(content):
    # A lossy format may make a little noise of it.
    y, _ = soundfile.read(io.BytesIO(content))
    return not len(y) or y.min() == y.max()


def _headers():
    wav, au = encoded(noise(), "WAV"), encoded(noise(), "AU")
    return {
        "AU of 1 Hz.au": au[:16] + struct.pack(">I", 1) + au[20:],
        "wav of 1 Hz": _with_rate(wav, 1),
        "wav of 100 Hz": _with_rate(wav, 100),
        "wav of 2 GHz": _with_rate(wav, 2_000_000_000),
        "wav of 0 Hz": _with_rate(wav, 0),
        "wav without channels": wav[:22] + struct.pack("<H", 0) + wav[24:],
        "wav of 65,535 channels": wav[:22] + struct.pack("<H", 65535) + wav[24:],
        "wav of an unknown codec": wav[:20] + struct.pack("<H", 0x7777) + wav[22:],
        "wav with a block of junk for a header": wav[:12] + b"\xff" * 32 + wav[44:],
    }


def _with_rate(wav, rate):
    return wav[:24] + struct.pack("<I", rate) + wav[28:]


def _samples():
    y = noise()
    with_nan, with_inf, loud = y.copy(), y.copy(), 40000 * y
    with_nan[RATE] = np.nan
    with_inf[RATE] = np.inf
    return {
        "wav with a NaN": encoded(with_nan, "WAV", subtype="FLOAT"),
        "wav with an infinite sample": encoded(with_inf, "WAV", subtype="DOUBLE"),
        "wav of integers as floats": encoded(loud, "WAV", subtype="FLOAT"),
        "wav of 2 ms": encoded(noise(0.002), "WAV"),
        "wav of one sample": encoded(noise()[:1], "WAV"),
        "wav of a constant": encoded(np.full((RATE, 1), 0.25), "WAV"),
    }


def _no_audio():
    rng = np.random.default_rng(1)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("song.wav", encoded(noise(0.5), "WAV"))
    return {
        "nothing.wav": b"",
        "one byte.mp3": b"\0",
        "zeros.mp3": bytes(100_000),
        "zeros.wav": bytes(100_000),
        "junk.wav": rng.bytes(50_000),
        "junk.flac": rng.bytes(50_000),
        "junk.ogg": rng.bytes(50_000),
        "text.wav": b"It is a song, believe me.\n" * 1000,
        "a page of a login.mp3": b"<!DOCTYPE html><html><body>Sign in</body></html>",
        "a picture.wav": b"\x89PNG\r\n\x1a\n" + rng.bytes(9000),
        "a document.mp3": b"%PDF-1.7\n" + rng.bytes(9000),
        "an archive.wav": archive.getvalue(),
        "samples alone.raw": noise().astype("<f4").tobytes(),
        "a wav that is named raw.raw": encoded(noise(), "WAV"),
    }


def _places(folder):
    """What lies where a file is expected, and names that are no name."""
    (folder / "a folder.wav").mkdir()
    (folder / "loop.wav").symlink_to(folder / "loop.wav")
    (folder / "dangling.wav").symlink_to(folder / "nowhere.wav")
    (folder / "a file").write_bytes(b"x")
    found = {
        "a folder": folder / "a folder.wav",
        "a link to itself": folder / "loop.wav",
        "a link to nothing": folder / "dangling.wav",
        "below a file": folder / "a file" / "song.wav",
        "no file": folder / "no such.wav",
        "too long a name": folder / f"{'x' * 300}.wav",
        "a zero byte in the name": f"{folder}/a\0b.wav",
        "no name": "",
    }
    if os.name == "posix":
        os.mkfifo(folder / "pipe.wav")
        with socket.socket(socket.AF_UNIX) as server:
            # The name of a socket may have 108 bytes, no more.
            here = Path.cwd()
            os.chdir(folder)
            try:
                server.bind("socket.wav")
            finally:
                os.chdir(here)
        found |= {
            "a pipe that nobody writes to": folder / "pipe.wav",
            "a socket": folder / "socket.wav",
            "a device without end": "/dev/zero",
            "a device without content": "/dev/null",
        }
    return {kind: str(path) for kind, path in found.items()}


def bad_objects():
    """Things in memory that are no song, by kind."""
    y = noise()[:, 0].astype(np.float32)
    return {
        "None": None,
        "a number": 3,
        "an empty dict": {},
        "rate first": (RATE, y),
        "a rate below 0": (y, -1),
        "a rate that is NaN": (y, float("nan")),
        "two channels": noise(n_channels=2),
        "integers": (1000 * y).astype(np.int16),
        "complex": y.astype(complex),
        "objects": np.array([None, 1.0], dtype=object),
        "text": np.array(["a", "b"]),
        "times": np.array([1, 2], dtype="timedelta64[s]"),
        "ragged": [[1.0], [2.0, 3.0]],
        "no samples": y[:0],
        "NaN": np.where(np.arange(len(y)) == 9, np.nan, y),
        "silence": 0 * y,
        "bytes of a path": b"song.wav",
        "a rate of 1 Hz": (y, 1),
    }


def main(folder):
    """Read each file alone; print what it took, as JSON, a line each."""
    import warnings

    from skgenre import FrameWindower, MFCCFeaturizer

    warnings.simplefilter("ignore")
    features = MFCCFeaturizer(summary=("mean",))

    def heard(path):
        windows = FrameWindower(window_seconds=1.0, on_error="warn")
        return features.fit_transform(windows.fit_transform([path]))

    good = folder / "good.wav"
    soundfile.write(good, noise(), RATE)
    heard(str(good))  # compiles
    for kind, path in bad_songs(folder).items():
        before = _memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")
        start = time.perf_counter()
        error = ""
        try:
            n_windows = heard(path).n_windows
        except ValueError as refused:  # no features of no windows
            n_windows, error = 0, str(refused)
        line = {
            "kind": kind,
            "windows": n_windows,
            "error": error,
            "seconds": time.perf_counter() - start,
            "mb": _memory("VmHWM") - before,
        }
        sys.stdout.write(json.dumps(line) + "\n")


def _memory(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]))
