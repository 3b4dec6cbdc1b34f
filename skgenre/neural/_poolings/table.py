"""Poolings by name: found, made, copied, and listed in docstrings.

A new pooling is one file of this folder, which is found by being there. Its class says
what it is called (`names`) and what those who use it have to know of it.
"""

import copy
import inspect
import pkgutil
import textwrap
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from skgenre._keras import load_keras
from skgenre.neural._poolings.base import BY_NAME, WindowPooling

keras: Any = load_keras("skgenre.neural")
Documented = TypeVar("Documented")

# Each file's class enters its names when it is imported.
for _file in pkgutil.iter_modules([str(Path(__file__).parent)]):
    if _file.name != "table":
        import_module(f"{__package__}.{_file.name}")


def check_pooling(
    pooling: Any, options: dict[str, Any], *, space: str = "proba"
) -> None:
    """Check that there is such a pooling, and that it takes these arguments.

    Parameters
    ----------
    pooling : str, type or WindowPooling
        What the user gave.
    options : dict of str to object
        Arguments of the pooling.
    space : {"proba", "logit"}, default="proba"
        What is to be pooled.

    Raises
    ------
    ValueError
        If there is none of that name, it does not take an argument, or it does not
        pool such values.
    """
    if isinstance(pooling, WindowPooling):
        if options:
            raise ValueError(
                f"Got {_listed(options)}, but pooling is a layer that is made already. "
                "Give its class or name."
            )
        _check_space(pooling, type(pooling), space)
        return
    cls, settings = _find(pooling)
    _check_space(pooling, cls, space)
    takes = [name for name in arguments(cls) if name not in settings]
    unknown = options.keys() - {*takes, *_named(keras.layers.Layer)}
    if unknown:
        raise ValueError(
            f"Got {_listed(unknown)}, which pooling={pooling!r} does not take. "
            f"It takes {_listed(takes) or 'none'}."
        )


def _check_space(pooling: Any, cls: Any, space: str) -> None:
    if space == "logit" and cls.pools_proba:
        raise ValueError(
            f"Got pooling_space='logit', but pooling={pooling!r} pools probabilities "
            "alone. Take pooling_space='proba'."
        )


def pooling_layer(pooling: Any = "mean", **options: Any) -> Any:
    """Make a pooling layer.

    Parameters
    ----------
    pooling : str, type or WindowPooling, default="mean"
        A name, a class, or a layer, which is copied with its weights.
    **options
        Arguments of the class.

    Returns
    -------
    WindowPooling
        A new layer.
    """
    check_pooling(pooling, options)
    if isinstance(pooling, WindowPooling):
        return copy.deepcopy(pooling)
    cls, settings = _find(pooling)
    return cls(**settings, **options)


def takes_seed(pooling: Any) -> bool:
    """Whether a pooling draws its first weights and can be told how.

    Parameters
    ----------
    pooling : str, type or WindowPooling
        What the user gave.

    Returns
    -------
    bool
        False for a layer that is made already.
    """
    made = isinstance(pooling, keras.layers.Layer)
    return not made and "seed" in arguments(_find(pooling)[0])


def arguments(cls: type) -> list[str]:
    """Names of what a class is made with, without what is of all layers.

    Parameters
    ----------
    cls : type
        A class of poolings.

    Returns
    -------
    list of str
        Those that a class' ``**kwargs`` hand on to its parent among them.
    """
    own = cls.__mro__[: cls.__mro__.index(WindowPooling)]
    return sorted(set().union(*map(_named, own)))


def lists_poolings(documented: Documented) -> Documented:
    """Put the names of all poolings into a docstring, where it says {poolings}.

    Parameters
    ----------
    documented : class or function
        Its docstring is changed.

    Returns
    -------
    class or function
        The same.
    """
    lines = (documented.__doc__ or "").split("\n")
    for number, line in enumerate(lines):
        if line.strip() == "{poolings}":
            indent = line.partition("{")[0]
            lines[number] = "\n".join(
                textwrap.fill(
                    f'- "{name}": {_described(name)}',
                    width=88,
                    initial_indent=indent,
                    subsequent_indent=f"{indent}  ",
                )
                for name in sorted(BY_NAME)
            )
    documented.__doc__ = "\n".join(lines)
    return documented


def _named(cls: type) -> set[str]:
    """Arguments that a class' own ``__init__`` names."""
    # Not that of the class: the signature of Keras' __new__ says nothing.
    made_by = vars(cls).get("__init__")
    if made_by is None:
        return set()
    first, *others = inspect.signature(made_by).parameters.values()
    del first  # self
    return {p.name for p in others if p.kind is not p.VAR_KEYWORD}


def _find(pooling: Any) -> tuple[Any, dict[str, Any]]:
    """Class of a pooling, and the arguments that its name stands for."""
    if isinstance(pooling, type) and issubclass(pooling, WindowPooling):
        return pooling, {}
    if isinstance(pooling, str) and pooling in BY_NAME:
        return BY_NAME[pooling]
    raise ValueError(
        f"Got pooling={pooling!r}, but expected one of {sorted(BY_NAME)}, a class "
        "derived from skgenre.neural.WindowPooling, or such a layer."
    )


def _described(name: str) -> str:
    """First line of a class' docstring, and how to make it."""
    cls, settings = BY_NAME[name]
    made_with = "".join(f", {key}={value!r}" for key, value in settings.items())
    summary = (cls.__doc__ or "").partition("\n")[0].removesuffix(".")
    return f"{summary[:1].lower()}{summary[1:]} (`{cls.__name__}`{made_with})."


def _listed(options: Any) -> str:
    return ", ".join(f"pooling__{name}" for name in sorted(options))
