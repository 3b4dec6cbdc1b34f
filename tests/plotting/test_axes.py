import subprocess
import sys
from itertools import pairwise

import matplotlib.pyplot as plt
import pytest

from skgenre.plotting._axes import axes_or_new, legend_above, rule_along, split_rows


def test_import_does_not_load_matplotlib():
    code = (
        "import sys, skgenre.plotting, skgenre.model_selection, skgenre.cli\n"
        "loaded = {'matplotlib', 'librosa', 'typer', 'tensorflow'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_given_axes_are_kept():
    _, ax = plt.subplots()
    assert axes_or_new(ax, size=(3, 2), caller="X") is ax
    assert len(plt.get_fignums()) == 1


def test_new_axes_are_in_a_figure_of_the_size():
    ax = axes_or_new(None, size=(3, 2), caller="X")
    assert ax.figure.get_size_inches().tolist() == [3, 2]
    assert ax.figure.axes == [ax]


def test_without_matplotlib_it_says_which_extra_brings_it(monkeypatch):
    _, ax = plt.subplots()
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    for given in (None, ax):
        with pytest.raises(ModuleNotFoundError, match="matplotlib"):
            axes_or_new(given, size=(3, 2), caller="LeakageDisplay")


def test_lines_run_along_the_values():
    _, ax = plt.subplots()
    rule_along(ax, axis="y", bare=["top", "right"])
    visible = {side for side, spine in ax.spines.items() if spine.get_visible()}
    assert visible == {"left", "bottom"}
    assert ax.yaxis.get_tick_params()["gridOn"]
    assert not ax.xaxis.get_tick_params().get("gridOn")
    assert ax.xaxis.get_tick_params()["length"] == 0
    assert ax.get_axisbelow()


def test_legend_stands_above():
    _, ax = plt.subplots()
    ax.plot([0, 1], label="songs")
    legend_above(ax, ncols=2)
    ax.figure.canvas.draw()
    box = ax.get_legend().get_window_extent()
    assert box.y0 >= ax.get_window_extent().y1


@pytest.mark.parametrize("layout", ["constrained", None])
@pytest.mark.parametrize("by_hand", [False, True])
def test_rows_lie_where_the_axes_were(layout, by_hand):
    figure = plt.figure(layout=None if by_hand else layout)
    if by_hand:
        left, ax = (
            figure.add_axes((0, 0.1, 0.4, 0.8)),
            figure.add_axes((0.5, 0.1, 0.4, 0.8)),
        )
    else:
        left, ax = figure.subplots(1, 2)
    figure.canvas.draw()
    before, other = ax.get_position(), left.get_position()
    rows = split_rows(ax, [1.0, 2.0, 1.0], 1)
    figure.canvas.draw()
    assert rows[1] is ax
    boxes = [row.get_position() for row in rows]
    assert all(above.y0 >= under.y1 for above, under in pairwise(boxes))
    assert boxes[0].y1 == pytest.approx(before.y1, abs=0.02)
    assert boxes[2].y0 == pytest.approx(before.y0, abs=0.03)
    assert boxes[1].height == pytest.approx(2 * boxes[0].height, rel=0.2)
    assert left.get_position().height == pytest.approx(other.height, abs=0.02)
    # Seconds stand below the last row, and are the same in all.
    ax.set_xlim(3, 4)
    assert rows[0].get_xlim() == rows[2].get_xlim() == (3, 4)
    shown = [row.xaxis.get_major_ticks()[0].label1.get_visible() for row in rows]
    assert shown == [False, False, True]


def test_one_row_is_the_axes():
    _, ax = plt.subplots()
    assert split_rows(ax, [1.0], 0) == [ax]
