from skgenre.prediction._events import joined
from skgenre.prediction._verdicts import Event
from skgenre.voting._events import Stretch


def test_the_largest_share_comes_first():
    events = joined([Stretch(0, 5, 1.0, 1), Stretch(7, 9, 3.0, 2)], total=8.0)
    assert events == (Event(7, 9, 0.375), Event(0, 5, 0.125))


def test_stretches_of_several_parts_join_where_they_overlap():
    parts = [Stretch(0, 10, 1.0, 3), Stretch(20, 25, 1.0, 1), Stretch(8, 12, 2.0, 2)]
    assert joined(parts, total=4.0) == (Event(0, 12, 0.75), Event(20, 25, 0.25))


def test_those_that_touch_stay_apart():
    parts = [Stretch(0, 5, 1.0, 1), Stretch(5, 10, 1.0, 1)]
    assert joined(parts, total=2.0) == (Event(0, 5, 0.5), Event(5, 10, 0.5))


def test_none():
    assert joined([], total=0.0) == ()
