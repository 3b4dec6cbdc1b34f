import matplotlib.pyplot as plt
import numpy as np
from numpy.testing import assert_allclose

from skgenre.plotting._stack import (
    deciding_handle,
    draw_stack,
    legend_names,
    main_classes,
    name_bands,
    stack_bands,
)


def test_up_to_ten_classes_are_all_drawn():
    assert main_classes(np.full((3, 10), 0.1), []) == list(range(10))


def test_of_more_classes_the_likeliest_nine():
    proba = np.full((2, 50), 0.01)
    likely = [3, 7, 8, 20, 21, 22, 30, 49]
    proba[0, likely] = 0.1
    # The verdict is drawn, however unlikely any window finds it.
    assert main_classes(proba, [1]) == sorted([1, *likely])


def test_the_rest_is_one_band_of_its_sum():
    proba = np.random.default_rng(0).dirichlet(np.ones(50), size=4)
    heights, names, styles = stack_bands(proba, range(50), [4, 9])
    assert names == ["4", "9", "48 others"]
    assert len(styles) == 3
    assert_allclose(heights.sum(axis=1), 1)
    assert_allclose(heights[:, :2], proba[:, [4, 9]])


def test_gaps_stay_empty():
    _, ax = plt.subplots()
    heights = np.array([[0.3, 0.7], [np.nan, np.nan], [0.6, 0.4]])
    styles = [{"facecolor": "#000000"}, {"facecolor": "#FFFFFF"}]
    bands = draw_stack(ax, heights, np.array([0.0, 1, 2, 3]), styles)
    for band, expected in zip(bands, heights.T, strict=True):
        data = band.get_data()
        assert_allclose(data.values - data.baseline, expected)
    assert draw_stack(ax, np.zeros((0, 2)), np.zeros(1), styles) == []


def named(heights, edges, names, size=(8, 3)):
    _, ax = plt.subplots(figsize=size)
    styles = [{"facecolor": "#332288"}, {"facecolor": "#F0E442"}]
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, 1))
    name_bands(ax, np.array(heights), np.array(edges, float), names, styles)
    return {t.get_text(): (t.get_position(), t.get_color()) for t in ax.texts}


def test_classes_are_named_where_they_are_the_likeliest():
    found = named([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8]], [0, 1, 2, 3], ["jazz", "rock"])
    # In the middle of its longest stretch, where it is drawn throughout; ink that is
    # read on its colour.
    assert found["jazz"] == ((1.0, 0.4), "white")
    assert found["rock"] == ((2.5, 0.6), "black")


def test_names_that_do_not_fit_are_left_to_the_legend():
    edges, heights = [0, 9, 10], [[0.9, 0.1], [0.1, 0.9]]
    assert set(named(heights, edges, ["jazz", "rock"], size=(3, 2))) == {"jazz"}
    assert not named(heights, edges, ["x" * 90, "y" * 90])


def test_names_in_a_legend_are_short():
    few = legend_names(["Contemporary Christian Music of the Nineties", "jazz"])
    assert few[1] == "jazz"
    assert max(map(len, few[0].split("\n"))) <= 20
    many = legend_names([f"Contemporary Christian Music {i}" for i in range(9)])
    assert len(set(many)) == 9
    assert all(len(name) <= 20 and "\n" not in name for name in many)


def test_a_bar_stands_for_what_decided():
    assert deciding_handle().get_color() == "black"
