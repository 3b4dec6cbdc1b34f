import numpy as np
import pytest

from skgenre.embeddings._tflite_output import with_output
from skgenre.features._tflite import example_model

interpreter = pytest.importorskip("ai_edge_litert.interpreter")


def opened(content, **more):
    found = interpreter.Interpreter(model_content=content, **more)
    found.allocate_tensors()
    return found


def run(network, wave):
    (entry,) = network.get_input_details()
    network.resize_tensor_input(entry["index"], wave.shape)
    network.allocate_tensors()
    network.set_tensor(entry["index"], wave)
    network.invoke()


@pytest.mark.filterwarnings("ignore:Warning. Enabling:UserWarning")
def test_a_layer_from_within_comes_out():
    content = example_model()
    whole = opened(content, experimental_preserve_all_tensors=True)
    (entry,) = whole.get_input_details()
    shape = [n if n > 0 else 8 for n in entry["shape_signature"]]
    wave = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    run(whole, wave)
    (last,) = whole.get_output_details()
    inner = [
        about
        for about in whole.get_tensor_details()
        if about["index"] not in (entry["index"], last["index"])
        and about["name"]
        and about["dtype"] == np.float32
    ]
    about = inner[-1]
    changed = with_output(content, about["name"])
    assert len(changed) == len(content)
    assert sum(a != b for a, b in zip(changed, content, strict=True)) <= 4
    network = opened(changed)
    run(network, wave)
    (out,) = network.get_output_details()
    assert out["name"] == about["name"]
    found = network.get_tensor(out["index"])
    np.testing.assert_allclose(found, whole.get_tensor(about["index"]), atol=1e-6)


def test_a_layer_that_there_is_not():
    with pytest.raises(ValueError, match="no array 'nothing'"):
        with_output(example_model(), "nothing")
