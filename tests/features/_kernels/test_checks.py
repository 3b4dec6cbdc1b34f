import pytest

from skgenre.features._kernels import checks


@pytest.mark.parametrize("names", [["a"], ("b", "a"), ["a", "b", "c"]])
def test_names_that_are_allowed(names):
    checks.check_names("features", names, allowed="abc")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("a", r"Got features='a', but expected a sequence of \['a', 'b'\]\."),
        ([], r"Got features=\[\], but expected a sequence of \['a', 'b'\]\."),
        (["a", "d"], r"Got features=\['a', 'd'\], but expected a sequence of"),
        (["a", "b", "a"], "expected each name only once"),
    ],
)
def test_names_that_are_not(names, message):
    with pytest.raises(ValueError, match=message):
        checks.check_names("features", names, allowed=("a", "b"))


def test_no_names():
    checks.check_names("summary", None, allowed=["a"], optional=True)
    with pytest.raises(ValueError, match="but expected None or a sequence of"):
        checks.check_names("summary", (), allowed=["a"], optional=True)


@pytest.mark.parametrize(("fmin", "fmax"), [(0, None), (20.0, 4000), (3999, 4000.0)])
def test_bands_within_the_spectrum(fmin, fmax):
    checks.check_band(fmin, fmax, sample_rate=8000)


@pytest.mark.parametrize(
    ("fmin", "fmax"), [(0, 4001), (4000, None), (500, 500), (600.0, 500.0)]
)
def test_bands_outside_of_it(fmin, fmax):
    message = (
        f"Got fmin={fmin} and fmax={fmax} at sample_rate=8000, but expected "
        "fmin < fmax <= 4000.0."
    )
    with pytest.raises(ValueError) as error:  # noqa: PT011
        checks.check_band(fmin, fmax, sample_rate=8000)
    assert str(error.value) == message


def test_as_many_coefficients_as_bands():
    checks.check_coefficients(20, 20)
    with pytest.raises(ValueError, match="Got n_mfcc=21 with n_mels=20, but expected"):
        checks.check_coefficients(21, 20)


def test_slopes_need_nine_frames():
    checks.check_slopes("deltas=1", 9)
    with pytest.raises(ValueError, match=r"Got deltas=1 with windows of 8 .* least 9"):
        checks.check_slopes("deltas=1", 8)
