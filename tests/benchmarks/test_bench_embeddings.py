import bench_embeddings
import numpy as np
import pytest
import soundfile
from onnx_models import dense_model


@pytest.fixture
def model(tmp_path):
    about = {"sample_rate": "16000"}
    return str(dense_model(tmp_path / "model.onnx", 16000, about=about)[0])


@pytest.fixture
def paths(tmp_path):
    rng = np.random.default_rng(0)
    paths = [str(tmp_path / f"{rate}.wav") for rate in (16_000, 22_050)]
    for path, rate in zip(paths, (16_000, 22_050), strict=True):
        soundfile.write(path, 0.1 * rng.normal(size=4 * rate), rate)
    return paths


def test_all_contenders_give_the_same(paths, model):
    session = bench_embeddings.opened(model)
    assert bench_embeddings.rate_and_length(session) == (16000, 16000)
    expected = bench_embeddings.loop(paths, session)
    assert expected.shape == (14, 3)  # windows at 0, 0.5, ... 3 s of two songs
    for n_jobs in (None, 2):
        found = bench_embeddings.ours(paths, session, model, n_jobs=n_jobs)
        np.testing.assert_allclose(found, expected, atol=1e-4)
    long = bench_embeddings.ours(paths, session, model, times=2)
    np.testing.assert_allclose(
        long, bench_embeddings.long_loop(paths, session), atol=1e-4
    )
    windows = bench_embeddings.read_alone(paths, session)
    alone = bench_embeddings.network_alone(windows, session)
    np.testing.assert_allclose(alone, expected, atol=1e-4)
    # Window by window a resampler begins anew, which sounds a little different.
    assert bench_embeddings.reload(paths[:1], session).shape == (7, 3)


def test_a_report_has_a_ratio_for_each_pair(paths, model, capsys):
    report = bench_embeddings.compare(model, paths, 1)
    assert set(report["ratios"]) == set(bench_embeddings.PAIRS)
    median = report["median_seconds"]
    assert report["ratios"]["loop / ours"] == median["loop"] / median["ours"]
    assert "ms/song" in capsys.readouterr().out
