import pytest

bench_cluster = pytest.importorskip("bench_cluster", exc_type=ImportError)


def test_simulation_of_few_songs_by_hand():
    # Two workers: 3 | 1, then 2 behind the 1, which is free first.
    assert bench_cluster.simulate([3, 1, 2], 2, 0.0) == 3.0
    assert bench_cluster.simulate([3, 1, 2], 1, 0.0) == 6.0
    # Hand-overs at 0, 10 and 20 keep everyone waiting.
    assert bench_cluster.simulate([3, 1, 2], 64, 10.0) == 22.0


def test_tracks_add_up_to_the_collection():
    lengths = bench_cluster.fma_lengths()
    assert len(lengths) == 106_574
    assert lengths.sum() == pytest.approx(343 * 86_400)


def test_summary_of_measured_seconds():
    # 2 s a song; a task costs 0.5 s of 1,000 on one worker, 0.25 s on two.
    report = bench_cluster.summarize(
        10, (20.0, 1000.0), {1: (21.0, 2000.0), 2: (11.0, 1000.0)}
    )
    assert report["core_seconds_per_minute_of_mp3"] == 2
    assert report["times_real_time_per_core"] == 30
    assert report["scheduler_seconds_per_task"] == 0.25
    assert report["measured_seconds"] == {1: 21.0, 2: 11.0}
    assert report["simulated_seconds"] == {1: 20.0, 2: 10.25}
