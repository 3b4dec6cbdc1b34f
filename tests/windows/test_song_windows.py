import pickle
from warnings import catch_warnings, simplefilter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing

from skgenre import FeatureStack, FrameWindower, FunctionFeaturizer, SongWindows
from skgenre.features import WindowTransformer

RATE = 100


def windows_of(counts):
    """Windows whose values tell the song and the window's place in it."""
    song = np.repeat(np.arange(len(counts)), counts)
    place = np.concatenate([np.zeros(0, int), *map(np.arange, counts)]).astype(int)
    return SongWindows(
        np.column_stack([song, place]),
        counts,
        song_ids=[f"song {i}" for i in range(len(counts))],
        starts=2.5 * place,
        window_seconds=5.0,
    )


@pytest.fixture(params=["eager", "lazy"])
def three_songs(request):
    """Songs of 2, 0 and 3 windows of 100 samples, in memory and read when asked."""
    rng = np.random.default_rng(0)
    waveforms = [rng.normal(size=n) for n in (150, 40, 210)]
    lazy = FrameWindower(1.0, sample_rate=RATE, short="drop").fit_transform(waveforms)
    with pytest.warns(UserWarning, match="1 of 3 songs"):
        eager = lazy.load()
    return eager if request.param == "eager" else lazy


counts_strategy = st.lists(st.integers(0, 4), min_size=1, max_size=8)


@given(counts_strategy, st.data())
def test_index_by_song_takes_whole_songs_in_the_order_asked(counts, data):
    w = windows_of(counts)
    positions = data.draw(
        st.lists(st.integers(-len(counts), len(counts) - 1), max_size=10)
    )
    taken = w[positions]
    expected = [w[i] for i in positions]
    assert len(taken) == len(positions)
    assert_array_equal(taken.counts, [len(song) for song in expected])
    for song, other in zip(taken, expected, strict=True):
        assert_array_equal(song, other)
    assert_array_equal(taken.song_ids, w.song_ids[np.array(positions, int)])
    assert_array_equal(taken.groups, np.repeat(np.arange(len(taken)), taken.counts))


@given(counts_strategy, st.data())
def test_every_kind_of_key_agrees(counts, data):
    w = windows_of(counts)
    mask = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(w), max_size=len(w)))
    )
    positions = np.flatnonzero(mask)
    assert w[mask] == w[positions] == w[mask, ...] == w[positions.tolist(), ...]
    assert w[list(mask)] == w[mask]
    assert _safe_indexing(w, positions) == w[positions]
    assert _safe_indexing(w, mask) == w[mask]
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(w))] * 2)))
    assert w[start:stop] == w[np.arange(start, stop)]
    assert w[::-1] == w[np.arange(len(w))[::-1]]


def test_a_slice_of_songs_is_a_view():
    w = windows_of([2, 1, 3])
    assert np.shares_memory(w[1:].values, w.values)


def test_lazy_equals_eager(three_songs):
    w = three_songs
    assert len(w) == w.shape[0] == 3
    assert w.window_shape == (100,)
    assert w.window_seconds == 1.0
    assert w.sample_rate == RATE
    # 2.1 s: windows at 0, 0.5 and 1 s; the next would end at 2.5 s.
    assert w[-1].shape == (3, 100)
    assert w[[2, 0]].n_windows == 5
    with catch_warnings(record=True):
        simplefilter("always")
        assert_array_equal(w.counts, [2, 0, 3])
        assert_array_equal(w.groups, [0, 0, 2, 2, 2])
        assert_array_equal(w.starts, [0, 0.5, 0, 0.5, 1])
        assert w.values.shape == (5, 100)
    assert list(w.errors) == [1]


@pytest.mark.parametrize(
    "key", [0, -1, slice(0, 2), [2, 0], np.array([True, False, True]), ([0], ...)]
)
def test_indexing_lazy_and_eager_gives_equal_results(key):
    rng = np.random.default_rng(1)
    waveforms = [rng.normal(size=n) for n in (150, 100, 210)]
    lazy = FrameWindower(1.0, sample_rate=RATE).fit_transform(waveforms)
    a, b = lazy[key], lazy.load()[key]
    if isinstance(a, SongWindows):
        assert a.is_lazy
        assert not b.is_lazy
        assert a == b
    else:
        assert_array_equal(a, b)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(protocol):
    w = windows_of([2, 0, 1])
    assert pickle.loads(pickle.dumps(w, protocol)) == w


