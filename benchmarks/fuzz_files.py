"""Damaged and forged files of models, windows, caches and journals by the thousand.

Files that the package writes are changed at random: bits, lengths, zeros, junk, parts
of other files; model files also by zip tricks (names twice, wrong sizes, bombs, paths
that lead out) and by forging, with every checksum made right. Each mutant is read in a
child process. It may be refused with an error that names the file, or be equal to the
original to the last bit; what a cache or a journal had is then computed anew. A forged
model, of which nothing can tell that it is another, may only run no code. Counted are

- crashes: the child ended,
- hangs: more than 10 s for one file,
- heaps: more than 500 MB for one file,
- exceptions that do not name the file,
- wrong values: anything else than the original,
- code that was run: a file that hostile code would have made is there.

All should be 0. A mutant is made from the seed and its number alone.

    python benchmarks/fuzz_files.py [--n 10000] [--seed 0] [--out DIR or FILE]
"""

import io
import json
import os
import pickle
import re
import shutil
import struct
import sys
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import NamedTuple

import damage
import numpy as np
from measure import arguments, result_path, write

RATE = 8000
FAULTS = (*damage.FAULTS, "wrong values", "code run")
FORGED = "another model, every checksum right"
# Of so many mutants on, networks and bombs of 600 MB are among them.
MANY = 2000


def main():
    """Read so many mutants, count, print and write."""
    if sys.argv[1:2] == ["--child"]:
        read_mutants(*sys.argv[2:])
        return
    options = arguments(
        __doc__, recordings=False, n=(10000, "mutants"), seed=(0, "decides them")
    )
    report = run(options.n, options.seed)
    write(report, result_path(options.out, "fuzz_files"))


def run(n, seed):
    """Read mutants in child processes: what came of them, see `damage.run`."""
    return damage.run(
        __file__, n, seed, faults=FAULTS, prepare=partial(prepare, is_long=n >= MANY)
    )


# -- originals ------------------------------------------------------------------------


def noises(n_songs=6, seed=0):
    """Short songs."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(-0.5, 0.5, RATE + 1000 * i) for i in range(n_songs)]


LABELS = ["a", "b"] * 3


def prepare(folder, *, is_long):
    """Write originals into a folder."""
    from sklearn.ensemble import RandomForestClassifier

    from skgenre import FrameWindower, GroupVotingClassifier, recipes, save_model

    folder = Path(folder)
    songs = noises()
    forest = RandomForestClassifier(5, random_state=0)
    models = {
        "baseline": recipes.baseline(window_seconds=0.5).fit(songs, LABELS),
        "fast": recipes.fast(window_seconds=0.5).fit(songs, LABELS),
        "trees": GroupVotingClassifier(forest).fit(table()[0], table()[1]),
    }
    for name, model in models.items():
        save_model(model, folder / f"{name}.skgenre")
    if is_long:
        save_model(a_network(), folder / "network.skgenre")
    (folder / "bomb").write_bytes(deflated_zeros(600 if is_long else 40))
    windows = FrameWindower(0.5, sample_rate=RATE).fit_transform(songs)
    features(output=folder / "output.npy").fit_transform(windows)
    all_that_is_kept().save(folder / "saved.npy")
    features(output=folder / "second.npy").fit_transform(windows[::-1])
    remembered(features, folder / "song cache")
    remembered(votes, folder / "fit cache")
    write_journal(folder, models["baseline"])


def all_that_is_kept():
    """Windows with everything beside them, in more than one block."""
    from skgenre import SongWindows

    values = np.random.default_rng(1).normal(size=(40, 2000)).astype(np.float32)
    return SongWindows(
        values,
        [10, 0, 30],
        song_ids=["x", "y", "z"],
        starts=np.arange(40.0),
        window_seconds=1.0,
        errors={"y": "It is silent."},
        window_weight=np.linspace(0.1, 1, 40),
    )


def table():
    """Rows of numbers and their labels."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 3)), np.array(["a", "b"] * 20)


def a_network():
    """A fitted network of songs, as small as can be."""
    import keras

    from skgenre import SongWindows
    from skgenre.neural import MILClassifier

    decided = keras.layers.Dense(1, activation="sigmoid")
    model = keras.Sequential([keras.Input((3,)), decided])
    windows = SongWindows(table()[0], [10] * 4)
    return MILClassifier(model, epochs=1, random_state=0).fit(windows, list("abab"))


