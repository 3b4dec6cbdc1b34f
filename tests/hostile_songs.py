"""Songs whose headers ask for more memory and time than there is.

As a script it hands each, between two good songs, to whatever reads songs, and prints
what that took.
"""

import json
import re
import struct
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import soundfile
from bad_songs import RATE, encoded, noise


def hostile_songs(folder):
    """Write files, by what is the matter with their headers.

    Returns
    -------
    dict of str to str
        Paths by kind.
    """
    contents = {**_odd_rates(), **_many_channels(), **_hours()}
    found = {}
    for number, (kind, content) in enumerate(contents.items()):
        suffix = kind.partition(" ")[0]
        path = folder / f"hostile {number}.{suffix}"
        path.write_bytes(content)
        found[kind] = str(path)
    return found


def _odd_rates():
    au, wav = encoded(noise(2.4), "AU"), encoded(noise(), "WAV")
    long = encoded(noise(3_000_000 / RATE), "WAV", subtype="PCM_U8")
    rates = {"1 Hz": 1, "100 Hz": 100, "3 MHz": 3_000_000}
    hours = encoded(noise(10_000_000 / RATE), "WAV", subtype="PCM_U8")
    return {
        "au of 1 Hz": au[:16] + struct.pack(">I", 1) + au[20:],
        "wav of 1 Hz": _with_rate(wav, 1),
        # The lowest that is believed: three hours, of 10 MB.
        "wav of 1000 Hz": _with_rate(hours, 1000),
        **{
            f"wav of {name}, 3 M frames": _with_rate(long, r)
            for name, r in rates.items()
        },
    }


def _with_rate(wav, rate):
    return wav[:24] + struct.pack("<I", rate) + wav[28:]


def _many_channels():
    y = noise(0.7, n_channels=1024)
    return {
        "wav of 1,024 channels": encoded(y, "WAV", subtype="PCM_16"),
        "w64 of 1,024 channels": encoded(y, "W64", subtype="PCM_U8"),
        "flac of 8 channels": encoded(noise(20, n_channels=8), "FLAC"),
    }


def _hours():
    """Whole songs of three seconds whose headers promise hours."""
    wav, au = encoded(noise(), "WAV"), encoded(noise(), "AU")
    flac, w64 = encoded(noise(), "FLAC"), encoded(noise(), "W64")
    aiff = encoded(noise(), "AIFF")
    size = w64.index(b"data") + 16
    n_samples = 2**36 - 1  # of flac, whose field has 36 bits: 36 days
    head = int.from_bytes(flac[18:26], "big") | n_samples
    comm = aiff.index(b"COMM") + 10
    mp3 = encoded(noise(), "MP3")
    return {
        "wav of hours": wav[:40] + struct.pack("<I", 0x7F000000) + wav[44:],
        "au of hours": au[:8] + struct.pack(">I", 0x7F000000) + au[12:],
        "w64 of hours": w64[:size] + struct.pack("<Q", 2**40) + w64[size + 8 :],
        "flac of hours": flac[:18] + head.to_bytes(8, "big") + flac[26:],
        "aiff of hours": aiff[:comm] + struct.pack(">I", 2**31 - 1) + aiff[comm + 4 :],
        "mp3 of hours": _with_frames(mp3, 2**27),
    }


def _with_frames(mp3, n_frames):
    """Say in the first frame that there are so many."""
    at = mp3.index(b"Info" if b"Info" in mp3 else b"Xing") + 8
    return mp3[:at] + struct.pack(">I", n_frames) + mp3[at + 4 :]


# -- what reads songs -----------------------------------------------------------------


def readers(model, folder):
    """Functions of paths that give what they found of the good songs, by name."""
    from skgenre import predict_table
    from skgenre.datasets import survey_songs
    from skgenre.model_selection import find_duplicates
    from skgenre.reporting import report
    from skgenre.review import review_songs

    def verdicts(songs):
        table = predict_table(model, songs)
        return table.drop(columns="song").iloc[[0, 1, 3]].to_csv()

    def page(songs):
        # Room for the good songs, and not for an hour.
        path = report(model, folder / "r.html", songs=songs, max_megabytes=2)
        text = path.read_text(encoding="utf-8")
        data = re.search(r'type="application/json" id="data">(.*?)</script>', text)[1]
        told = [json.loads(data)["songs"][i] for i in (0, 1, 3)]
        return [(s["verdict"], s["n"], s["sound"]["kind"]) for s in told]

    return {
        "survey_songs": lambda songs: survey_songs(songs).seconds[[0, 1, 3]].tolist(),
        "survey_songs of headers": lambda songs: (
            survey_songs(songs, decode=False).seconds[[0, 1, 3]].tolist()
        ),
        "find_duplicates": lambda songs: [
            (pair.first, pair.second)
            for pair in find_duplicates(songs, on_error="warn")
            if 2 not in (pair.first, pair.second)
        ],
        "predict_table": verdicts,
        "report": page,
        "review_songs": lambda songs: [
            row.song for row in review_songs(model, songs) if row.song != songs[2]
        ],
    }


def main(folder):
    """Read; print what it took, as JSON, a line for each reader of each song."""
    from skgenre import recipes

    warnings.simplefilter("ignore")
    good = [str(folder / f"good {i}.wav") for i in range(3)]
    for i, path in enumerate(good):
        y = noise(12, seed=i % 2)
        soundfile.write(path, y if i != 1 else np.cumsum(y, axis=0) / 300, RATE)
    model = recipes.baseline(window_seconds=1.0)
    model.fit(good[:2], ["noise", "hum"])
    names = readers(model, folder)
    again = folder / "again.wav"
    soundfile.write(again, noise(12, seed=5), RATE)
    songs = [*good[:2], str(again), good[2]]
    expected = {name: read(songs) for name, read in names.items()}  # compiles, too
    if not all(expected.values()):
        raise ValueError(f"Got {expected}, of which nothing can be harmed.")
    for kind, path in hostile_songs(folder).items():
        songs[2] = path
        for name, read in names.items():
            before = _memory("VmRSS")
            Path("/proc/self/clear_refs").write_text("5")
            start = time.perf_counter()
            found = read(songs)
            line = {
                "kind": kind,
                "reader": name,
                "equal": found == expected[name],
                "seconds": time.perf_counter() - start,
                "mb": _memory("VmHWM") - before,
            }
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


def _memory(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]))
