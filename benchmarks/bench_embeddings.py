"""From the path of a song to embeddings of its windows, beside onnxruntime in a loop.

Real songs of 30 s, as they are. Windows are as long as what the network hears at a
time, half overlapping. Contenders, one thread each, in turns:

- reload: `librosa.load(path, sr, offset, duration)` for each window, then onnxruntime;
- loop: `librosa.load(path, sr)` once a song, then onnxruntime for each window;
- ours: `FrameWindower` and `OnnxFeaturizer(threads=1, batch_size=2)`;
- two songs: the same with `n_jobs=2`, which are threads, beside a loop whose
  onnxruntime has two threads;
- long: loop and ours with windows twice as long, which are the mean of three pieces,
  of which neighbours share one;
- network, read: what the network alone takes, and what reading alone takes.

Embeddings are checked to agree before. The network is any ONNX file that says its
sample rate and seconds, such as `skgenre embeddings install musicnn-msd` brings.

    python benchmarks/bench_embeddings.py --model FILE --data DIR [--songs 12]
"""

from functools import partial

import data
import librosa
import numpy as np
import onnxruntime
from measure import arguments, medians, ratios, result_path, take_turns, walls, write

from skgenre import FrameWindower
from skgenre.features import OnnxFeaturizer

TOLERANCE = 1e-4
PAIRS = {
    "reload / ours": ("reload", "ours"),
    "loop / ours": ("loop", "ours"),
    "long loop / long ours": ("long loop", "long ours"),
    "ours / two songs": ("ours", "two songs"),
    "loop, two threads / two songs": ("loop, two threads", "two songs"),
    "network / ours": ("network", "ours"),
    "read / ours": ("read", "ours"),
}


def main():
    """Check, measure, print and write."""
    options = arguments(
        __doc__,
        model=("", "an ONNX file"),
        songs=(12, "how many songs"),
        repeats=(5, "turns"),
    )
    if not options.model:
        raise SystemExit("Got no --model, but expected the path of an ONNX file.")
    paths = data.gtzan3(options.data).paths
    chosen = paths[np.linspace(0, len(paths) - 1, options.songs).astype(int)].tolist()
    report = compare(options.model, chosen, options.repeats)
    path = result_path(options.out, "bench_embeddings")
    write(report, path, packages=["onnxruntime"])


def opened(model, threads=1):
    """What a script on the web does, with so many threads."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(
        model, settings, providers=["CPUExecutionProvider"]
    )


def rate_and_length(session):
    """Samples per second, and of a window, that a network wants."""
    about = session.get_modelmeta().custom_metadata_map
    rate = int(float(about["sample_rate"]))
    length = session.get_inputs()[0].shape[1]
    if not isinstance(length, int):
        length = round(float(about["seconds"]) * rate)
    return rate, length


def embed(session, window):
    """The first output of the network, for one window."""
    name = session.get_inputs()[0].name
    (output,) = session.run([session.get_outputs()[0].name], {name: window[None]})
    return output.reshape(-1)


def loop(paths, session):
    """Load a song once, and cut it."""
    rate, length = rate_and_length(session)
    rows = []
    for path in paths:
        y, _ = librosa.load(path, sr=rate)
        for start in range(0, len(y) - length + 1, length // 2):
            rows.append(embed(session, y[start : start + length]))  # noqa: PERF401
    return np.array(rows)


def long_loop(paths, session):
    """Windows twice as long: for each the mean of three pieces."""
    rate, length = rate_and_length(session)
    half, rows = length // 2, []
    for path in paths:
        y, _ = librosa.load(path, sr=rate)
        for start in range(0, len(y) - 2 * length + 1, length):
            starts = (start, start + half, start + 2 * half)
            pieces = [embed(session, y[i : i + length]) for i in starts]
            rows.append(np.mean(pieces, axis=0))
    return np.array(rows)


def reload(paths, session):
    """Load each window from the file."""
    rate, length = rate_and_length(session)
    rows = []
    for path in paths:
        n_samples = int(librosa.get_duration(path=path) * rate)
        for start in range(0, n_samples - length + 1, length // 2):
            window, _ = librosa.load(
                path, sr=rate, offset=start / rate, duration=length / rate
            )
            window = librosa.util.fix_length(window, size=length)
            rows.append(embed(session, window))
    return np.array(rows)


def windows_of(paths, session, times=1):
    """Windows at the rate of the network, so many times as long as it hears."""
    rate, length = rate_and_length(session)
    return FrameWindower(times * length / rate, sample_rate=rate).fit_transform(paths)


def ours(paths, session, model, n_jobs=None, times=1):
    """The same by this package."""
    featurizer = OnnxFeaturizer(model, batch_size=2, n_jobs=n_jobs)
    return featurizer.fit_transform(windows_of(paths, session, times)).values


def network_alone(windows, session):
    """No reading: what no way of calling the network window by window goes below."""
    return np.array([embed(session, window) for window in windows])


def read_alone(paths, session):
    """No network."""
    return windows_of(paths, session).values


def disagreement(found, expected):
    """Compare embeddings with those of a loop."""
    if found.shape != expected.shape:
        raise ValueError(
            f"Got {found.shape} embeddings, but the loop {expected.shape}."
        )
    difference = float(np.abs(found - expected).max() / np.abs(expected).max())
    if difference > TOLERANCE:
        raise ValueError(f"Got embeddings that differ from the loop by {difference}.")
    return difference


def compare(model, paths, repeats):
    """Check and time the contenders."""
    session, two = opened(model), opened(model, threads=2)
    difference = max(
        disagreement(ours(paths, session, model), loop(paths, session)),
        disagreement(ours(paths, session, model, times=2), long_loop(paths, session)),
    )
    windows = windows_of(paths, session).values
    contenders = {
        "reload": partial(reload, paths, session),
        "loop": partial(loop, paths, session),
        "loop, two threads": partial(loop, paths, two),
        "ours": partial(ours, paths, session, model),
        "long loop": partial(long_loop, paths, session),
        "long ours": partial(ours, paths, session, model, times=2),
        "two songs": partial(ours, paths, session, model, n_jobs=2),
        "network": partial(network_alone, windows, session),
        "read": partial(read_alone, paths, session),
    }
    turns = take_turns(contenders, repeats)
    median = medians(turns)
    report = {
        "n_songs": len(paths),
        "n_windows": len(windows),
        "difference": difference,
        "median_seconds": median,
        "seconds": walls(turns),
        "ratios": ratios(median, PAIRS),
    }
    for name, seconds in median.items():
        print(f"{name}: {seconds:.2f} s, {1000 * seconds / len(paths):.0f} ms/song")
    print("  ".join(f"{name} {r:.2f}" for name, r in report["ratios"].items()))
    return report


if __name__ == "__main__":
    main()
