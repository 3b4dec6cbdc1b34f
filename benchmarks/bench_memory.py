"""Memory of extraction: 2,000 one-minute songs, and one of three hours.

Each part runs in a process of its own. Counted is the highest resident memory, beyond
what the process took after one song, less the features themselves.

    python benchmarks/bench_memory.py --data DIR [--out DIR or FILE] [--songs 2000]
"""

import tempfile
from pathlib import Path

import data
import soundfile
from measure import MEBI, Peak, arguments, in_process, result_path, write
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer


def main():
    """Make the files, run the parts, write the result."""
    options = arguments(
        __doc__, songs=(2000, "how many"), hours=(3.0, "of the long file")
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        minutes = data.write_minutes(options.data, folder, 20, "flac", 22_050)
        songs = data.repeated(minutes, options.songs)
        long = folder / "long.flac"
        data.write_hours(minutes[0], long, round(60 * options.hours))
        report = {
            "songs": alone(many_songs, songs, None, 1),
            "songs_two_jobs": alone(many_songs, songs, None, 2),
            "songs_in_a_file": alone(many_songs, songs, folder / "f.npy", 1),
            "hours": alone(one_long_song, minutes, str(long)),
        }
    write(report, result_path(options.out, "bench_memory"))


def alone(part, *args):
    """Run a part in a process of its own, and print what it gave."""
    result = in_process(part, *args)
    print(part.__name__, result, flush=True)
    return result


def many_songs(paths, output, n_jobs):
    """Extract features of many songs."""
    windower = FrameWindower()
    featurizer = MFCCFeaturizer(output=output, n_jobs=n_jobs)
    MFCCFeaturizer(n_jobs=n_jobs).fit_transform(windower.fit_transform(paths[:2]))
    with Peak() as peak:
        features = featurizer.fit_transform(windower.fit_transform(paths))
    in_memory = 0 if output else features.values.nbytes
    return {
        "n_songs": len(paths),
        "n_jobs": n_jobs,
        "features_mib": features.values.nbytes / MEBI,
        "features_in": "a file" if output else "memory",
        "peak_mib": peak.bytes / MEBI,
        "above_features_mib": (peak.bytes - in_memory) / MEBI,
        "seconds": peak.seconds,
    }


def one_long_song(paths, path):
    """Window, featurise and predict one long file."""
    model = make_pipeline(
        FrameWindower(),
        MFCCFeaturizer(summary=("mean", "std")),
        GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression())),
    ).fit(paths[:6], ["a", "b"] * 3)
    with Peak() as peak:
        proba = model.predict_proba([path])
    info = soundfile.info(path)
    return {
        "hours": info.duration / 3600,
        "file": f"{info.format} {info.samplerate} Hz {info.channels} channels",
        "samples_mib": info.duration * 22_050 * 4 / MEBI,
        "windows": model[:2].transform([path]).n_windows,
        "proba": proba[0].tolist(),
        "peak_mib": peak.bytes / MEBI,
        "seconds": peak.seconds,
    }


if __name__ == "__main__":
    main()
