"""From Keras objects to plain configurations and arrays, for pickles, and back."""

from typing import Any

from skgenre._keras import load_keras

# What is unpickled may need its layers; poolings come with those who pack them.
from skgenre.neural import _layers as _layers

keras: Any = load_keras("skgenre.neural")


def pack(part: Any) -> dict[str, Any]:
    """Take a layer or a model apart.

    Parameters
    ----------
    part : keras.layers.Layer or keras.Model
        Built.

    Returns
    -------
    dict
        Its configuration and the arrays of its weights, without an optimiser's.
    """
    # get_weights has no optimiser's: it is some twice the size, and done with.
    config = keras.saving.serialize_keras_object(part)
    return {"config": config, "weights": part.get_weights()}


def unpack(packed: dict[str, Any]) -> Any:
    """Put a layer or a model together again.

    Parameters
    ----------
    packed : dict
        From `pack`.

    Returns
    -------
    keras.layers.Layer or keras.Model
        Equal to what was packed, not compiled.
    """
    # A pickle runs code in any case, so its Lambda layers are no further danger.
    part = keras.saving.deserialize_keras_object(packed["config"], safe_mode=False)
    part.set_weights(packed["weights"])
    return part
