"""Runs that are killed at random moments, and other faults: nothing is lost or stale.

Child processes, forks of this one, cut and describe songs (in threads or processes,
with and without cache and output), judge songs into a table, train a model with a
cache, and save models. Each is ended by SIGKILL or SIGINT at a random moment, alone or
with its workers as by Ctrl+C, started again, often ended again, and at last left to
finish. Counted are

- kills: signals that were sent to a run at work, and how many of these runs went on to
  their end, as the signal met just that,
- other results: what the last run wrote differs by a bit from an uninterrupted run,
- halves: after a kill, a file that is neither whole nor as it was before,
- repeats: more songs worked on twice than were under way, where there is a cache,
- parts: unfinished files left after the last run,
- orphans: processes there 30 s after their run,
- hangs: a run that is there 60 s after the signal, or needs 3 minutes,
- failures: a last run that ends with an error.

All but kills should be 0. Then some scenes: a worker of joblib is killed; two runs
share a cache and an output; times of files lie in the future and are set back; songs
change while they are read, or are replaced with their size and time kept.

What tests look after already: full disks (`tests/test_files.py`), journals and two runs
of one table (`tests/prediction/test_journal.py`, `test_predict_table.py`), damaged
caches (`tests/test_memory.py`, `tests/features/test_extract.py`), killed extraction
(`tests/test_resume.py`), a killed worker of a cluster (`tests/test_cluster.py`).

    python benchmarks/faults.py [--kills 200] [--trials 5] [--kinds KIND ...]
"""

import atexit
import io
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from measure import arguments, result_path, write
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre import (
    AudioError,
    FrameWindower,
    FunctionFeaturizer,
    GroupVotingClassifier,
    MFCCFeaturizer,
    NaiveBayesVoting,
    SongWindows,
    load_model,
    predict_table,
    save_model,
)
from skgenre.features import _extract

RATE = 22050
HANG_SECONDS = 60.0
RUN_SECONDS = 180.0
ORPHAN_SECONDS = 30.0
FAULTS = (
    "other results",
    "halves",
    "repeats",
    "parts",
    "orphans",
    "hangs",
    "failures",
)
# Songs under way in a run: as many as jobs, or as a batch of verdicts.
N_JOBS = 2
BATCH = 32


def main():
    """Kill so many runs, play the scenes, count, print and write."""
    options = arguments(
        __doc__,
        recordings=False,
        kills=(200, "signals that meet a run at work"),
        trials=(5, "of each scene with processes"),
        seed=(0, "decides the moments"),
        songs=(160, "of a second each"),
        kinds=(tuple(KINDS), "of runs"),
    )
    # Started in the background, children would ignore what Ctrl+C sends.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as name:
        report = run(
            Path(name),
            options.kills,
            options.trials,
            options.seed,
            kinds=options.kinds,
            n_songs=options.songs,
        )
    path = result_path(options.out, "faults")
    write(with_earlier(report, path), path, packages=["joblib"])


def run(folder, kills, trials, seed, *, kinds, n_songs):
    """Kill runs of every kind in turn, and play the scenes.

    Parameters
    ----------
    folder : Path
        For everything.
    kills : int
        Signals that meet a run at work, of all kinds together.
    trials : int
        Of each scene with processes; scenes are left out if 0.
    seed : int
        Decides moments and signals.
    kinds : sequence of str
        Which runs.
    n_songs : int
        Of a second each.

    Returns
    -------
    dict
        Counts by kind, and what came of the scenes.
    """
    rng = random.Random(seed)
    make_songs(folder, n_songs)
    counts = {kind: killed(kind, folder, kills, kinds, rng) for kind in kinds}
    return {
        "n_songs": n_songs,
        "seeds": dict.fromkeys(kinds, seed),
        "runs": {kind: dict(count) for kind, count in counts.items()},
        **({"scenes": scenes(folder, trials, rng)} if trials else {}),
    }


def with_earlier(report, path):
    """Put runs and scenes beside those that were measured before; add all up."""
    before = json.loads(path.read_text()) if path.exists() else {}
    report = {**before, **report}
    for name in ("runs", "seeds"):
        report[name] = {**before.get(name, {}), **report[name]}
    total = sum((Counter(count) for count in report["runs"].values()), Counter())
    return report | {
        "kills": total["kills"],
        "faults": {fault: total[fault] for fault in FAULTS},
        "signals": {name: total[name] for name in ("SIGKILL", "SIGINT")},
        "went_on": total["went on"],
    }


