"""Spectral descriptors of a minute in overlapping windows, beside librosa and MFCCs.

Songs of 60 s at 22,050 Hz, windows of 5 s every 2.5 s, n_fft 2048, hop_length 512; the
mean and standard deviation over the frames of a window. Contenders take turns in one
process on one thread, after their values were compared with a loop over windows that
calls librosa for each descriptor with one STFT for all. Medians over songs and repeats,
by the clock on the wall and by the CPU's, which does not count what other programs did
meanwhile. Then each descriptor alone, and fresh processes: the first call ever, which
compiles, and later ones.

    python benchmarks/bench_spectral.py --data DIR [--out DIR or FILE] [--songs 3]
"""

import tempfile

import data
import librosa
import numpy as np
from measure import (
    arguments,
    in_fresh_interpreter,
    result_path,
    take_turns,
    timed,
    write,
)

from skgenre import MFCCFeaturizer, SpectralFeaturizer
from skgenre.features._kernels import mel_spectra
from skgenre.features._kernels.descriptors import DESCRIPTORS

SAMPLE_RATE = 22050
WINDOW, WINDOW_HOP, N_FFT, HOP = 110_250, 55_125, 2048, 512
DEFAULT = SpectralFeaturizer().features
# Left out are the roll-off, as two bins may be level, and contrast's highest octave:
# lossy files have nothing there but the rounding of the FFT.
LEFT_OUT = ("rolloff", "contrast_6")
TOLERANCE = {"librosa, one STFT a window": 0.0, "numpy": 0.05, "compiled": 0.05}
LOOP = "librosa, one STFT a window"
PERCENTILES = ("mean", "std", "p10", "p90")
START = (
    "import numpy as np; from skgenre import SpectralFeaturizer; "
    "windows = np.zeros((1, 110250), np.float32); "
    "featurizer = SpectralFeaturizer().fit(windows)",
    "import numba",
    "featurizer.transform(windows)",
)


def main():
    """Measure, print and write."""
    options = arguments(__doc__, songs=(3, "how many"), repeats=(9, "turns"))
    songs = data.minutes_in_memory(options.data, options.songs, rate=SAMPLE_RATE)
    inputs = [(windows_of(song),) for song in songs]
    report = {
        "songs": len(songs),
        "repeats": options.repeats,
        "features": list(DEFAULT),
        "n_fft": N_FFT,
        "hop_length": HOP,
        **compare(inputs, options.repeats),
        "start": start(),
    }
    write(
        report,
        result_path(options.out, "bench_spectral"),
        packages=["numba", "llvmlite"],
    )


def windows_of(song):
    """Overlapping windows, a view."""
    return np.lib.stride_tricks.sliding_window_view(song, WINDOW)[::WINDOW_HOP]


def compare(inputs, repeats):
    """Agreement, then milliseconds of the set, and of each descriptor, in turns."""
    windows = inputs[0][0]
    sets = {
        LOOP: librosa_loop,
        "numpy": in_numpy(SpectralFeaturizer().fit(windows)),
        "compiled": SpectralFeaturizer().fit(windows).transform,
        "compiled, percentiles too": SpectralFeaturizer(summary=PERCENTILES)
        .fit(windows)
        .transform,
        "MFCC alone": mfcc(windows),
    }
    alone = {
        name: SpectralFeaturizer([name], summary=("mean",)).fit(windows).transform
        for name in DESCRIPTORS
    }
    found = agreement(sets, inputs)
    turns = take_turns({**sets, **alone}, repeats, inputs=inputs, warm_up=1)
    loop = np.median(turns[LOOP], axis=0)  # (wall, CPU)
    mfccs = np.median(turns["MFCC alone"], axis=0)
    print("milliseconds per minute of audio, wall and CPU; by CPU: x loop, x MFCC")
    lines = {}
    for name, measured in turns.items():
        wall, cpu = np.median(measured, axis=0)
        lines[name] = {
            "wall_ms": round(1000 * wall, 2),
            "cpu_ms": round(1000 * cpu, 2),
            "best_cpu_ms": round(1000 * min(taken.cpu for taken in measured), 2),
            "cpu_times_the_loop": round(loop[1] / cpu, 2),
            "cpu_over_mfcc": round(cpu / mfccs[1], 2),
        }
        values = "".join(f"{value:10.2f}" for value in lines[name].values())
        print(f"  {name:30s}{values}", flush=True)
    return {
        "largest_difference": found,
        "sets": {name: lines[name] for name in sets},
        "alone": {name: lines[name] for name in alone},
    }


