"""The model of a command: a recipe, cut to fit the songs."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from skgenre.cli._errors import UserError, checked_choice
from skgenre.embeddings._models import MODELS

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from skgenre.embeddings import PretrainedModel

# Each pretrained network is a recipe of its name.
RECIPES = ("baseline", "fast", "strong", "pretrained", *MODELS)
# What "pretrained" stands for, as in `recipes.pretrained`.
_DEFAULT_NETWORK = "musicnn-msd"
# The shorter of the two lengths of "strong", beside the longer.
_SHORTER = 0.4


@dataclass(frozen=True)
class Cut:
    """How songs are cut.

    Parameters
    ----------
    window : float
        Length of windows in seconds.
    hop : float or None
        Seconds between starts; half a window if None.
    sample_rate : float
        In hertz.
    """

    window: float
    hop: float | None
    sample_rate: float


def network_of(recipe: str) -> "PretrainedModel | None":
    """Look up the network that a recipe listens with.

    Parameters
    ----------
    recipe : str
        One of `RECIPES`.

    Returns
    -------
    PretrainedModel or None
        None for recipes without.
    """
    return MODELS.get(_DEFAULT_NETWORK if recipe == "pretrained" else recipe)


def checked_recipe(recipe: str, *, single: bool = False) -> str:
    """Check that there is a recipe, and that what it listens with is installed.

    Parameters
    ----------
    recipe : str
        What the user gave.
    single : bool, default=False
        Whether it is to be of one classifier, which "strong" is not.

    Returns
    -------
    str
        The same.
    """
    from skgenre.embeddings import get_model

    choices = [name for name in RECIPES if not (single and name == "strong")]
    if single and recipe == "strong":
        raise UserError(
            "Got --recipe strong, whose windows are voted over in several parts, but "
            f"expected one of {', '.join(choices)}. skgenre compare DATA --recipe "
            "strong measures it; a model that skgenre train --recipe strong makes, "
            "review and predict take with --report."
        )
    checked_choice("--recipe", recipe, choices)
    if (network := network_of(recipe)) is not None:
        get_model(network.name)  # before the long part
    return recipe


def checked_recipes(recipes: Iterable[str]) -> tuple[str, ...]:
    """Check recipes; each counts once.

    Parameters
    ----------
    recipes : iterable of str
        What the user gave.

    Returns
    -------
    tuple of str
        In their order.
    """
    return tuple(dict.fromkeys(checked_recipe(recipe) for recipe in recipes))


def cut_of_network(
    recipe: str,
    *,
    window: float | None,
    hop: float | None,
    sample_rate: float | None,
) -> Cut | None:
    """How songs are cut for a network: as it was trained, but for what the user says.

    Parameters
    ----------
    recipe : str
        One of `RECIPES`.
    window, hop, sample_rate : float or None
        What the user gave.

    Returns
    -------
    Cut or None
        None for a recipe that listens with none.
    """
    network = network_of(recipe)
    if network is None:
        return None
    return Cut(
        window=network.seconds if window is None else window,
        hop=hop,
        sample_rate=network.sample_rate if sample_rate is None else sample_rate,
    )


def recipe_model(
    name: str,
    cut: Cut,
    *,
    voting: str = "mean",
    memory: str | os.PathLike[str] | None = None,
    n_jobs: int = -1,
    isolate: bool = False,
) -> "Pipeline":
    """Make a recipe's model for songs that are cut so; bad ones are left out.

    Parameters
    ----------
    name : str
        One of `RECIPES`.
    cut : Cut
        How songs are cut.
    voting : str, default="mean"
        Of the windows' probabilities.
    memory : path or None, default=None
        Keeps features.
    n_jobs : int, default=-1
        Songs at a time.
    isolate : bool, default=False
        Whether files are decoded in processes of their own.

    Returns
    -------
    Pipeline
        From paths to verdicts, its random choices fixed.
    """
    from skgenre import recipes

    rate = cut.sample_rate
    network = network_of(name)
    if network is not None:
        model = recipes.pretrained(
            network.name,
            window_seconds=cut.window,
            sample_rate=rate,
            voting=voting,
            random_state=0,
            memory=memory,
            n_jobs=n_jobs,
        )
    elif name == "strong":
        model = recipes.strong(
            window_seconds=_two_lengths(cut),
            sample_rate=rate,
            voting=voting,
            random_state=0,
            memory=memory,
            n_jobs=n_jobs,
        )
    else:
        make = {"baseline": recipes.baseline, "fast": recipes.fast}[name]
        model = make(
            window_seconds=cut.window,
            sample_rate=rate,
            voting=voting,
            memory=memory,
            n_jobs=n_jobs,
        )
    return set_windowers(
        model, hop_seconds=_hop_of(cut, name), on_error="warn", isolate=isolate
    )


def _two_lengths(cut: Cut) -> tuple[float, ...]:
    from skgenre.datasets._choose_windowing import shortest_window

    shorter = max(_SHORTER * cut.window, shortest_window(cut.sample_rate))
    return (shorter, cut.window) if shorter < cut.window else (cut.window,)


def _hop_of(cut: Cut, name: str) -> float | None:
    if cut.hop is not None and name == "strong":
        raise UserError(
            "Got --hop with --recipe strong, which has windows of two lengths, but "
            "expected --hop with another recipe. Leave it out."
        )
    return cut.hop


def set_windowers(model: Any, **parameters: Any) -> Any:
    """Set parameters of whatever cuts songs in a model.

    Parameters
    ----------
    model : estimator
        Changed in place, in its fitted parts too.
    **parameters
        Of `FrameWindower`.

    Returns
    -------
    estimator
        The same.
    """
    from skgenre.windows._windowers import windowers_in

    for windower in windowers_in(model):
        windower.set_params(**parameters)
    return model


@contextmanager
def memory_for(recipe: str, cache: Path | None) -> Iterator[Path | None]:
    """Give the user's cache, or one for as long as a recipe needs it.

    Parameters
    ----------
    recipe : str
        One of `RECIPES`.
    cache : Path or None
        What the user gave.

    Yields
    ------
    Path or None
        A folder; None where features are read once in any case.
    """
    if cache is not None or recipe != "strong":
        yield cache
        return
    with TemporaryDirectory() as folder:
        yield Path(folder)
