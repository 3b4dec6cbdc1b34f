"""MFCCs of a minute in overlapping windows, beside the other ways to compute them.

Songs of 60 s at 22,050 Hz, windows of 5 s every 2.5 s, 13 coefficients, hop_length 512,
n_fft 1024 and 2048. Contenders take turns in one process on one thread, after their
values were compared with librosa called on each window alone. Medians over songs and
repeats, by the clock on the wall and by the CPU's, which does not count what other
programs did meanwhile. Then fresh processes: the first call ever, which compiles, and
later ones.

    python benchmarks/bench_mfcc.py --data DIR [--out DIR or FILE] [--songs 3]

PyTorch and TensorFlow are compared where they are installed.
"""

import importlib.util
import tempfile
from dataclasses import replace
from functools import partial

import data
import librosa
import numpy as np
import scipy.fft
from measure import (
    Seconds,
    arguments,
    differences,
    in_fresh_interpreter,
    result_path,
    take_turns,
    write,
)

from skgenre.features._kernels import mel_spectra
from skgenre.features._kernels.mel_settings import MelSettings

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
# The first call, after what it needs was imported.
START = (
    "import numpy as np; from skgenre import MFCCFeaturizer; "
    "windows = np.zeros((1, 110250), np.float32); "
    "featurizer = MFCCFeaturizer(precision={precision!r}).fit(windows)",
    "import numba",
    "featurizer.transform(windows)",
)


def main():
    """Measure, print and write."""
    options = arguments(__doc__, songs=(3, "how many"), repeats=(9, "turns"))
    if installed("tensorflow"):
        one_thread_of_tensorflow()
    songs = data.minutes_in_memory(options.data, options.songs, rate=SAMPLE_RATE)
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
    peers = [name for name in ("torch", "tensorflow") if installed(name)]
    path = result_path(options.out, "bench_mfcc")
    write(report, path, packages=["numba", "llvmlite", *peers])


def one_thread_of_tensorflow():
    """Let TensorFlow have one thread; an error where it is at work already."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def installed(name):
    """Whether a package can be imported."""
    return importlib.util.find_spec(name) is not None


def windows_of(song):
    """Overlapping windows, a view."""
    return np.lib.stride_tricks.sliding_window_view(song, WINDOW)[::WINDOW_HOP]


def compare(songs, n_fft, repeats):
    """Agreement, then seconds in turns."""
    contenders = make_contenders(n_fft)
    inputs = [(windows_of(song),) for song in songs]
    tolerances = {name: TOLERANCE[name] for name in contenders}
    found = differences(contenders, LOOP, tolerances=tolerances, inputs=inputs)
    turns = take_turns(contenders, repeats, inputs=inputs)
    loop = np.median(turns[LOOP], axis=0)  # (wall, CPU)
    print(f"\nn_fft={n_fft}: milliseconds per minute of audio, wall and CPU")
    result = {}
    for name, measured in turns.items():
        same_values = TOLERANCE[name] is not None or "batch" in name
        result[name] = {
            **milliseconds(measured, loop),
            "largest_difference": found[name] if same_values else None,
        }
        show(name, result[name])
    return result


def milliseconds(measured, loop):
    """Medians and the best, and how many times as fast as the loop's."""
    wall, cpu = np.median(measured, axis=0)
    return {
        "wall_ms": round(1000 * wall, 3),
        "cpu_ms": round(1000 * cpu, 3),
        "best_cpu_ms": round(1000 * min(taken.cpu for taken in measured), 3),
        "wall_times_the_loop": round(loop[0] / wall, 2),
        "cpu_times_the_loop": round(loop[1] / cpu, 2),
    }


def show(name, line):
    """Print one contender."""
    print(
        f"  {name:44s}{line['wall_ms']:9.2f}{line['cpu_ms']:9.2f}"
        f"{line['wall_times_the_loop']:8.2f}x{line['cpu_times_the_loop']:8.2f}x"
        f"   differs by {line['largest_difference']}",
        flush=True,
    )


