import importlib.metadata
import json
from pathlib import Path

import numpy as np
import pytest
from embedding_files import musicnn_variables
from original_musicnn import run_original

from skgenre.embeddings._checkpoint import read_variables
from skgenre.embeddings._musicnn import build_musicnn

pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
librosa = pytest.importorskip("librosa")

LAYERS = ["pools", "mean_pool", "max_pool", "penultimate", "logits", "tags"]


def run(model, waves):
    session = ort.InferenceSession(model)
    assert [output.name for output in session.get_outputs()] == LAYERS
    return dict(zip(LAYERS, session.run(LAYERS, {"waveform": waves}), strict=True))


def images_of(waves):
    """Log-mel spectra as ``musicnn/extractor.py`` makes them, in single precision."""
    mel = librosa.feature.melspectrogram(
        y=waves, sr=16_000, n_fft=512, hop_length=256, n_mels=96
    )
    n_frames = waves.shape[1] // 256  # as many as need no sample behind the last
    return np.log10(10_000 * mel.swapaxes(1, 2)[:, :n_frames] + 1)


# -- slowly, by the table of layers ---------------------------------------------------


def norm(variables, number, values):
    name = "batch_normalization" + (f"_{number}" if number else "")
    gamma, beta, mean, variance = (
        variables[f"{name}/{part}"]
        for part in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    return gamma * (values - mean) / np.sqrt(variance + 1e-3) + beta


def convolved(variables, number, image, above, below):
    """Image (T, F, channels in), each sum written out; channels come last."""
    name = "conv2d" + (f"_{number}" if number else "")
    kernel, bias = variables[f"{name}/kernel"], variables[f"{name}/bias"]
    padded = np.pad(image, [(above, below), (0, 0), (0, 0)])
    high, wide = kernel.shape[:2]
    n_times = padded.shape[0] - high + 1
    n_bands = padded.shape[1] - wide + 1
    out = np.zeros((n_times, n_bands, kernel.shape[3])) + bias
    for i in range(high):
        for j in range(wide):
            out += padded[i : i + n_times, j : j + n_bands] @ kernel[i, j]
    return np.maximum(out, 0)


def by_hand(variables, image):
    normed = norm(variables, 0, image[:, :, None])
    pads = [(3, 3), (3, 3), (63, 64), (31, 32), (15, 16)]
    front = np.concatenate(
        [
            norm(variables, i + 1, convolved(variables, i, normed, *pad)).max(axis=1)
            for i, pad in enumerate(pads)
        ],
        axis=1,
    )  # (T, channels)
    parts, last = [front], front
    for i in (5, 6, 7):
        heard = convolved(variables, i, last[:, :, None], 3, 3)[:, 0]
        made = norm(variables, i + 1, heard)
        last = made if i == 5 else made + last
        parts.append(last)
    joined = np.concatenate(parts, axis=1)
    flat = np.stack([joined.max(axis=0), joined.mean(axis=0)], axis=1).ravel()
    dense = norm(variables, 9, flat) @ variables["dense/kernel"]
    penultimate = norm(variables, 10, np.maximum(dense + variables["dense/bias"], 0))
    logits = penultimate @ variables["dense_1/kernel"] + variables["dense_1/bias"]
    return joined.mean(axis=0), joined.max(axis=0), penultimate, logits


@pytest.mark.parametrize("n_samples", [48_000, 80_000, 20_000])
def test_equals_the_layers_written_out(n_samples):
    variables = musicnn_variables(timbre=6)
    # Both kinds of scale, as only one of them turns the highest into the lowest.
    assert 0 < np.mean(variables["batch_normalization_1/gamma"] > 0) < 1
    noise = np.random.default_rng(1).normal(size=(2, n_samples))
    waves = noise.astype(np.float32) / 8
    waves[1] *= np.sin(np.arange(n_samples) / 9)
    found = run(build_musicnn(variables, {}), waves)
    for i, image in enumerate(images_of(waves)):
        mean, highest, penultimate, logits = by_hand(variables, image)
        np.testing.assert_allclose(found["mean_pool"][i], mean, atol=2e-4)
        np.testing.assert_allclose(found["max_pool"][i], highest, atol=2e-4)
        np.testing.assert_allclose(found["penultimate"][i], penultimate, atol=1e-3)
        np.testing.assert_allclose(found["logits"][i], logits, atol=2e-3)
        tags = 1 / (1 + np.exp(-found["logits"][i]))
        np.testing.assert_allclose(found["tags"][i], tags, atol=1e-6)
    pools = np.concatenate([found["mean_pool"], found["max_pool"]], axis=1)
    np.testing.assert_array_equal(found["pools"], pools)


def test_silence_has_finite_features():
    found = run(build_musicnn(musicnn_variables(), {}), np.zeros((1, 48_000), "f"))
    assert all(np.isfinite(values).all() for values in found.values())


def test_units_that_never_fire_have_the_same_mean_everywhere():
    """To the last bit: scaling would blow up what rounding leaves."""
    variables = musicnn_variables(timbre=6)
    for number in range(8):
        variables["conv2d" + (f"_{number}" if number else "") + "/bias"][0] = -1e4
    waves = np.random.default_rng(0).normal(size=(5, 48_000)).astype(np.float32)
    found = run(build_musicnn(variables, {}), waves)["mean_pool"]
    # First of each layer: of 6, 6, 2, 2 and 2 channels, and of 2 three times.
    dead = [0, 6, 12, 14, 16, 18, 20, 22]
    assert (found[:, dead] == found[0, dead]).all()
    assert (found != found[0]).any()


def test_the_file_says_what_it_is_and_is_the_same_each_time():
    variables = musicnn_variables(timbre=6)
    about = {"name": "toy", "license": "ISC", "labels": ["a", "b"]}
    model = build_musicnn(variables, about)
    assert model == build_musicnn(dict(reversed(variables.items())), about)
    said = ort.InferenceSession(model).get_modelmeta().custom_metadata_map
    assert said["name"], said["license"] == ("toy", "ISC")
    assert json.loads(said["labels"]) == ["a", "b"]
    assert (said["sample_rate"], said["seconds"]) == ("16000", "3")


# -- the original ---------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["MSD_musicnn", "MTT_musicnn"])
def test_equals_the_original_graph_on_ten_real_songs(folder, data_dir):
    pytest.importorskip("tensorflow")
    try:
        package = importlib.metadata.distribution("musicnn")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("musicnn is not installed")
    place = Path(str(package.locate_file(f"musicnn/{folder}")))
    songs = sorted((data_dir / "gtzan3" / "audio").rglob("*.ogg"))[::20][:10]
    assert len(songs) == 10
    waves = np.stack(
        [
            librosa.load(song, sr=16_000, offset=5, duration=3.1)[0][:48_000]
            for song in songs
        ]
    )
    expected = run_original(place, images_of(waves))
    data = (place / ".data-00000-of-00001").read_bytes()
    variables = read_variables((place / ".index").read_bytes(), data)
    found = run(build_musicnn(variables, {}), waves)
    np.testing.assert_allclose(found["logits"], expected["logits"], atol=1e-4)
    np.testing.assert_allclose(found["penultimate"], expected["penultimate"], atol=1e-4)
    in_turns = expected["pools_in_turns"]
    np.testing.assert_allclose(found["max_pool"], in_turns[:, ::2], atol=1e-3)
    np.testing.assert_allclose(found["mean_pool"], in_turns[:, 1::2], atol=1e-4)