def features(**where):
    """What makes features of songs, to a file or with a memory."""
    from skgenre import MFCCFeaturizer

    return MFCCFeaturizer(n_mfcc=5, summary=("mean", "std"), **where)


def votes(**where):
    """A classifier with a memory."""
    from sklearn.linear_model import LogisticRegression

    from skgenre import GroupVotingClassifier
    from skgenre.voting import StackedVoting

    return GroupVotingClassifier(LogisticRegression(), voting=StackedVoting(), **where)


def remembered(make, cache):
    """What comes out with that memory; computed where it is empty.

    Returns
    -------
    array
        Features or probabilities.
    """
    from skgenre import FrameWindower, SongWindows

    if make is features:
        windows = FrameWindower(0.5, sample_rate=RATE).fit_transform(noises())
        return features(memory=cache).fit_transform(windows).values
    windows = SongWindows(table()[0], [4] * 10)
    labels = ["a", "b"] * 5
    return votes(memory=str(cache)).fit(windows, labels).predict_proba(windows)


def write_journal(folder, model):
    """Leave what a run of predict_table leaves that was killed at its end."""
    from skgenre.prediction import _journal

    remove, _journal.Journal.remove = _journal.Journal.remove, lambda self: None
    try:
        verdicts(folder, model)
    finally:
        _journal.Journal.remove = remove


def verdicts(folder, model):
    """The table of verdicts, whatever the journal beside it says."""
    from skgenre import predict_table

    out = Path(folder) / "verdicts.jsonl"
    predict_table(model, noises(), out=out)
    return out.read_bytes()


