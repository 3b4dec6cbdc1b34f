"""MFCCs of a minute in overlapping windows, beside the other ways to compute them.

Songs of 60 s at 22,050 Hz, windows of 5 s every 2.5 s, 13 coefficients, hop_length 512,
n_fft 1024 and 2048. Contenders take turns in one process on one thread, after their
values were compared with librosa called on each window alone. Medians over songs and
repeats, by the clock on the wall and by the CPU's, which does not count what other
programs did meanwhile. Then fresh processes: the first call ever, which compiles, and
later ones.

    python benchmarks/bench_mfcc.py --data DIR [--out FILE] [--songs 3] [--repeats 9]

PyTorch and TensorFlow are compared where they are installed.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial

import librosa
import llvmlite.binding
import numpy as np
import scipy.fft
from _data import RESULTS, arguments, environment, load_gtzan3, write

from skgenre.features._kernels import mel_spectra

SAMPLE_RATE = 22050
WINDOW, WINDOW_HOP, HOP, N_MFCC, N_MELS = 110_250, 55_125, 512, 13, 128
# What the values may differ by from the loop's; None: other values, by design.
TOLERANCE = {
    "librosa, window by window": 0.0,
    "librosa, batch of windows": None,
    "torch.stft + matmul": 3e-3,
    "tf.signal in a tf.function": 3e-3,
    "skgenre without numba": 1e-3,
    "skgenre float32": 1e-3,
    "skgenre float64": 3e-4,
    "skgenre float32, log mel": None,
    "scipy.fft.rfft of the frames, nothing else": None,
}
LOOP = "librosa, window by window"
START = """
import json, sys, time
import numpy as np
from skgenre import MFCCFeaturizer
windows = np.zeros((1, 110250), np.float32)
featurizer = MFCCFeaturizer(precision=sys.argv[1]).fit(windows)
times = []
def now():
    times.append((time.perf_counter(), time.process_time()))