def make_songs(folder, n_songs):
    """Write a second of noise so many times, and models that know some of them."""
    rng = np.random.default_rng(0)
    (folder / "songs").mkdir()
    for i in range(n_songs):
        noise = rng.uniform(-0.5, 0.5, RATE + 10 * i)
        soundfile.write(folder / "songs" / f"{i:03}.wav", noise, RATE)
    songs = song_names(folder)[:20]
    for name, C in (("a", 1.0), ("b", 0.01)):
        model = make_pipeline(
            FrameWindower(0.25),
            MFCCFeaturizer(summary=("mean", "std")),
            GroupVotingClassifier(LogisticRegression(C=C, max_iter=2000)),
        )
        save_model(model.fit(songs, ["x", "y"] * 10), folder / f"{name}.skgenre")


def song_names(folder):
    """Paths of the songs as they are seen from that folder."""
    return [str(path) for path in sorted((folder / "songs").iterdir())]


# -- runs, in child processes ---------------------------------------------------------


class Noted:
    """Loudness of each window, with a line in a file of the songs worked on."""

    def __init__(self, log: str) -> None:
        self.log = log

    def __call__(self, windows: np.ndarray) -> np.ndarray:
        """Return the mean of absolute samples, and note which they were."""
        if len(windows) > 1:  # not the tone that fit tries it with
            note(self.log, float(windows[0, 0]))
        return np.abs(windows).mean(axis=1, keepdims=True)


def note(log, song):
    """Write a line, whole even if this process is killed behind it."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, f"{song}\n".encode())
    os.close(descriptor)


def note_songs():
    """Note each song that this process reads from here on."""
    extract = _extract._extract_song

    def noted(song, extraction):
        note("log", song)
        return extract(song, extraction)

    _extract._extract_song = noted


def child(kind, place, ready):
    """Work on the songs beside a folder, and end this process, a fork."""
    code = 1
    atexit._clear()  # what was to be done at the end of this process
    try:
        os.setsid()
        os.chdir(place)
        errors = os.open("errors", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(errors, 1)
        os.dup2(errors, 2)
        note_songs()
        songs = song_names(Path(".."))
        models = [load_model(Path("..", f"{name}.skgenre")) for name in "ab"]
        os.write(ready, b"r")
        Path("done").unlink(missing_ok=True)
        KINDS[kind](songs, models)
        Path("done").touch()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        # As an interpreter does at its end.
        try:
            threading._shutdown()
            atexit._run_exitfuncs()
            sys.stderr.flush()
        finally:
            os._exit(code)


def features(jobs, *, cache, output):
    """Work that describes songs."""

    def work(songs, models):
        places = {
            "memory": "cache" if cache else None,
            "output": "output.npy" if output else None,
            "n_jobs": N_JOBS,
        }
        featurizer = (
            MFCCFeaturizer(**places)
            if jobs == "threads"
            else FunctionFeaturizer(Noted("log"), **places)
        )
        found = featurizer.fit_transform(FrameWindower(0.25).fit_transform(songs))
        found.save("result.npy")

    return work


def verdicts(songs, models):
    """Judge songs into a table."""
    predict_table(models[0], songs, out="result.csv")


def training(songs, models):
    """Fit a model whose voting is fitted too, on songs and fits in a cache."""
    model = make_pipeline(
        FrameWindower(0.25),
        MFCCFeaturizer(summary=("mean", "std"), memory="cache", n_jobs=N_JOBS),
        GroupVotingClassifier(
            LogisticRegression(max_iter=2000),
            voting=NaiveBayesVoting(discount="fit"),
            memory="fits",
        ),
    )
    model.fit(songs, ["x", "y"] * (len(songs) // 2))
    model.set_params(mfccfeaturizer__memory=None, groupvotingclassifier__memory=None)
    save_model(model, "result.skgenre")


def saving(songs, models):
    """Save two models in turn in the same place."""
    for _ in range(10):
        for model in reversed(models):
            save_model(model, "result.skgenre")


KINDS = {
    f"features, {jobs}{', cache' * cache}{', output' * output}": features(
        jobs, cache=cache, output=output
    )
    for jobs in ("threads", "processes")
    for cache in (False, True)
    for output in (False, True)
} | {"verdicts": verdicts, "training, cache": training, "saving": saving}
# Songs that a kill may cost.
UNDER_WAY = {kind: N_JOBS for kind in KINDS if "cache" in kind} | {"verdicts": BATCH}


class Run:
    """A child process at work, from its first line on.

    Parameters
    ----------
    kind : str
        Of `KINDS`.
    folder : Path
        Where it works.
    """

    def __init__(self, kind: str, folder: Path) -> None:
        self._folder = folder
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            child(kind, folder, writing)
        os.close(writing)
        os.read(reading, 1)
        os.close(reading)
        self.start = time.monotonic()
        self.code: int | None = None

    def end(self, seconds: float) -> bool:
        """Wait; whether it has ended by itself within so many seconds."""
        until = time.monotonic() + seconds
        while self.is_there():
            if time.monotonic() > until:
                return False
            time.sleep(0.001)
        return True

    def is_there(self) -> bool:
        """Whether the process has not ended."""
        if self.code is None and (found := os.waitpid(self.pid, os.WNOHANG))[0]:
            self.code = os.waitstatus_to_exitcode(found[1])
        return self.code is None

    def signal(self, number: int, *, whole_group: bool) -> None:
        """Send a signal to the process, or to its workers as well."""
        (os.killpg if whole_group else os.kill)(self.pid, number)

    def others(self) -> list[int]:
        """Processes of its session but itself."""
        return [pid for pid in pids_of(self.pid) if pid != self.pid]

    def has_orphans(self) -> bool:
        """Whether its processes are there 30 s after it; they are ended then."""
        until = time.monotonic() + ORPHAN_SECONDS
        while self.others():
            if time.monotonic() > until:
                self.kill()
                return True
            time.sleep(0.02)
        return False

    def kill(self) -> None:
        """End all of it."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.end(HANG_SECONDS)

    def said(self) -> str:
        """What it and runs before it wrote to stderr."""
        return (self._folder / "errors").read_text(errors="replace")