def deflated_zeros(n_mb):
    """Many zeros as a zip holds them."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    zeros = bytes(2**20)
    return b"".join([*(packer.compress(zeros) for _ in range(n_mb)), packer.flush()])


# -- the child ------------------------------------------------------------------------


class Kind(NamedTuple):
    """Something that is damaged, and how it is read."""

    name: str
    share: int
    read: object
    damage: object


class Place(NamedTuple):
    """Where a child works."""

    folder: Path
    canary: Path
    expected: dict


def read_mutants(start, stop, seed, folder):
    """Read mutants one after the other; print what came of each, a line of JSON."""
    answers = damage.silenced()
    folder = Path(folder)
    place = Place(folder, folder / "canary", {})
    kinds = all_kinds(place)
    shares = np.array([kind.share for kind in kinds]) / sum(k.share for k in kinds)
    for kind in kinds:  # what is slow the first time is none of a mutant's seconds
        place.expected[kind.name] = kind.read(place, kind.name, None)
    for number in range(int(start), int(stop)):
        rng = np.random.default_rng((int(seed), number))
        kind = kinds[rng.choice(len(kinds), p=shares)]
        line = kind.damage(place, kind, rng)
        if place.canary.exists():
            place.canary.unlink()
            line["outcome"] = "code run"
        damage.answer(answers, number=number, kind=kind.name, **line)


def all_kinds(place):
    """What there is to be damaged; a network where there is one."""
    models = [Kind(f"model: {n}", 8, read_model, of_model) for n in MODELS]
    models = [kind for kind in models if model_path(place, kind.name).exists()]
    return [
        *(kind._replace(share=1 if "network" in kind.name else 8) for kind in models),
        *(Kind(f"windows: {n}", 12, read_windows, of_file) for n in WINDOWS),
        *(Kind(f"cache: {n}", 6, read_cache, of_cache) for n in CACHES),
        Kind("journal", 6, read_journal, of_journal),
    ]


MODELS = ("baseline", "fast", "trees", "network")
WINDOWS = ("saved", "output")
CACHES = {"song cache": features, "fit cache": votes}


def compared(place, kind, path):
    """Read a mutant, and compare what it holds with what the original held."""
    found = kind.read(place, kind.name, path)
    return "equal" if found == place.expected[kind.name] else "wrong values"


def names_it(path, error):
    """Whether an error is an answer: it says of which file."""
    from skgenre import ModelFileError

    return isinstance(error, ModelFileError | ValueError | OSError) and (
        path.name in str(error)
    )


def of_file(place, kind, rng):
    """Damage a file of windows."""
    original = file_of(place, kind.name).read_bytes()
    others = [file_of(place, f": {n}").read_bytes() for n in (*WINDOWS, "second")]
    path = place.folder / "mutant.npy"
    path.write_bytes(damage.damaged(rng, original, others, CHANGES))
    return damage.watched(compared, place, kind, path, refused=partial(names_it, path))


def file_of(place, name):
    """An original of windows."""
    return place.folder / f"{name.rpartition(' ')[2]}.npy"


def read_windows(place, name, path):
    """All that is in a file of windows."""
    from skgenre import SongWindows

    found = SongWindows.open(file_of(place, name) if path is None else path)
    values, marks = found.values, found.marks
    parts = (values, found.counts, found.starts, found.rows, marks.ends, marks.weight)
    said = (found.song_ids.tolist(), found.window_seconds, found.errors)
    names = None if found.feature_names is None else list(found.feature_names)
    return (
        values.dtype.str,
        values.shape,
        [None if part is None else part.tobytes() for part in parts],
        repr((said, names)),
    )


# -- caches and journals --------------------------------------------------------------


def read_cache(place, name, path):
    """What comes out with a cache."""
    name = name.partition(": ")[2]
    cache = place.folder / name if path is None else path
    return remembered(CACHES[name], cache).tobytes()


def of_cache(place, kind, rng):
    """Damage a file of a cache, or put another entry in its place."""
    original = place.folder / kind.name.partition(": ")[2]
    path = place.folder / "mutant cache"
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(original, path)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    kept = [file for file in files if file.name == "output.pkl"]
    chosen = kept if rng.integers(8) else files
    file = chosen[rng.integers(len(chosen))]
    others = [other.read_bytes() for other in kept]
    if rng.integers(4):
        content = damage.damaged(rng, file.read_bytes(), others, CHANGES)
    else:
        content = others[rng.integers(len(others))]
    file.write_bytes(content)
    return damage.watched(compared, place, kind, path, refused=lambda error: False)


def of_journal(place, kind, rng):
    """Damage what a run that was killed left beside its table."""
    journal = place.folder / "verdicts.jsonl.journal"
    original = journal.read_bytes()
    line = bytearray(original)
    others = [original, file_of(place, ": saved").read_bytes()]
    journal.write_bytes(damage.damaged(rng, bytes(line), others, CHANGES))
    try:
        return damage.watched(
            compared, place, kind, journal, refused=partial(names_it, journal)
        )
    finally:
        journal.write_bytes(original)


def read_journal(place, name, path):
    """The table that comes of a journal."""
    del name, path
    journal = place.folder / "verdicts.jsonl.journal"
    kept = journal.read_bytes()
    try:
        return verdicts(place.folder, the_baseline(place))
    finally:
        journal.write_bytes(kept)


def the_baseline(place):
    """The model that judges."""
    from skgenre import load_model

    if "loaded" not in place.expected:
        place.expected["loaded"] = load_model(place.folder / "baseline.skgenre")
    return place.expected["loaded"]


# -- models ---------------------------------------------------------------------------


def model_path(place, name):
    """An original of a model."""
    return place.folder / f"{name.partition(': ')[2]}.skgenre"


def read_model(place, name, path):
    """What a model says of songs and of itself."""
    from skgenre import load_model, read_model_card

    path = model_path(place, name) if path is None else path
    model, card = load_model(path), read_model_card(path)
    return *answers_of(model, name), repr(card)


def answers_of(model, name):
    """Probabilities, and all parameters."""
    from skgenre import SongWindows

    if name.endswith("trees"):
        songs = table()[0]
    elif name.endswith("network"):
        songs = SongWindows(table()[0], [10] * 4)
    else:
        songs = noises()
    proba = np.asarray(model.predict_proba(songs))
    return proba.tobytes(), repr(sorted(map(str, model.get_params(deep=False))))


def of_model(place, kind, rng):
    """Damage a model file, play tricks with its zip, or forge it."""
    path = place.folder / "mutant.skgenre"
    original = model_path(place, kind.name).read_bytes()
    other = model_path(place, f": {MODELS[rng.integers(3)]}").read_bytes()
    way = rng.integers(4)
    if way < 2:
        path.write_bytes(damage.damaged(rng, original, [original, other], CHANGES))
        read = compared
    elif way == 2:
        trick = TRICKS[rng.integers(len(TRICKS))]
        path.write_bytes(trick(rng, original, other, place))
        read = compared
    else:
        path.write_bytes(forged(rng, original, other, place))
        read = used
    return damage.watched(read, place, kind, path, refused=partial(names_it, path))


def used(place, kind, path):
    """Load a forged model and use it; it may fail then, and be wrong."""
    from skgenre import load_model

    model = load_model(path)
    try:
        found = answers_of(model, kind.name)
    except Exception:
        return "forged, fails in use"
    return "equal" if found == place.expected[kind.name][:2] else FORGED


def parts_of(content):
    """Parts of a zip, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts):
    """A zip of (name, content), names twice if so wanted."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def _name_twice(rng, content, other, place):
    parts, more = list(parts_of(content).items()), list(parts_of(other).items())
    at = int(rng.integers(len(parts) + 1))
    return zipped([*parts[:at], more[rng.integers(len(more))], *parts[at:]])


def _part_of_another(rng, content, other, place):
    parts, more = parts_of(content), parts_of(other)
    name = list(parts)[rng.integers(len(parts))]
    return zipped({**parts, name: more[name if name in more else "model.json"]}.items())


def _path_that_leads_out(rng, content, other, place):
    hostile = ["../canary", str(place.canary), "networks/../../canary", "c:canary", ""]
    parts = parts_of(content)
    name = hostile[rng.integers(len(hostile))]
    if rng.integers(2):
        return zipped([*parts.items(), (name, b"x")])
    first = list(parts)[rng.integers(len(parts))]
    return zipped((name if key == first else key, data) for key, data in parts.items())


def _part_is_missing(rng, content, other, place):
    parts = list(parts_of(content).items())
    del parts[rng.integers(len(parts))]
    return zipped(parts)


def _number_in_the_list(rng, content, other, place):
    # Sizes, offsets, method and flags stand behind PK\1\2, and in front of PK\3\4.
    found = bytearray(content)
    mark = b"PK\x01\x02" if rng.integers(2) else b"PK\x03\x04"
    places = [match.start() for match in re.finditer(mark, found)]
    at = places[rng.integers(len(places))] + int(rng.integers(4, 46))
    size = int(rng.choice([2, 4]))
    value = damage.NUMBERS[rng.integers(len(damage.NUMBERS))] % 256**size
    found[at : at + size] = value.to_bytes(size, "little")
    return bytes(found)


def _bomb(rng, content, other, place):
    """A part of zeros without end, which says so or not."""
    name = (b"model.json", b"estimator.skops")[rng.integers(2)]
    packed = (place.folder / "bomb").read_bytes()
    size = int(rng.choice([100, len(packed) * 10, len(packed) * 60, 600 * 2**20]))
    about = struct.pack(
        "<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(packed), size, len(name), 0
    )
    local = b"PK\x03\x04" + about + name + packed
    listed = b"PK\x01\x02" + struct.pack("<H", 20) + about
    listed += struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = struct.pack("<4H2IH", 0, 0, 1, 1, len(listed), len(local), 0)
    return local + listed + b"PK\x05\x06" + end


def _junk_around(rng, content, other, place):
    junk = rng.bytes(rng.integers(1, 300))
    return (junk + content, content + junk, content + other)[rng.integers(3)]


TRICKS = (
    _name_twice,
    _part_of_another,
    _path_that_leads_out,
    _part_is_missing,
    _number_in_the_list,
    _number_in_the_list,
    _bomb,
    _junk_around,
)


# -- forging --------------------------------------------------------------------------


class Canary:
    """Unpickled, it leaves a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        """Call what makes the file."""
        return os.mknod, (self.path,)