def mfcc(windows):
    """Twenty MFCCs of the same frames, and the same statistics."""
    featurizer = MFCCFeaturizer(20, n_fft=N_FFT, summary=("mean", "std"))
    return featurizer.fit(windows).transform


def in_numpy(featurizer):
    """The same without compiled code."""

    def transform(windows):
        has_numba = mel_spectra.has_numba
        mel_spectra.has_numba = lambda: False
        try:
            return featurizer.transform(windows)
        finally:
            mel_spectra.has_numba = has_numba

    return transform


def librosa_loop(windows):
    """The default set by librosa, all that can be from one STFT."""
    feature = librosa.feature
    vectors = []
    for y in windows:
        magnitude = np.abs(
            librosa.stft(y, n_fft=N_FFT, hop_length=HOP, pad_mode="constant")
        )
        power = magnitude**2
        levels = librosa.power_to_db(feature.melspectrogram(S=power, sr=SAMPLE_RATE))
        mfccs = feature.mfcc(S=levels, n_mfcc=20)
        of_magnitude = {"S": magnitude, "sr": SAMPLE_RATE, "n_fft": N_FFT}
        of_samples = {"frame_length": N_FFT, "hop_length": HOP}
        centroid = feature.spectral_centroid(**of_magnitude)
        rows = [
            mfccs,
            feature.delta(mfccs),
            feature.chroma_stft(S=power, sr=SAMPLE_RATE, n_fft=N_FFT, tuning=0.0),
            feature.spectral_contrast(**of_magnitude),
            centroid,
            feature.spectral_bandwidth(centroid=centroid, **of_magnitude),
            feature.spectral_rolloff(**of_magnitude),
            feature.spectral_flatness(S=magnitude),
            feature.zero_crossing_rate(y, **of_samples),
            feature.rms(y=y, **of_samples),
            librosa.onset.onset_strength(S=levels, n_fft=N_FFT, hop_length=HOP)[None],
        ]
        matrix = np.concatenate(rows)  # (n_rows, n_frames)
        vectors.append(np.concatenate([matrix.mean(axis=1), matrix.std(axis=1)]))
    return np.array(vectors, np.float32)


def agreement(sets, inputs):
    """Largest difference from the loop of each set of the same columns, checked."""
    names = SpectralFeaturizer().fit(inputs[0][0]).get_feature_names_out()
    kept = np.array([not name.startswith(LEFT_OUT) for name in names])
    largest = dict.fromkeys(TOLERANCE, 0.0)
    for args in inputs:
        expected = librosa_loop(*args)
        for name, allowed in TOLERANCE.items():
            difference = np.abs(sets[name](*args) - expected)[:, kept].max()
            largest[name] = max(largest[name], float(difference))
            # Not `difference > allowed`: NaN is no agreement.
            if not difference <= allowed:
                raise ValueError(
                    f"Got values from {name!r} that differ from those of {LOOP!r} by "
                    f"{difference:.1e}, but expected at most {allowed}."
                )
    return {name: round(value, 6) for name, value in largest.items()}


def start(repeats=3):
    """CPU seconds of the first call in fresh processes, without and with a cache."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {"NUMBA_CACHE_DIR": folder}
        runs, taken = timed(
            lambda: [
                in_fresh_interpreter(START, variables=variables)[-1].seconds.cpu
                for _ in range(1 + repeats)
            ]
        )
    print(f"first call {runs[0]:.1f} s, later {np.median(runs[1:]):.2f} s of CPU")
    return {
        "first_call_ever_cpu_seconds": round(runs[0], 2),
        "first_call_cached_cpu_seconds": round(float(np.median(runs[1:])), 3),
        "wall_seconds_of_all": round(taken.wall, 1),
    }


if __name__ == "__main__":
    main()
