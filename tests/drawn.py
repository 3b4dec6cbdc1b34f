"""What a picture shows, read back from it."""

import matplotlib as mpl
import numpy as np


def heights(display):
    """Height of each class over time, from what was drawn."""
    steps = [p for p in display.ax_.patches if p.get_fill()]
    return np.column_stack([p.get_data().values - p.get_data().baseline for p in steps])


def texts(display):
    return [text.get_text() for text in display.ax_.texts] + [
        display.ax_.get_title(loc="left").strip()
    ]


def boxes(figure):
    """Where the words of a figure are, in pixels."""
    figure.canvas.draw()
    # Numbers beside the visible range of an axis exist, but are not drawn.
    undrawn = {
        label
        for ax in figure.findobj(mpl.axes.Axes)
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not np.isclose(
            np.clip(tick.get_loc(), *sorted(axis.get_view_interval())), tick.get_loc()
        )
    }
    found = []
    for text in figure.findobj(mpl.text.Text):
        if text.get_visible() and text.get_text().strip() and text not in undrawn:
            box = text.get_window_extent()
            if box.width and box.height:
                found.append((text.get_text().strip(), box))
    return found


def assert_words_are_apart(figure):
    found = boxes(figure)
    for i, (one, a) in enumerate(found):
        assert a.x0 > -1, one
        assert a.x1 < figure.bbox.x1 + 1, one
        for other, b in found[i + 1 :]:
            assert not a.overlaps(b), (one, other)