def pids_of(session):
    """Living processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # Behind the name, which may hold anything: state, parent, group, session.
            state, _, _, own = path.read_text().rpartition(")")[2].split()[:4]
            if int(own) == session and state != "Z":
                found.append(int(path.parent.name))
    return found


# -- kills ----------------------------------------------------------------------------


class Expected(NamedTuple):
    """What an uninterrupted run gives."""

    files: dict[str, Any]  # contents by name
    seconds: float
    whole: dict[str, set[Any]]  # what a file may be after a kill
    again: int  # songs that it reads more than once


def uninterrupted(kind, folder):
    """Run a kind to its end."""
    place = folder / f"{kind}, expected".replace(", ", "-")
    place.mkdir()
    run = Run(kind, place)
    if not run.end(RUN_SECONDS) or run.code:
        run.kill()
        raise RuntimeError(f"{kind} did not run: {run.said()}")
    seconds = time.monotonic() - run.start
    files = results(place)
    whole = {name: {found} for name, found in files.items()}
    if kind == "saving":
        whole["result.skgenre"] |= {
            content(folder / f"{name}.skgenre") for name in "ab"
        }
    if kind == "verdicts":
        del whole["result.csv"]  # an interrupted run leaves what is done
    again = worked_again(place)
    shutil.rmtree(place)
    return Expected(files, seconds, whole, again)


def results(place):
    """What a run is for: of files by name, what is to be equal to the last bit."""
    return {
        path.name: content(path)
        for path in place.iterdir()
        if path.name in ("result.npy", "output.npy", "result.csv", "result.skgenre")
    }


def content(path):
    """All that a file says, but when it was made."""
    if path.suffix == ".skgenre":
        with zipfile.ZipFile(path) as archive:
            estimator = archive.read("estimator.skops")
        with zipfile.ZipFile(io.BytesIO(estimator)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        # Numbers of objects in memory, which are others where some are from a cache.
        schema = re.sub(rb'"__id__": ?\d+', b"", files.pop("schema.json"))
        return (schema, *sorted(files.items()))
    if path.suffix == ".npy":
        X = SongWindows.open(path, check=True)
        arrays = (X.values, X.counts, X.starts, X.song_ids)
        return tuple((a.shape, a.dtype.str, a.tobytes()) for a in arrays)
    return path.read_bytes()


def killed(kind, folder, kills, kinds, rng):
    """Kill runs of one kind until its share of kills is reached."""
    # Workers take seconds to start.
    weights = [1 if "processes" in other else 3 for other in kinds]
    share = max(1, round(kills * weights[kinds.index(kind)] / sum(weights)))
    expected = uninterrupted(kind, folder)
    counts = Counter()
    while counts["kills"] < share:
        place = folder / f"round {sum(counts.values())}"
        place.mkdir()
        left = min(rng.randint(1, 3), share - counts["kills"])
        counts += one_round(kind, place, expected, left, rng)
        shutil.rmtree(place)
        counts["rounds"] += 1
    counts["milliseconds"] = round(1000 * expected.seconds)
    print(kind, dict(counts), flush=True)
    return counts


def one_round(kind, place, expected, n_kills, rng, *, n_ended=0):
    """Start a run, end it so many times, let it finish, and count what is wrong."""
    counts = Counter()
    for _ in range(n_kills):
        run = Run(kind, place)
        run.end(rng.uniform(0, expected.seconds))
        if not run.is_there():
            break  # too late: that was the last run
        counts += one_kill(kind, place, expected, run, rng)
        if run.code == 0 or is_finished(place, expected):
            break  # it met the end of the run, or was not heeded
    else:
        run = Run(kind, place)
        if not run.end(RUN_SECONDS):
            counts["hangs"] += 1
            run.kill()
    if run.code and not is_finished(place, expected):
        counts["failures"] += 1
        print(run.said(), flush=True)
    counts["orphans"] += run.has_orphans()
    counts["other results"] += results(place) != expected.files
    counts["parts"] += any(place.rglob("*.part")) or any(place.glob("*.journal"))
    if kind in UNDER_WAY:
        again = worked_again(place) - expected.again
        counts["worked on again"] += again
        counts["repeats"] += again > UNDER_WAY[kind] * (counts["kills"] + n_ended)
    return counts


def one_kill(kind, place, expected, run, rng):
    """End a run by a signal, and look at what it leaves."""
    counts = Counter()
    number = rng.choice([signal.SIGKILL, signal.SIGINT])
    run.signal(number, whole_group=rng.random() < 0.5)
    counts["kills"] += 1
    counts[signal.Signals(number).name] += 1
    if not run.end(HANG_SECONDS):
        counts["hangs"] += 1
        print(f"{kind} hangs after {number!r}", run.said(), flush=True)
        run.kill()
    counts["went on"] += run.code == 0 or is_finished(place, expected)
    counts["orphans"] += run.has_orphans()
    for name, found in results(place).items():
        if name in expected.whole and found not in expected.whole[name]:
            counts["halves"] += 1
    return counts


def is_finished(place, expected):
    """Whether a run has done all it had to, though it may not have come to say so."""
    if (place / "done").exists():
        return True
    # Started again, it would do all anew: a table that is whole has no journal.
    return results(place) == expected.files and not any(place.glob("*.journal"))


def worked_again(place):
    """How many songs were worked on after they had been already."""
    log = place / "log"
    songs = Counter(log.read_text().splitlines() if log.exists() else [])
    return sum(songs.values()) - len(songs)


# -- scenes ---------------------------------------------------------------------------


def scenes(folder, trials, rng):
    """Play all scenes; what came of each, counted."""
    done = {
        "a worker of joblib is killed": workers_killed(folder, trials, rng),
        "two runs, one cache and one output": two_runs(folder, trials),
        "times of files": times_of_files(folder),
        "songs that change": songs_that_change(folder),
    }
    for name, counts in done.items():
        print(name, counts, flush=True)
    return done


def workers_killed(folder, trials, rng):
    """Kill one worker process of a run, and start the run again."""
    kind = "features, processes, cache, output"
    expected = uninterrupted(kind, folder)
    counts = Counter(trials=trials)
    for trial in range(trials):
        place = folder / f"worker {trial}"
        place.mkdir()
        run = Run(kind, place)
        run.end(rng.uniform(0.5, 1) * expected.seconds)
        workers = [pid for pid in run.others() if is_worker(pid)]
        for pid in workers[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not run.end(HANG_SECONDS):
            counts["hangs"] += 1
            run.kill()
        if run.code:
            counts["ended with an error"] += 1
            counts["that says so"] += "TerminatedWorkerError" in run.said()
        counts["orphans"] += run.has_orphans()
        counts += one_round(kind, place, expected, 0, rng, n_ended=1)
        shutil.rmtree(place)
    return dict(counts)


def is_worker(pid):
    """Whether a process is one of joblib's workers."""
    try:
        return b"popen_loky" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def two_runs(folder, trials):
    """Start two runs at once that share everything."""
    counts = Counter(trials=0)
    for kind in (
        f"features, {jobs}, cache, output" for jobs in ("threads", "processes")
    ):
        expected = uninterrupted(kind, folder)
        for trial in range(trials):
            place = folder / f"two {trial}"
            place.mkdir()
            runs = [Run(kind, place) for _ in range(2)]
            counts["trials"] += 1
            for run in runs:
                if not run.end(RUN_SECONDS) or run.code:
                    counts["failures"] += 1
                    print(run.said(), flush=True)
                    run.kill()
                counts["orphans"] += run.has_orphans()
            counts["other results"] += results(place) != expected.files
            counts["parts"] += any(place.rglob("*.part"))
            shutil.rmtree(place)
    return dict(counts)


