import pytest
from sklearn.base import BaseEstimator, clone

from skgenre.neural._params import RoutedParams, of_part


class Routed(RoutedParams, BaseEstimator):
    _parts = ("model", "pooling")

    def __init__(self, size=1, **kwargs):
        self.size = size
        for name, value in kwargs.items():
            setattr(self, name, value)


def test_arguments_of_a_part():
    params = {"model__a": 1, "model__b__c": 2, "model": 3, "pooling__a": 4}
    assert of_part(params, "model") == {"a": 1, "b__c": 2}
    assert of_part(params, "optimizer") == {}


def test_they_are_parameters():
    routed = Routed(size=2, model__hidden=3)
    assert routed.get_params() == {"size": 2, "model__hidden": 3}
    routed.set_params(model__hidden=4, pooling__units=5, size=6)
    expected = {"size": 6, "model__hidden": 4, "pooling__units": 5}
    assert clone(routed).get_params() == routed.get_params() == expected
    assert routed._routed("pooling") == {"units": 5}


def test_what_is_learned_or_private_is_none():
    routed = Routed(model__hidden=3)
    routed.classes_, routed._network = [0, 1], object()
    assert routed.get_params() == {"size": 1, "model__hidden": 3}


def test_other_names_are_refused():
    Routed(model__a=1)._check_routed()
    with pytest.raises(
        ValueError,
        match=r"Got hidden=..., which is no parameter of Routed.*model__ or pooling__",
    ):
        Routed(hidden=1)._check_routed()
    with pytest.raises(ValueError, match="Invalid parameter 'optimizer'"):
        Routed().set_params(optimizer__a=1)