HOSTILE = (
    ("os", "system"),
    ("os", "mknod"),
    ("builtins", "eval"),
    ("subprocess", "Popen"),
    ("pathlib", "Path"),
    ("numpy", "load"),
    ("functools", "partial"),
    ("operator", "methodcaller"),
    ("joblib", "load"),
)
LOADERS = (
    "ObjectNode",
    "ConstructorFromReduceNode",
    "FunctionNode",
    "TypeNode",
    "PartialNode",
    "MethodNode",
    "OperatorFuncNode",
    "NdArrayNode",
    "TreeNode",
    "JsonNode",
    "CachedNode",
    "DictNode",
)


def forged(rng, content, other, place):
    """Change what is inside, and make every checksum right.

    Parameters
    ----------
    rng : numpy.random.Generator
        Decides how.
    content, other : bytes
        Model files.
    place : Place
        Of the canary.

    Returns
    -------
    bytes
        A model file.
    """
    from skgenre.persistence._archive import digest

    parts = parts_of(content)
    inside = [name for name in parts if name != "model.json"]
    name = inside[rng.integers(len(inside))]
    files = parts_of(parts[name])
    way = FORGERIES[rng.integers(len(FORGERIES))]
    way(rng, files, parts_of(parts_of(other)["estimator.skops"]), place)
    parts[name] = zipped(files.items())
    card = json.loads(parts["model.json"])
    card["parts"] = {key: digest(parts[key]) for key in inside}
    parts["model.json"] = json.dumps(card).encode()
    return zipped(parts.items())