def computed(songs, memory, log):
    """Describe songs with a cache: features, and how many were worked on."""
    before = len(log.read_text().splitlines()) if log.exists() else 0
    featurizer = FunctionFeaturizer(Noted(str(log)), memory=memory)
    found = featurizer.fit_transform(FrameWindower(0.25).fit_transform(songs))
    after = len(log.read_text().splitlines()) if log.exists() else 0
    return found, after - before


def times_of_files(folder):
    """Set times of songs and of the cache forwards and backwards."""
    place, songs = copies(folder, "times")
    memory, log = place / "cache", place / "log"
    expected, _ = computed(songs, None, log)
    counts = {"songs": len(songs), "other results": 0}
    now = int(time.time())
    moments = {
        "ten years ahead": now + 315_000_000,
        "of 1970": 0,
        "of before 1970": -1000,
        "set back by an hour": now - 3600,
    }
    for name, moment in moments.items():
        for song in songs:
            os.utime(song, (moment, moment))
        for again, run in enumerate((f"{name}: computed", f"{name}, again: computed")):
            if again:  # an entry from the future, or from long ago, is as good
                for path in memory.rglob("*"):
                    os.utime(path, (moment, moment))
            found, counts[run] = computed(songs, memory, log)
            counts["other results"] += int(found != expected)
    return counts


