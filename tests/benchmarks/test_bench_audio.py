import bench_audio
import numpy as np
import pytest
import soundfile

from skgenre.audio import _isolated


@pytest.fixture
def paths(tmp_path):
    rng = np.random.default_rng(0)
    paths = [str(tmp_path / f"{rate}.wav") for rate in (44_100, 22_050)]
    for path, rate in zip(paths, (44_100, 22_050), strict=True):
        soundfile.write(path, 0.1 * rng.normal(size=(13 * rate, 2)), rate)
    return paths


def test_the_loop_and_ours_agree(paths):
    # 13 s: windows at 0, 2.5, 5 and 7.5 s.
    assert bench_audio.loop(paths).shape == (8, 13, 216)
    difference = np.abs(bench_audio.loop(paths) - bench_audio.ours(paths)).max()
    assert difference < bench_audio.TOLERANCE
    bench_audio.decode(paths)


def test_a_report_has_a_ratio_for_each_pair(paths, capsys):
    result = bench_audio.compare("wav", 44_100, paths, 1)
    median = result["median_seconds_per_song"]
    assert result["ratios"]["loop / ours"] == median["loop"] / median["ours"]
    assert "loop / ours" in capsys.readouterr().out


def test_isolated_files_give_the_same_bits_and_a_ratio(paths):
    result = bench_audio.compare_isolated(paths[:1], 1)
    seconds = result["median_seconds_per_song"]
    assert result["ratio"] == seconds["isolated"] / seconds["here"]
    clip = bench_audio.clip_of(paths[0])
    assert soundfile.info(clip).duration == 5
    assert 0 < bench_audio.seconds_of_a_start(clip) < 60
    while _isolated._FREE:
        _isolated._FREE.pop().end()


def test_two_threads_give_the_same_bits(paths):
    one = bench_audio.with_jobs("threading", 1, paths)
    np.testing.assert_array_equal(bench_audio.with_jobs("threading", 2, paths), one)