def test_memory_mapped_values_stay_on_disk(tmp_path):
    values = np.lib.format.open_memmap(
        tmp_path / "w.npy", "w+", dtype=np.float32, shape=(6, 2)
    )
    values[:] = np.arange(12).reshape(6, 2)
    w = SongWindows(values, [4, 2])
    assert w.values is values
    assert isinstance(w[1], np.memmap)
    assert_array_equal(w[1], [[8, 9], [10, 11]])
    assert w[[1, 0]] == SongWindows(np.asarray(values), [4, 2])[[1, 0]]


@given(
    hnp.arrays(np.int64, st.integers(1, 20), elements=st.integers(0, 4)),
    st.sampled_from(["int", "str", "object", "float"]),
)
def test_from_arrays_keeps_rows_together_in_order_of_appearance(groups, kind):
    names = {
        "int": groups * 10,
        "str": np.array([f"s{g}" for g in groups]),
        "object": np.array([("s", int(g)) for g in groups] + [None], dtype=object)[:-1],
        "float": groups / 2,
    }[kind]
    values = np.arange(len(groups))[:, None]
    w, y = SongWindows.from_arrays(values, names, y=groups % 2 == 0)
    order = list(dict.fromkeys(groups.tolist()))
    assert len(w) == len(order) == len(y)
    for song, (g, label) in zip(w, zip(order, y, strict=True), strict=True):
        assert_array_equal(song[:, 0], np.flatnonzero(groups == g))
        assert label == (g % 2 == 0)
    assert_array_equal(w.values, values[w.rows])
    assert list(w.song_ids) == list(dict.fromkeys(names.tolist()))


def test_from_arrays_of_two_labels_in_one_song():
    with pytest.raises(ValueError, match=r"Song 'a' has 'rock' \(row 0\) and 'jazz'"):
        SongWindows.from_arrays(np.eye(2), ["a", "a"], y=["rock", "jazz"])


@pytest.mark.parametrize("missing", [None, np.nan])
def test_from_arrays_of_a_window_without_song(missing):
    groups = np.array(["a", missing], dtype=object)
    with pytest.raises(ValueError, match="row 1 is missing"):
        SongWindows.from_arrays(np.eye(2), groups)


@pytest.mark.parametrize(
    "other",
    [
        {"values": [[1.0], [2.0], [4.0]]},
        {"counts": [1, 2]},
        {"song_ids": ["a", "c"]},
        {"starts": [0.0, 1.0, 2.0]},
        {"ends": [5.0, 6.0, 9.0]},
        {"ends": None},
        {"window_weight": [1.0, 1.0, 0.5]},
        {"window_weight": None},
    ],
    ids=str,
)
def test_equal_is_what_is_equal_in_everything(other):
    given = {
        "values": [[1.0], [2.0], [3.0]],
        "counts": [2, 1],
        "song_ids": ["a", "b"],
        "starts": [0.0, 1.0, np.nan],
        "ends": [5.0, 6.0, 8.0],
        "window_weight": [1.0, 1.0, 0.0],
    }
    assert SongWindows(**given) == SongWindows(**given)
    assert SongWindows(**given) != SongWindows(**{**given, **other})


def test_loaded_is_all_that_was_stored(tmp_path):
    w = SongWindows(
        [[1.0], [2.0], [3.0]],
        [2, 0, 1],
        song_ids=["a", "lost", "b"],
        starts=[0.0, 1.0, 0.5],
        rows=[4, 2, 7],
        window_seconds=2.0,
        feature_names=["loudness"],
        errors={"lost": "It is silent."},
        ends=[2.0, 2.5, 2.5],
        window_weight=[1.0, 0.5, 2.0],
    )
    stored = w.save(tmp_path / "w.npy")
    for same in (stored, stored.load(), SongWindows.open(tmp_path / "w.npy").load()):
        assert same == w
        assert_array_equal(same.rows, [4, 2, 7])
        assert same.window_seconds == 2.0
        assert list(same.feature_names) == ["loudness"]
        assert same.errors == {"lost": "It is silent."}
    # Of songs that are taken alone, their own.
    some = stored[[2, 0]].load()
    assert_array_equal(some.rows, [7, 4, 2])
    assert_array_equal(some.starts, [0.5, 0.0, 1.0])
    assert_array_equal(some.window_weight, [2.0, 1.0, 0.5])
    assert some.errors == {}


