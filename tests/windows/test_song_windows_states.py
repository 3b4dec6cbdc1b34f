"""SongWindows beside a plain list of songs, through any sequence of what it can do."""

import pickle
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from numpy.testing import assert_array_equal

from skgenre import SongWindows

WIDTH = 3


@dataclass(frozen=True)
class Plain:
    """A song as anybody would keep it."""

    name: str
    windows: np.ndarray  # (n_windows, WIDTH)
    starts: np.ndarray  # (n_windows,)
    weight: np.ndarray  # (n_windows,)


def drawn(seed, sizes):
    rng = np.random.default_rng(seed)
    return [
        Plain(
            f"song {seed} {i}",
            rng.normal(size=(n, WIDTH)).astype(np.float32),
            np.sort(rng.uniform(0, 60, n)).round(2),
            rng.uniform(0, 1, n).round(2),
        )
        for i, n in enumerate(sizes)
    ]


def joined(parts, width=None):
    empty = np.zeros((0,) if width is None else (0, width), np.float32)
    return np.concatenate([empty, *parts])


def container(songs):
    return SongWindows(
        joined([song.windows for song in songs], WIDTH),
        [len(song.windows) for song in songs],
        song_ids=np.array([song.name for song in songs], dtype=object),
        starts=joined([song.starts for song in songs]),
        window_weight=joined([song.weight for song in songs]),
        window_seconds=1.0,
        feature_names=[f"x{i}" for i in range(WIDTH)],
    )


SIZES = st.lists(st.integers(0, 4), min_size=1, max_size=5)


class Container(RuleBasedStateMachine):
    """What is done to the one is done to the other."""

    @initialize(sizes=SIZES)
    def begin(self, sizes):
        self.folder = Path(tempfile.mkdtemp())
        self.n_files = self.n_drawn = 0
        self.plain = drawn(0, sizes)
        self.windows = container(self.plain)

    def teardown(self):
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @property
    def has_own_names(self):
        names = [song.name for song in self.plain]
        return len(set(names)) == len(names)

    def choose(self, key, positions):
        self.windows = self.windows[key]
        self.plain = [self.plain[i] for i in positions]

    # -- some of the songs --

    @rule(
        start=st.integers(-4, 4),
        stop=st.integers(-4, 6),
        step=st.sampled_from([1, 2, -1]),
    )
    def slice(self, start, stop, step):
        key = slice(start, stop, step)
        self.choose(key, range(len(self.plain))[key])

    @rule(data=st.data())
    def mask(self, data):
        n = len(self.plain)
        key = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), bool)
        self.choose(key, np.flatnonzero(key))

    @rule(data=st.data())
    def take_with_repeats(self, data):
        n = len(self.plain)
        if n:
            key = data.draw(st.lists(st.integers(-n, n - 1), max_size=6))
            self.choose(np.array(key, dtype=int), key)

    # -- the same songs, kept otherwise --

    @rule()
    def pickle(self):
        self.windows = pickle.loads(pickle.dumps(self.windows))

    @rule()
    def load(self):
        self.windows = self.windows.load()

    @rule(opened=st.booleans())
    def save(self, opened):
        if not self.has_own_names or not self.plain:
            return
        path = self.folder / f"{self.n_files}.npy"
        self.n_files += 1
        stored = self.windows.save(path)
        self.windows = SongWindows.open(path) if opened else stored

    @rule()
    def to_frame_and_back(self):
        pytest.importorskip("pandas")
        table = self.windows.to_frame()
        assert table["song"].tolist() == [
            song.name for song in self.plain for _ in song.windows
        ]
        assert_array_equal(table["start"], joined([s.starts for s in self.plain]))
        if not self.has_own_names or not len(table):
            return
        again = SongWindows.from_frame(table, song="song", start="start", end="end")
        # A table has no rows of songs without windows.
        heard = [song for song in self.plain if len(song.windows)]
        assert again.song_ids.tolist() == [song.name for song in heard]
        # Windows of songs that were made of several come in the order of time.
        ordered = [s.windows[np.argsort(s.starts, kind="stable")] for s in heard]
        assert_array_equal(again.values, joined(ordered, WIDTH))

    # -- other songs --

    @rule(sizes=SIZES)
    def concat(self, sizes):
        if not self.has_own_names:
            return
        self.n_drawn += 1
        more = drawn(self.n_drawn, sizes)
        self.windows = SongWindows.concat([self.windows, container(more)])
        self.plain = [*self.plain, *more]

    @rule(data=st.data())
    def regroup(self, data):
        n = len(self.plain)
        if not n or not self.has_own_names:
            return
        names = data.draw(
            st.lists(st.sampled_from(["a", "b", "c"]), min_size=n, max_size=n)
        )
        self.windows = self.windows.regroup(names)
        grouped = []
        for name in dict.fromkeys(names):
            own = [s for s, k in zip(self.plain, names, strict=True) if k == name]
            song = replace(
                own[0],
                name=name,
                windows=joined([s.windows for s in own], WIDTH),
                starts=joined([s.starts for s in own]),
                weight=joined([s.weight for s in own]),
            )
            grouped.append(song)
        # Later draws have names of their own; these are given again at the next time.
        self.n_drawn += 1
        self.plain = grouped

    # -- both are the same --

    @invariant()
    def same(self):
        if not hasattr(self, "plain"):
            return
        windows, plain = self.windows, self.plain
        sizes = [len(song.windows) for song in plain]
        starts = joined([song.starts for song in plain])
        assert len(windows) == len(plain)
        assert windows.song_ids.tolist() == [song.name for song in plain]
        assert windows.counts.tolist() == sizes
        assert windows.n_windows == sum(sizes)
        assert_array_equal(
            windows.values, joined([song.windows for song in plain], WIDTH)
        )
        assert windows.values.dtype == np.float32
        assert_array_equal(windows.starts, starts)
        assert_array_equal(windows.ends, starts + 1.0)
        assert_array_equal(
            windows.window_weight, joined([song.weight for song in plain])
        )
        assert windows.groups.tolist() == np.repeat(range(len(plain)), sizes).tolist()
        assert windows.feature_names.tolist() == ["x0", "x1", "x2"]
        assert windows.window_seconds == 1.0
        for own, song in zip(windows, plain, strict=True):
            assert_array_equal(own, song.windows)

    @invariant()
    def padded_and_labels(self):
        if not hasattr(self, "plain"):
            return
        values, mask = self.windows.to_padded()
        for row, there, song in zip(values, mask, self.plain, strict=True):
            assert_array_equal(row[there], song.windows)
            assert not row[~there].any()
        y = np.arange(len(self.plain))
        expanded = self.windows.expand(y)
        assert_array_equal(expanded, self.windows.groups)
        if all(len(song.windows) for song in self.plain):
            assert_array_equal(self.windows.collapse(expanded), y)


Container.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestContainer = Container.TestCase
