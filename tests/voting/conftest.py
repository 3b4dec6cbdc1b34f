import pytest
from voting_songs import Counting


@pytest.fixture(autouse=True)
def _from_zero():
    Counting.fits.clear()
    Counting.predictions.clear()