def test_starts_and_weights_follow_rows_that_are_put_in_order():
    w, y = SongWindows.from_arrays(
        [[0], [1], [2]],
        ["b", "a", "b"],
        y=["rock", "jazz", "rock"],
        starts=[3.0, 0.0, 1.0],
        window_weight=[0.1, 0.2, 0.3],
    )
    assert_array_equal(w.values[:, 0], [2, 0, 1])
    assert_array_equal(w.starts, [1.0, 3.0, 0.0])
    assert_array_equal(w.window_weight, [0.3, 0.1, 0.2])
    assert_array_equal(y, ["rock", "jazz"])


def test_songs_outside_and_windows_inside_are_no_keys():
    w = windows_of([1, 2])
    for key in (2, -3):
        with pytest.raises(IndexError, match="of 2 songs does not exist"):
            w[key]
    with pytest.raises(IndexError, match="indexed by song only"):
        w[0, 1]


def test_expand_and_collapse_are_inverse():
    w = windows_of([2, 1, 3])
    assert_array_equal(w.expand(["a", "b", "c"]), ["a", "a", "b", "c", "c", "c"])
    assert_array_equal(w.collapse(w.expand(["a", "b", "c"])), ["a", "b", "c"])


def test_collapse_refuses_what_has_no_single_label():
    with pytest.raises(ValueError, match="Song 'song 1' has no window"):
        windows_of([2, 0, 3]).collapse(list("aabbb"))
    with pytest.raises(ValueError, match="Song 'song 1' has 'b'"):
        windows_of([2, 2]).collapse(list("aabc"))


def test_to_padded():
    values, mask = windows_of([1, 0, 2]).to_padded()
    assert_array_equal(mask, [[1, 0], [0, 0], [1, 1]])
    assert_array_equal(values, [[[0, 0], [0, 0]], [[0, 0], [0, 0]], [[2, 0], [2, 1]]])


def test_is_no_array():
    with pytest.raises(TypeError, match="goes into GroupVotingClassifier"):
        np.asarray(windows_of([1, 2]))


def test_b8_who_asks_for_columns_is_told_what_to_do():
    songs = windows_of([1, 2])
    assert songs.shape == (2,)
    assert songs.shape[0] == songs.shape[-1] == 2
    assert songs.shape[:1] == (2,)
    with pytest.raises(IndexError, match=r"permutation_importance, takes \.values"):
        songs.shape[1]


def test_repr_and_html():
    w = windows_of([1, 2])
    assert repr(w) == (
        "SongWindows(n_songs=2, n_windows=3, window_shape=(2,), dtype=int64)"
    )
    named = SongWindows(np.zeros((1, 1)), [1], song_ids=["<b>"])
    assert "&lt;b&gt;" in named._repr_html_()
    assert "... 4 more songs" in windows_of([1] * 9)._repr_html_()


def test_repr_of_lazy_windows_reads_nothing():
    w = FrameWindower().fit_transform(["no_such_file.wav"] * 7)
    assert repr(w) == "SongWindows(n_songs=7, window_shape=(110250,), lazy)"
    assert "no_such_file.wav" in w._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0]], [2]), "one row per window"),
        (([[1.0]], [-1, 2]), "0 or more"),
        (([[1.0]], [[1]]), "1-D array"),
        (([[1.0]], [1.0]), "numbers of windows"),
    ],
)
def test_wrong_counts(arguments, message):
    with pytest.raises(ValueError, match=message):
        SongWindows(np.array(arguments[0]), arguments[1])


def test_wrong_lengths():
    with pytest.raises(ValueError, match=r"'starts'.*expected shape \(2,\)"):
        SongWindows(np.eye(2), [2], starts=[0.0])
    with pytest.raises(ValueError, match=r"'song_ids'.*one value per song"):
        SongWindows(np.eye(2), [2], song_ids=["a", "b"])
    with pytest.raises(ValueError, match="'feature_names'"):
        SongWindows(np.eye(2), [2], feature_names=["a"])
    with pytest.raises(ValueError, match=r"'y'.*one value per song"):
        windows_of([2, 1]).expand([1, 2, 3])
    with pytest.raises(IndexError, match="Song 2 of 2"):
        windows_of([2, 1])[2]
    with pytest.raises(IndexError, match="indexed by song only"):
        windows_of([2, 1])[0, 1]


# -- ends and weights -----------------------------------------------------------------


def padded_songs():
    """Songs of 2.5 s and 0.3 s at 100 Hz in windows of 1 s, and one that fits."""
    rng = np.random.default_rng(0)
    songs = [rng.normal(size=n) for n in (250, 30, 200)]
    songs[2][150:] = 0
    windower = FrameWindower(
        1.0, hop_seconds=1.0, sample_rate=100, tail="pad", window_weight="heard"
    )
    return windower.fit_transform(songs)