def _some(rng, files, ending=""):
    names = [name for name in files if name.endswith(ending)] or list(files)
    return names[rng.integers(len(names))]


def _damage_within(rng, files, others, place):
    name = _some(rng, files)
    files[name] = damage.damaged(rng, files[name], list(others.values()), CHANGES)


def _numbers_of_an_array(rng, files, others, place):
    name = _some(rng, files, ".npy")
    found = bytearray(files[name])
    at, size = int(rng.integers(len(found))), int(rng.choice([1, 4, 8]))
    value = damage.NUMBERS[rng.integers(len(damage.NUMBERS))] % 256**size
    found[at : at + size] = value.to_bytes(size, "little")
    files[name] = bytes(found)


def _array_of_another(rng, files, others, place):
    files[_some(rng, files, ".npy")] = others[_some(rng, others, ".npy")]


def _pickle_for_an_array(rng, files, others, place):
    buffer = io.BytesIO()
    np.save(buffer, np.array([Canary(place.canary)], dtype=object), allow_pickle=True)
    content = (buffer.getvalue(), pickle.dumps(Canary(place.canary)))[rng.integers(2)]
    files[_some(rng, files, ".npy")] = content


def _node(rng, files):
    schema = json.loads(files.get("schema.json", b"{}"))
    nodes = list(_nodes(schema))
    return schema, nodes[rng.integers(len(nodes))] if nodes else {}


def _nodes(value):
    """All nodes of a schema."""
    if isinstance(value, dict):
        if "__loader__" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from _nodes(child)


def _hostile_name(rng, files, others, place):
    schema, node = _node(rng, files)
    node["__module__"], node["__class__"] = HOSTILE[rng.integers(len(HOSTILE))]
    if rng.integers(2):
        node["__loader__"] = LOADERS[rng.integers(len(LOADERS))]
    if rng.integers(2):
        node["content"] = {"__reduce__": {"args": [str(place.canary)]}}
    files["schema.json"] = json.dumps(schema).encode()


def _another_loader(rng, files, others, place):
    schema, node = _node(rng, files)
    node["__loader__"] = LOADERS[rng.integers(len(LOADERS))]
    files["schema.json"] = json.dumps(schema).encode()


def _another_value(rng, files, others, place):
    schema, node = _node(rng, files)
    values = (None, -1, 10**9, "1e400", "NaN", [], {}, "[" * 1000, "x" * 1000, True)
    keys = list(node)
    if keys:
        node[keys[rng.integers(len(keys))]] = values[rng.integers(len(values))]
    files["schema.json"] = json.dumps(schema).encode()


FORGERIES = (
    _damage_within,
    _numbers_of_an_array,
    _numbers_of_an_array,
    _array_of_another,
    _pickle_for_an_array,
    _hostile_name,
    _another_loader,
    _another_value,
)
CHANGES = damage.CHANGES


if __name__ == "__main__":
    main()
