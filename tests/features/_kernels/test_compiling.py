import json
import os
import subprocess
import sys

import numpy as np
import pytest

compiling = pytest.importorskip("skgenre.features._kernels.compiling")
compiled_frames = pytest.importorskip("skgenre.features._kernels.compiled_frames")
compiled_mel = pytest.importorskip("skgenre.features._kernels.compiled_mel")

FIRST_CALL = """
import json, warnings
import numpy as np
from skgenre.features._kernels import compiled_mel, compiling, mel_spectra
from skgenre.features._kernels.mel_settings import MelSettings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    windows = np.random.default_rng(0).normal(size=(2, 4000)).astype(np.float32)
    settings = MelSettings(
        n_fft=256, hop_length=128, n_mels=20, fmin=0.0, fmax=None, top_db=80.0, n_mfcc=5
    )
    features = mel_spectra.mel_features(windows, 22050, settings)
kernel = compiling.compiled(
    compiled_mel._of_audio, compiled_mel._signature(compiled_mel._of_audio, "float32")
)
print(json.dumps({
    "warnings": [str(w.message) for w in caught if w.category is RuntimeWarning],
    "loaded": sum(kernel.stats.cache_hits.values()),
    "compiled": sum(kernel.stats.cache_misses.values()),
    "sum": float(features.sum()),
}))
"""


def test_a_change_of_any_source_compiles_anew():
    # Numba's cache compares the variables of closures.
    makers = (compiled_mel._of_audio, compiled_mel._of_power, compiled_frames._of_audio)
    for kernel in makers:
        function = kernel(compiling.sources())
        cells = [cell.cell_contents for cell in function.__closure__]
        assert cells == [compiling.sources()]


def test_sources_are_all_files_of_steps():
    # Whatever a kernel's file imports steps from must be summed.
    package = compiling.importlib.resources.files("skgenre.features._kernels")
    steps = {
        path.name
        for path in package.iterdir()
        if path.name.endswith(".py") and "\n@step\n" in path.read_text()
    }
    assert steps | {"simd.py"} == set(compiling._FILES)


def test_the_same_kernel_is_compiled_once():
    signature = compiled_mel._signature(compiled_mel._of_power, "float32")
    one = compiling.compiled(compiled_mel._of_power, signature)
    again = compiled_mel._signature(compiled_mel._of_power, "float32")
    assert compiling.compiled(compiled_mel._of_power, again) is one


def test_without_a_folder_for_its_cache_it_warns_and_compiles(monkeypatch):
    class Compiled:
        def compile(self, signature):
            self.signature = signature

        def disable_compile(self):
            pass

    def njit(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: Compiled()

    monkeypatch.setattr(compiling.numba, "njit", njit)
    with pytest.warns(RuntimeWarning, match="NUMBA_CACHE_DIR to a folder"):
        compiled = compiling._compile.__wrapped__(compiled_mel._of_audio, ())
    assert isinstance(compiled, Compiled)


def first_call(**environment):
    done = subprocess.run(
        [sys.executable, "-c", FIRST_CALL],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.slow
def test_a_second_process_loads_what_the_first_compiled(tmp_path):
    first = first_call(NUMBA_CACHE_DIR=str(tmp_path))
    second = first_call(NUMBA_CACHE_DIR=str(tmp_path))
    assert (first["loaded"], first["compiled"]) == (0, 1)
    assert (second["loaded"], second["compiled"]) == (1, 0)
    assert first["sum"] == second["sum"]
    assert first["warnings"] == second["warnings"] == []


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_to(tmp_path):
    if not hasattr(pytest.importorskip("numba").config, "CACHE_LOCATOR_CLASSES"):
        pytest.skip("an older numba takes a folder of its own instead")
    file = tmp_path / "file"
    file.touch()
    result = first_call(
        NUMBA_CACHE_DIR=str(file / "folder"),
        NUMBA_CACHE_LOCATOR_CLASSES="UserProvidedCacheLocator",
    )
    assert len(result["warnings"]) == 1
    assert "NUMBA_CACHE_DIR" in result["warnings"][0]
    assert np.isfinite(result["sum"])
