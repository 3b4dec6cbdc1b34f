from pathlib import Path

import bench_cache
import numpy as np
import pytest
from measure import Seconds

from skgenre import SongWindows


def test_links_are_other_names_of_the_same_files(tmp_path):
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        file.write_text(file.name)
    paths = bench_cache.links(files, tmp_path, 3)
    assert [Path(path).read_text() for path in paths] == ["a", "b", "a"]
    assert files[0].stat().st_nlink == 3


def test_milliseconds_of_a_song():
    features = SongWindows(np.zeros((4, 2)), [2, 2])
    warm = [Seconds(wall, 0) for wall in (0.004, 0.002, 0.012)]
    found = bench_cache.summarize(features, Seconds(2.0, 0), warm)
    assert found.pop("warm_ms_per_song_range") == pytest.approx([1.0, 6.0])
    assert found == pytest.approx(
        {
            "n_songs": 2,
            "windows_per_song": 2,
            "cold_ms_per_song": 1000.0,
            "warm_ms_per_song": 2.0,
        }
    )