def songs_that_change(folder):
    """Replace songs while they are read, and behind the cache's back."""
    place, songs = copies(folder, "changes")
    memory, log = place / "cache", place / "log"
    first, _ = computed(songs, memory, log)
    other = soundfile.read(songs[1])[0][: RATE + 1]
    status = Path(songs[0]).stat()
    counts = {}
    replacement = np.resize(other, len(soundfile.read(songs[0])[0]))
    soundfile.write(songs[0], replacement, RATE)
    os.utime(songs[0], ns=(status.st_atime_ns, status.st_mtime_ns))
    new, _ = computed(songs, None, log)
    found, n_computed = computed(songs, memory, log)
    counts["size and time kept: old features from the cache"] = int(
        found == first and n_computed == 0 and new != first
    )
    os.utime(songs[0], ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    found, n_computed = computed(songs, memory, log)
    counts["a nanosecond later: computed anew"] = int(found == new and n_computed == 1)
    try:
        changing(songs, memory)
    except AudioError as error:
        counts["changed while read: said"] = int(
            "changed while it was read" in str(error)
        )
    return counts


def changing(songs, memory):
    """Describe songs of which one is written to meanwhile."""

    def written_to(windows):
        if len(windows) > 1:
            with Path(songs[0]).open("ab") as file:
                file.write(b"more")
        return np.abs(windows).mean(axis=1, keepdims=True)

    windows = FrameWindower(0.25).fit_transform(songs[:1])
    FunctionFeaturizer(written_to, memory=memory).fit_transform(windows)


def copies(folder, name):
    """Copy some songs to a place of their own."""
    place = folder / name
    (place / "songs").mkdir(parents=True)
    for song in song_names(folder)[:10]:
        shutil.copy(song, place / "songs")
    return place, song_names(place)


if __name__ == "__main__":
    main()