now()
import numba
now()
featurizer.transform(windows)
now()
print(json.dumps(np.diff(times, axis=0).tolist()))
"""


def main():
    """Measure, print and write."""
    options = arguments(
        __doc__.splitlines()[0],
        {
            "--songs": {"default": 3, "type": int},
            "--repeats": {"default": 9, "type": int},
        },
        out=RESULTS / "bench_mfcc.json",
    )
    songs = minutes(load_gtzan3(options.data), options.songs)
    report = {
        "songs": len(songs),
        "repeats": options.repeats,
        "windows_per_song": len(windows_of(songs[0])),
        "n_mfcc": N_MFCC,
        "hop_length": HOP,
        "n_fft": {
            str(n_fft): compare(songs, n_fft, options.repeats) for n_fft in (1024, 2048)
        },
        "start": {precision: start(precision) for precision in ("float32", "float64")},
    }
    packages = ["numba", "llvmlite"]
    packages += [name for name in ("torch", "tensorflow") if installed(name)]
    report["environment"] = {
        **environment(*packages),
        "processor": llvmlite.binding.get_host_cpu_name(),
    }
    write(report, options.out)


def installed(name):
    """Whether a package can be imported."""
    return importlib.util.find_spec(name) is not None


def minutes(data, n_songs):
    """Minutes of audio, of two clips of a genre each, spread over the genres."""
    songs = []
    for i in range(n_songs):
        first = i * (len(data.paths) - 1) // max(n_songs, 2)
        clips = [
            librosa.load(path, sr=SAMPLE_RATE)[0]
            for path in data.paths[first : first + 3]
        ]
        songs.append(np.concatenate(clips)[: 60 * SAMPLE_RATE])
    return songs


def windows_of(song):
    """Overlapping windows, a view."""
    return np.lib.stride_tricks.sliding_window_view(song, WINDOW)[::WINDOW_HOP]


def compare(songs, n_fft, repeats):
    """Agreement, then seconds in turns."""
    contenders = make_contenders(n_fft)
    differences = dict.fromkeys(contenders, 0.0)
    for song in songs:
        windows = windows_of(song)
        expected = contenders[LOOP](windows)
        for name, compute in contenders.items():
            got = np.asarray(compute(windows))
            if got.shape == expected.shape:
                difference = float(np.abs(got - expected).max())
                differences[name] = max(differences[name], difference)
    for name, difference in differences.items():
        if TOLERANCE[name] is not None and difference > TOLERANCE[name]:
            raise AssertionError(
                f"{name} differs from librosa by {difference:.1e}, but expected at "
                f"most {TOLERANCE[name]:.0e}."
            )
    seconds = {name: [] for name in contenders}
    for _ in range(repeats):
        for song in songs:
            windows = windows_of(song)
            for name, compute in contenders.items():
                wall, cpu = time.perf_counter(), time.process_time()
                compute(windows)
                end = time.perf_counter(), time.process_time()
                seconds[name].append((end[0] - wall, end[1] - cpu))
    loop = np.median(seconds[LOOP], axis=0)
    print(f"\nn_fft={n_fft}: milliseconds per minute of audio, wall and CPU")
    result = {}
    for name, measured in seconds.items():
        wall, cpu = np.median(measured, axis=0)
        same_values = TOLERANCE[name] is not None or "batch" in name
        result[name] = {
            "wall_ms": round(1000 * wall, 3),
            "cpu_ms": round(1000 * cpu, 3),
            "best_cpu_ms": round(1000 * min(t for _, t in measured), 3),
            "wall_times_the_loop": round(loop[0] / wall, 2),
            "cpu_times_the_loop": round(loop[1] / cpu, 2),
            "largest_difference": differences[name] if same_values else None,
        }
        line = result[name]
        print(
            f"  {name:44s}{line['wall_ms']:9.2f}{line['cpu_ms']:9.2f}"
            f"{line['wall_times_the_loop']:8.2f}x{line['cpu_times_the_loop']:8.2f}x"
            f"   differs by {line['largest_difference']}",
            flush=True,
        )
    return result


def make_contenders(n_fft):
    """Functions from (n_windows, n_samples) to MFCCs, by name."""
    settings = {
        "n_fft": n_fft,
        "hop_length": HOP,
        "n_mels": N_MELS,
        "fmin": 0.0,
        "fmax": None,
    }

    def librosa_mfcc(audio):
        return librosa.feature.mfcc(
            y=audio, sr=SAMPLE_RATE, n_mfcc=N_MFCC, n_fft=n_fft, hop_length=HOP
        )

    def loop(windows):
        return np.stack([librosa_mfcc(window) for window in windows])

    def in_numpy(windows):
        mel = mel_spectra.mel_spectrogram(windows, SAMPLE_RATE, **settings)
        return mel_spectra.cepstrum(mel_spectra.to_decibels(mel, 80.0), N_MFCC)

    def ours(windows, precision):
        return mel_spectra.mfcc(
            windows,
            SAMPLE_RATE,
            **settings,
            n_mfcc=N_MFCC,
            top_db=80.0,
            precision=precision,
        )

    def log_mel(windows):
        return mel_spectra.log_mel(windows, SAMPLE_RATE, **settings, top_db=80.0)

    frames = np.random.default_rng(0).normal(size=(1 + WINDOW // HOP, n_fft))
    frames = frames.astype(np.float32)

    def bare_fft(windows):
        for _ in windows:
            spectrum = scipy.fft.rfft(frames, axis=1)
        return spectrum

    contenders = {LOOP: loop, "librosa, batch of windows": librosa_mfcc}
    filters = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=n_fft, n_mels=N_MELS)
    basis = scipy.fft.dct(np.eye(N_MELS), axis=0, norm="ortho")[:N_MFCC]
    basis = basis.astype(np.float32)
    for name, package, make in [
        ("torch.stft + matmul", "torch", make_torch),
        ("tf.signal in a tf.function", "tensorflow", make_tensorflow),
    ]:
        if installed(package):
            contenders[name] = make(n_fft, filters, basis)
        else:
            print(f"{name}: left out, {package} is not installed")
    return contenders | {
        "skgenre without numba": in_numpy,
        "skgenre float32": partial(ours, precision="float32"),
        "skgenre float64": partial(ours, precision="float64"),
        "skgenre float32, log mel": log_mel,
        "scipy.fft.rfft of the frames, nothing else": bare_fft,
    }


def make_torch(n_fft, filters, basis):
    """A torch.stft per window, which is faster than one of all windows."""
    import torch

    torch.set_num_threads(1)
    taper = torch.hann_window(n_fft)
    filters, basis = torch.from_numpy(filters), torch.from_numpy(basis)

    @torch.inference_mode()
    def compute_window(window):
        spectrum = torch.stft(
            torch.from_numpy(window.copy()),
            n_fft,
            HOP,
            window=taper,
            pad_mode="constant",
            return_complex=True,
        )
        parts = torch.view_as_real(spectrum)
        power = parts.square().sum(-1)
        levels = 10 * torch.log10(torch.clamp(filters @ power, min=1e-10))
        return (basis @ torch.maximum(levels, levels.max() - 80)).numpy()

    def compute(windows):
        return np.stack([compute_window(window) for window in windows])

    return compute


def make_tensorflow(n_fft, filters, basis):
    """All windows in one tf.signal.stft, compiled as a graph."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    filters, basis = tf.constant(filters.T), tf.constant(basis)

    @tf.function(
        input_signature=[tf.TensorSpec((None, WINDOW), tf.float32)],
        reduce_retracing=True,
    )
    def graph(windows):
        padded = tf.pad(windows, [[0, 0], [n_fft // 2, n_fft // 2]])
        spectrum = tf.signal.stft(padded, n_fft, HOP, n_fft)
        power = tf.square(tf.math.real(spectrum)) + tf.square(tf.math.imag(spectrum))
        mel = tf.tensordot(power, filters, 1)  # (n_windows, n_frames, n_mels)
        levels = tf.math.log(tf.maximum(mel, 1e-10)) * np.float32(10 / np.log(10))
        peak = tf.reduce_max(levels, axis=(1, 2), keepdims=True)
        return tf.matmul(basis, tf.maximum(levels, peak - 80), transpose_b=True)

    def compute(windows):
        return graph(np.ascontiguousarray(windows)).numpy()

    return compute


def start(precision, repeats=7):
    """Seconds of the first call in fresh processes, without and with a numba cache."""
    with tempfile.TemporaryDirectory() as folder:
        processes = np.array(
            [
                json.loads(
                    subprocess.run(
                        [sys.executable, "-c", START, precision],
                        env={**os.environ, "NUMBA_CACHE_DIR": folder},
                        capture_output=True,
                        text=True,
                        check=True,
                    ).stdout
                )
                for _ in range(1 + repeats)
            ]
        )  # (process, import or call, wall or CPU)
    result = {
        clock: {
            "import_numba_seconds": round(float(np.median(seconds[:, 0])), 3),
            "first_call_ever_seconds": round(float(seconds[0, 1]), 2),
            "first_call_cached_seconds": round(float(np.median(seconds[1:, 1])), 3),
        }
        for clock, seconds in zip(
            ("wall", "cpu"), processes.transpose(2, 0, 1), strict=True
        )
    }
    print(f"\n{precision}: {result}")
    return result


if __name__ == "__main__":
    main()
