import keras
import pytest

from skgenre.neural import (
    AttentionPooling,
    LogSumExpPooling,
    MeanPooling,
    MILClassifier,
    song_model,
)
from skgenre.neural._poolings.table import (
    BY_NAME,
    arguments,
    check_pooling,
    lists_poolings,
    pooling_layer,
    takes_seed,
)


def test_layers_by_name_class_and_as_they_are():
    assert (
        type(pooling_layer("mean")) is type(pooling_layer(MeanPooling)) is MeanPooling
    )
    assert pooling_layer("gated_attention", units=3).gated
    assert not pooling_layer("attention").gated
    layer = LogSumExpPooling(2.0)
    again = pooling_layer(layer)
    assert again is not layer
    assert again.sharpness == 2


@pytest.mark.parametrize("pooling", ["median", 3, None, keras.layers.Dense, object()])
def test_what_is_no_pooling(pooling):
    with pytest.raises(ValueError, match=r"Got pooling=.*, but expected one of \['at"):
        pooling_layer(pooling)


@pytest.mark.parametrize(
    ("pooling", "options", "message"),
    [
        ("mean", {"size": 3}, "pooling__size, which pooling='mean' does.*takes none"),
        ("log_sum_exp", {"units": 3}, "It takes pooling__sharpness"),
        ("gated_attention", {"gated": False}, "pooling__gated, which"),
        (MeanPooling(), {"units": 3}, "pooling__units, but pooling is a layer"),
        (AttentionPooling, {"a": 1, "b": 2}, "Got pooling__a, pooling__b, which"),
    ],
)
def test_arguments_that_it_does_not_take(pooling, options, message):
    with pytest.raises(ValueError, match=message):
        check_pooling(pooling, options)
    with pytest.raises(ValueError, match=message):
        pooling_layer(pooling, **options)


def test_arguments_of_every_layer_are_taken():
    assert pooling_layer("mean", name="mine").name == "mine"


def test_arguments_that_a_subclass_hands_on():
    class Wide(AttentionPooling):
        def __init__(self, width=2, **kwargs):
            super().__init__(units=64 * width, **kwargs)

    assert arguments(Wide) == ["gated", "per_class", "seed", "units", "width"]
    assert arguments(MeanPooling) == []
    assert pooling_layer(Wide, width=3, gated=True).units == 192


def test_who_takes_a_seed():
    assert takes_seed("attention")
    assert takes_seed(AttentionPooling)
    assert not takes_seed("mean")
    assert not takes_seed(AttentionPooling())
    assert not takes_seed(keras.layers.GlobalAveragePooling1D())


def test_docstrings_list_every_pooling():
    @lists_poolings
    def documented():
        """Pool.

            {poolings}

        End.
        """

    lines = documented.__doc__.splitlines()
    assert (
        '            - "mean": mean over the windows of a song (`MeanPooling`).'
        in lines
    )
    assert "gated=True" in documented.__doc__
    assert max(map(len, lines)) <= 88
    for thing in (documented, MILClassifier, song_model):
        assert all(f'- "{name}": ' in thing.__doc__ for name in BUILT_IN)
        assert "{poolings}" not in thing.__doc__


def test_docstrings_may_have_been_stripped():
    def bare():
        pass

    assert lists_poolings(bare) is bare


BUILT_IN = [
    name for name, (cls, _) in BY_NAME.items() if cls.__module__.startswith("skgenre.")
]
