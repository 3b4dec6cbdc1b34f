import bench_search
import numpy as np

from skgenre.voting._rules import VOTINGS


def test_songs_are_a_minute_of_windows():
    songs, y = bench_search.make_songs(6)
    assert songs.counts.tolist() == [23] * 6
    assert songs.starts[:3].tolist() == [0, 2.5, 5]
    assert sorted(np.unique(y)) == ["classical", "jazz", "rock"]


def test_each_search_over_eight_has_eight_votings():
    assert len(VOTINGS) == 7
    for label, (votings, cached) in bench_search.SEARCHES.items():
        assert len(votings) == int(label[0])
        assert cached == ("memory" in label)
    assert set(bench_search.RATIOS) | set(bench_search.ONCE) <= set(
        bench_search.SEARCHES
    )


def test_a_search_with_and_without_a_memory(tmp_path):
    songs, y = bench_search.make_songs(15)
    estimator = bench_search.CLASSIFIERS["logistic regression"]
    bench_search.search(estimator, ["mean"], None, songs, y)
    assert not list(tmp_path.iterdir())
    for _ in range(2):
        bench_search.search(estimator, ["mean"], tmp_path, songs, y)
    # Each starts with an empty one.
    assert len(list(tmp_path.iterdir())) == 2
