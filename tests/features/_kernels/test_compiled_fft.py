import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

numba = pytest.importorskip("numba")
compiled_fft = pytest.importorskip("skgenre.features._kernels.compiled_fft")

from skgenre.features._kernels.simd import LANES  # noqa: E402
from skgenre.features._kernels.tables import hann  # noqa: E402

ROW = compiled_fft.ROW
gather, first_pass = compiled_fft.gather, compiled_fft.first_pass
other_passes, frame_power = compiled_fft.other_passes, compiled_fft.frame_power


@numba.njit(error_model="numpy")
def gathered(audio, begin, end, position, hop, n_used, n_columns, n_rows):
    samples = np.full(n_columns * hop + LANES, np.nan)
    columns = np.full(n_rows * n_columns, np.nan)
    gather(audio, begin, end, position, hop, n_used, samples, columns, n_columns)
    return columns.reshape(n_rows, n_columns)


@numba.njit(error_model="numpy")
def powers(columns, sample_at, twiddles, turns, place, taper):
    """Power spectra (n_bins, 8) of the first eight frames."""
    z = np.empty(len(taper) // 2 * ROW, taper.dtype)
    power = np.empty((len(taper) // 2 + 1) * LANES, taper.dtype)
    first_pass(columns, 0, sample_at, taper, twiddles, z)
    other_passes(z, len(taper) // 2, twiddles)
    frame_power(z, place, turns, power)
    return power.reshape(-1, LANES)


@pytest.mark.parametrize(
    ("n_fft", "expected"),
    [(32, True), (1024, True), (2**20, True), (16, False), (1000, False), (1, False)],
)
def test_lengths_that_there_are(n_fft, expected):
    assert compiled_fft.has_fft(n_fft) == expected


@pytest.mark.parametrize("position", [-5, 0, 20])
def test_columns_are_hops(position):
    audio = np.arange(1.0, 101.0, dtype=np.float32)
    hop, n_used = 8, 16
    columns = gathered(audio, 10, 90, position, hop, n_used, 24, 8)
    for j in range(hop):
        for i in range(n_used):
            sample = position + i * hop + j
            # Zeros outside of the window, which lies from 10 to 90.
            assert columns[j, i] == (sample + 1 if 10 <= sample < 90 else 0)


@pytest.mark.parametrize("n_fft", [32, 64, 128, 512])
@pytest.mark.parametrize(("precision", "rtol"), [("float32", 1e-4), ("float64", 1e-10)])
def test_power_is_numpys(n_fft, precision, rtol):
    hop = 24
    audio = np.random.default_rng(0).normal(size=n_fft + 8 * hop).astype(np.float32)
    tables = compiled_fft.fft_tables(n_fft, hop, precision)
    n_rows = min(hop, n_fft)
    columns = gathered(
        audio, 0, len(audio), 0, hop, tables.n_columns, tables.n_columns, n_rows
    )
    power = powers(
        columns.ravel().astype(precision),
        tables.sample_at,
        tables.twiddles,
        tables.turns,
        tables.place,
        hann(n_fft, precision) / 2,
    )
    assert power.dtype == precision
    for frame in range(LANES):
        samples = audio[frame * hop : frame * hop + n_fft].astype(float)
        expected = np.abs(np.fft.rfft(samples * hann(n_fft, "float64"))) ** 2
        assert_allclose(power[:, frame], expected, rtol=rtol, atol=rtol * n_fft)


@pytest.mark.parametrize("n_fft", [32, 64, 256, 2048])
def test_each_bin_has_its_place(n_fft):
    half = n_fft // 2
    place = compiled_fft.fft_tables(n_fft, 100, "float32").place
    assert_array_equal(np.sort(place[:-1]), np.arange(half))
    assert place[0] == place[half] == 0


def test_tables_are_points_of_the_circle():
    tables = compiled_fft.fft_tables(64, 16, "float64")
    twiddles = tables.twiddles.view(complex)
    assert_allclose(twiddles, np.exp(-2j * np.pi * np.arange(32) / 32))
    assert_allclose(tables.turns.view(complex)[-1], -1j * 1, atol=1e-15)
    # Sample n of frame 0 stands in column n % hop, hop n // hop.
    assert tables.sample_at[17] == 1 * tables.n_columns + 1
