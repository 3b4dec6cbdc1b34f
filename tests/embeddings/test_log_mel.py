import numpy as np
import pytest

from skgenre.embeddings._graph import Graph
from skgenre.embeddings._log_mel import fourier_kernel, mel_power

pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")


def test_a_kernel_is_the_fourier_transform_of_tapered_frames():
    frame = np.random.default_rng(0).normal(size=64)
    # Periodic: the first sample of the next taper is left out.
    taper = np.hanning(65)[:-1]
    spectrum = np.fft.rfft(frame * taper)
    parts = fourier_kernel(64) @ frame
    np.testing.assert_allclose(parts[:33], spectrum.real, atol=1e-5)
    np.testing.assert_allclose(parts[33:], spectrum.imag, atol=1e-5)


def test_equals_librosa():
    librosa = pytest.importorskip("librosa")
    graph = Graph("the test")
    settings = {"n_fft": 512, "hop_length": 256, "n_mels": 96}
    mel = mel_power(graph, "x", sample_rate=16_000, **settings)
    graph.node("Identity", mel, output="mel")
    model = graph.to_bytes(
        input_name="x", n_samples=8000, outputs={"mel": 96}, metadata={}
    )
    options = ort.SessionOptions()
    options.log_severity_level = 3  # the test says of three axes that there are two
    session = ort.InferenceSession(model, options)
    wave = np.random.default_rng(0).normal(size=(2, 8000)).astype(np.float32)
    wave[1] = np.sin(2 * np.pi * 440 * np.arange(8000) / 16_000)
    (found,) = session.run(None, {"x": wave})
    expected = librosa.feature.melspectrogram(y=wave, sr=16_000, **settings)
    # Frames that need samples behind the last one are left out.
    assert found.shape == (2, 96, 31)
    np.testing.assert_allclose(found, expected[:, :, :31], rtol=1e-3, atol=1e-5)