def make_contenders(n_fft):
    """Functions from (n_windows, n_samples) to MFCCs, in the order of turns."""
    return {
        **librosa_contenders(n_fft),
        **framework_contenders(n_fft),
        **our_contenders(n_fft),
        "scipy.fft.rfft of the frames, nothing else": make_bare_fft(n_fft),
    }


def librosa_contenders(n_fft):
    """What librosa offers: a call for each window, or one for all."""

    def mfcc(audio):
        return librosa.feature.mfcc(
            y=audio, sr=SAMPLE_RATE, n_mfcc=N_MFCC, n_fft=n_fft, hop_length=HOP
        )

    def loop(windows):
        return np.stack([mfcc(window) for window in windows])

    return {LOOP: loop, "librosa, batch of windows": mfcc}


def framework_contenders(n_fft):
    """PyTorch and TensorFlow, where they are installed, with librosa's filters."""
    filters = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=n_fft, n_mels=N_MELS)
    basis = scipy.fft.dct(np.eye(N_MELS), axis=0, norm="ortho")[:N_MFCC]
    basis = basis.astype(np.float32)  # (n_mfcc, n_mels)
    contenders = {}
    for name, package, make in [
        ("torch.stft + matmul", "torch", make_torch),
        ("tf.signal in a tf.function", "tensorflow", make_tensorflow),
    ]:
        if installed(package):
            contenders[name] = make(n_fft, filters, basis)
        else:
            print(f"{name}: left out, {package} is not installed")
    return contenders


def our_contenders(n_fft):
    """The kernel in both precisions, without its last step, and its numpy twin."""
    settings = MelSettings(
        n_fft=n_fft, hop_length=HOP, n_mels=N_MELS, fmin=0.0, fmax=None, top_db=80.0
    )

    def in_numpy(windows):
        mel = mel_spectra.mel_spectrogram(windows, SAMPLE_RATE, settings)
        return mel_spectra.cepstrum(mel_spectra.to_decibels(mel, 80.0), N_MFCC)

    def mfcc(windows, precision):
        cepstral = replace(settings, n_mfcc=N_MFCC, precision=precision)
        return mel_spectra.mel_features(windows, SAMPLE_RATE, cepstral)

    def log_mel(windows):
        return mel_spectra.mel_features(windows, SAMPLE_RATE, settings)

    return {
        "skgenre without numba": in_numpy,
        "skgenre float32": partial(mfcc, precision="float32"),
        "skgenre float64": partial(mfcc, precision="float64"),
        "skgenre float32, log mel": log_mel,
    }


def make_bare_fft(n_fft):
    """No features at all: what no extractor with scipy's FFT can go below."""
    frames = np.random.default_rng(0).normal(size=(1 + WINDOW // HOP, n_fft))
    frames = frames.astype(np.float32)

    def bare_fft(windows):
        for _ in windows:
            spectrum = scipy.fft.rfft(frames, axis=1)
        return spectrum

    return bare_fft


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
        statements = [START[0].format(precision=precision), *START[1:]]
        variables = {"NUMBA_CACHE_DIR": folder}
        runs = [
            in_fresh_interpreter(statements, variables=variables)
            for _ in range(1 + repeats)
        ]
    seconds = np.array([[step.seconds for step in run] for run in runs])
    _, numba, call = seconds.transpose(1, 0, 2)  # each (process, wall or CPU)
    result = {
        clock: {
            "import_numba_seconds": round(float(np.median(numba[:, i])), 3),
            "first_call_ever_seconds": round(float(call[0, i]), 2),
            "first_call_cached_seconds": round(float(np.median(call[1:, i])), 3),
        }
        for i, clock in enumerate(Seconds._fields)
    }
    print(f"\n{precision}: {result}")
    return result


if __name__ == "__main__":
    main()