WEIGHT = [1, 1, 0.5, 0.3, 1, 0.5]
ENDS = [1, 2, 2.5, 0.3, 1, 2]


def level(windows, sample_rate):
    return np.abs(windows).mean(axis=1, keepdims=True)


def features(tmp_path, **parameters):
    return FunctionFeaturizer(level, **parameters).fit_transform(padded_songs())


FORMS = {
    "lazy": lambda folder: padded_songs(),
    "loaded": lambda folder: padded_songs().load(),
    "pickled": lambda folder: pickle.loads(pickle.dumps(padded_songs())),
    "features": features,
    "stacked": lambda folder: FeatureStack(
        [("a", FunctionFeaturizer(level)), ("b", FunctionFeaturizer(level))]
    ).fit_transform(padded_songs()),
    "transformed": lambda folder: WindowTransformer(StandardScaler()).fit_transform(
        features(folder)
    ),
    "pickled features": lambda folder: pickle.loads(pickle.dumps(features(folder))),
    "saved": lambda folder: features(folder).save(folder / "saved.npy"),
    "output": lambda folder: features(folder, output=folder / "output.npy"),
    "opened": lambda folder: SongWindows.open(
        features(folder).save(folder / "saved.npy").source.path
    ),
    "saved and pickled": lambda folder: pickle.loads(
        pickle.dumps(features(folder).save(folder / "saved.npy"))
    ),
    "remembered": lambda folder: [
        features(folder, memory=folder / "cache") for _ in range(2)
    ][1],
}


@pytest.mark.parametrize("form", FORMS)
def test_ends_and_weights_stay_with_their_windows(form, tmp_path):
    windows = FORMS[form](tmp_path)
    assert_allclose(windows.window_weight, WEIGHT, rtol=1e-12)
    assert_allclose(windows.ends, ENDS, rtol=1e-12)
    some = windows[[2, 0]]
    assert_allclose(some.window_weight, [1, 0.5, 1, 1, 0.5], rtol=1e-12)
    assert_allclose(some.ends, [1, 2, 1, 2, 2.5], rtol=1e-12)
    assert_allclose(windows.load().ends, ENDS, rtol=1e-12)


def test_ends_and_weights_of_songs_put_together(tmp_path):
    windows = features(tmp_path)
    plain = SongWindows(
        np.ones((1, 1)), [1], starts=[0], window_seconds=1.0, feature_names=["level_0"]
    )
    plain.feature_names = windows.feature_names
    joined = SongWindows.concat([windows, plain])
    assert_allclose(joined.window_weight, [*WEIGHT, 1])
    assert_allclose(joined.ends, [*ENDS, 1])
    # The third song's windows stand behind the first's.
    patients = windows.regroup(["a", "b", "a"])
    assert_allclose(patients.window_weight, [1, 1, 0.5, 1, 0.5, 0.3])
    assert_allclose(patients.ends, [1, 2, 2.5, 1, 2, 0.3])


def test_weights_of_rows_in_any_order():
    w = SongWindows.from_arrays(
        [[1.0], [2.0], [3.0]], ["b", "a", "b"], window_weight=[0.1, 0.2, 0.3]
    )
    assert_array_equal(w.window_weight, [0.1, 0.3, 0.2])
    again = SongWindows.from_arrays([[1.0], [2.0], [3.0]], ["b", "a", "b"])
    assert w != again
    assert again.window_weight is None


def test_windows_that_are_whole_end_by_their_length():
    w = SongWindows(np.eye(2), [2], starts=[0, 2.5], window_seconds=5.0)
    assert_array_equal(w.ends, [5, 7.5])
    assert np.isnan(SongWindows(np.eye(2), [2]).ends).all()
    given = SongWindows(
        np.eye(2), [2], starts=[0, 2.5], window_seconds=5.0, ends=[5, 6.0]
    )
    assert_array_equal(given.ends, [5, 6])
    assert given.to_frame()["end"].tolist() == [5, 6]


def test_wrong_weights_are_refused():
    with pytest.raises(ValueError, match=r"expected shape \(2,\). Got shape \(3,\)"):
        SongWindows(np.eye(2), [2], window_weight=[1, 1, 1])
    with pytest.raises(ValueError, match="Got window_weight=-1"):
        SongWindows(np.eye(2), [2], window_weight=[1, -1])
