import dataclasses

import numpy as np
import pytest

from skgenre.datasets._instruments import DRUMS, INSTRUMENTS


def harmonics(name):
    return np.array(INSTRUMENTS[name].weights)


def test_saw_tooth_and_triangle_by_their_series():
    k = np.arange(1, 49)
    np.testing.assert_allclose(harmonics("saw"), 1 / k)
    odd = k % 2 == 1
    np.testing.assert_allclose(harmonics("triangle"), np.where(odd, 1 / k**2, 0))


@pytest.mark.parametrize(
    ("name", "duty"), [("square", 0.5), ("pulse", 0.25), ("thin pulse", 0.125)]
)
def test_pulses_are_those_of_their_duty(name, duty):
    # The spectrum of one cycle, held at 1 for its duty, is |sin(pi k duty)| / k.
    cycle = np.zeros(2**14)
    cycle[: int(duty * len(cycle))] = 1
    spectrum = np.abs(np.fft.rfft(cycle))[1:49]
    weights = harmonics(name)
    np.testing.assert_allclose(
        weights / weights[0], spectrum / spectrum[0], rtol=0.01, atol=1e-6
    )


def test_formants_have_their_hump():
    # Louder at the fourth and the ninth harmonic than a plain fall would be.
    for name, centre in (("brass", 4), ("acid", 9)):
        weights = harmonics(name)
        k = np.arange(1, 49)
        assert np.argmax(weights * k ** (0.8 if name == "brass" else 0.7)) == centre - 1


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_instruments_can_be_played(name):
    timbre = INSTRUMENTS[name]
    assert timbre.weights[0] > 0
    assert min(timbre.weights) >= 0
    assert min(timbre.attack, timbre.release, timbre.decay) > 0
    assert timbre.brightness != 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        timbre.attack = 1.0


@pytest.mark.parametrize("name", DRUMS)
def test_drums_can_be_struck(name):
    drum = DRUMS[name]
    low, high = drum.band
    assert 0 < low < high
    assert drum.noise + drum.tone > 0
    assert min(drum.noise_decay, drum.tone_decay, drum.attack) > 0
