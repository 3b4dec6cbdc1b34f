import bench_mfcc
import numpy as np
import pytest
from measure import Seconds, differences


def test_windows_overlap_by_half():
    song = np.arange(60 * 22_050)
    windows = bench_mfcc.windows_of(song)
    assert windows.shape == (23, 110_250)
    assert windows[1, 0] == 55_125


def test_milliseconds_by_hand():
    measured = [Seconds(0.002, 0.001), Seconds(0.004, 0.003), Seconds(0.009, 0.002)]
    assert bench_mfcc.milliseconds(measured, np.array([0.008, 0.001])) == {
        "wall_ms": 4.0,
        "cpu_ms": 2.0,
        "best_cpu_ms": 1.0,
        "wall_times_the_loop": 2.0,
        "cpu_times_the_loop": 0.5,
    }


@pytest.mark.slow
@pytest.mark.parametrize("n_fft", [1024, 2048])
def test_contenders_agree(n_fft):
    windows = np.random.default_rng(0).normal(size=(2, 110_250)).astype(np.float32)
    contenders = bench_mfcc.make_contenders(n_fft)
    assert set(contenders) <= set(bench_mfcc.TOLERANCE)
    tolerances = bench_mfcc.TOLERANCE
    inputs = [(windows,)]
    differences(contenders, bench_mfcc.LOOP, tolerances=tolerances, inputs=inputs)
