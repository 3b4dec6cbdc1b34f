import numpy as np
import pytest
from drawn import assert_words_are_apart
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import StandardScaler

from skgenre import SongWindows
from skgenre.plotting import WindowMapDisplay


def many(n_classes, n_songs, n_windows=4):
    rng = np.random.default_rng(0)
    y = np.array([f"a class with a long name {i % n_classes}" for i in range(n_songs)])
    values = rng.normal(size=(n_songs * n_windows, 5))
    values[:, 0] += np.repeat(np.arange(n_songs) % n_classes, n_windows)
    ids = [f"songs/Title {i}.wav" for i in range(n_songs)]
    return SongWindows(values, [n_windows] * n_songs, song_ids=ids), y


def drawn_points(display, size):
    lines = [line for line in display.ax_.lines if line.get_markersize() == size]
    return np.concatenate([np.c_[line.get_data()] for line in lines])


def test_points_are_those_of_pca(songs):
    windows, y = songs
    display = WindowMapDisplay.from_windows(windows, y)
    scaled = StandardScaler().fit_transform(windows.values)
    pca = PCA(2).fit(scaled)
    # Signs of components are free, but scikit-learn fixes them.
    np.testing.assert_allclose(display.points, pca.transform(scaled), atol=1e-9)
    share = 100 * pca.explained_variance_ratio_[0]
    assert display.ax_.get_xlabel() == (
        f"first principal component ({share:.0f} % of variance)"
    )
    drawn = drawn_points(display, 4)
    np.testing.assert_allclose(np.sort(drawn, axis=0), np.sort(display.points, axis=0))


def test_lines_join_each_window_with_the_middle_of_its_song(songs):
    windows, y = songs
    display = WindowMapDisplay.from_windows(windows, y)
    middles = np.stack(
        [display.points[i : i + 5].mean(axis=0) for i in range(0, 100, 5)]
    )
    spokes = np.concatenate([c.get_segments() for c in display.ax_.collections])
    assert len(spokes) == 100
    jazz = np.repeat(middles[y == "jazz"], 5, axis=0)
    np.testing.assert_allclose(spokes[:50, 0], jazz)
    np.testing.assert_allclose(
        np.sort(drawn_points(display, 7), axis=0), np.sort(middles, axis=0)
    )


@pytest.mark.parametrize(("n_classes", "n_songs"), [(2, 2), (10, 40), (50, 100)])
def test_words_are_apart_and_looks_differ(n_classes, n_songs):
    windows, y = many(n_classes, n_songs)
    display = WindowMapDisplay.from_windows(windows, y, mark=[0])
    assert_words_are_apart(display.figure_)
    assert display.figure_.get_figwidth() < 7
    handles = display.ax_.get_legend().legend_handles
    looks = {(h.get_color(), h.get_marker()) for h in handles}
    assert len(looks) == n_classes
    # Never by colour alone.
    assert len({marker for _, marker in looks}) == min(n_classes, 12)
    assert "Title 0" in [text.get_text() for text in display.ax_.texts]


def test_windows_with_nan_and_songs_without_windows_are_told():
    values = np.random.default_rng(0).normal(size=(9, 3))
    values[[1, 4]] = np.nan
    windows = SongWindows(values, [3, 0, 3, 3])
    display = WindowMapDisplay.from_windows(windows, list("abab"))
    assert display.n_left_out == 2
    assert np.isnan(display.points[[1, 4]]).all()
    assert display.ax_.get_title(loc="left") == (
        "7 windows of 3 songs\n2 with NaN are not drawn\n1 song has no windows"
    )
    display.figure_.canvas.draw()


def test_of_too_many_windows_some_are_drawn_and_it_is_said():
    windows, y = many(2, 30)
    display = WindowMapDisplay.from_windows(windows, y, max_windows=50)
    assert len(display.points) == 50
    assert "50 windows" in display.ax_.get_title(loc="left")
    assert "drawn by lot from 120 windows" in display.ax_.get_title(loc="left")
    again = WindowMapDisplay.from_windows(windows, y, max_windows=50)
    np.testing.assert_array_equal(display.points, again.points)


@pytest.mark.parametrize(
    ("method", "name"),
    [("tsne", "t-SNE"), (LinearDiscriminantAnalysis(n_components=2), "LinearDiscrim")],
)
def test_other_ways(method, name):
    windows, y = many(3, 9)
    display = WindowMapDisplay.from_windows(windows, y, method=method)
    assert display.points.shape == (36, 2)
    assert display.ax_.get_xlabel().startswith(name)
    assert np.isfinite(display.points).all()


def test_arrays_and_images_and_one_feature():
    rng = np.random.default_rng(0)
    images = rng.normal(size=(12, 3, 4))
    display = WindowMapDisplay.from_windows(
        images, ["b", "a", "b"], groups=np.repeat([7, 3, 5], 4)
    )
    # The first song is that of the first window.
    np.testing.assert_array_equal(display.groups, np.repeat([0, 1, 2], 4))
    assert display.points.shape == (12, 2)
    single = WindowMapDisplay.from_windows(rng.normal(size=(5, 1)), list("ababa"))
    assert (single.points[:, 1] == 0).all()


def test_errors(songs):
    windows, y = songs
    with pytest.raises(ValueError, match="Got method='umap', but expected"):
        WindowMapDisplay.from_windows(windows, y, method="umap")
    with pytest.raises(ValueError, match=r"Got PCA that gives shape \(100, 1\)"):
        WindowMapDisplay.from_windows(windows, y, method=PCA(1))
    with pytest.raises(ValueError, match="Got 2 windows without NaN"):
        WindowMapDisplay.from_windows([[0.0], [1.0]], ["a", "b"])
    with pytest.raises(ValueError, match="Got mark=20"):
        WindowMapDisplay.from_windows(windows, y, mark=[20])
    with pytest.raises(ValueError, match=r"Got points of shape \(3,\)"):
        WindowMapDisplay([1, 2, 3], [0, 0, 0], ["a"])
    with pytest.raises(ValueError, match="Got groups from 0 to 1, but expected"):
        WindowMapDisplay([[1, 2], [3, 4]], [0, 1], ["a"])
