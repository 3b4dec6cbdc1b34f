"""What a card says of networks that a model listens with, but does not hold."""

from collections.abc import Iterable, Mapping
from typing import Any

# Of what a featurizer knows of its network.
_SAID = ("name", "sha256", "license", "trained_on", "citation")


def with_networks(
    facts: Mapping[str, Any] | None, parts: Iterable[Any]
) -> dict[str, Any] | None:
    """Add the networks of a model's featurizers to what is said of it.

    Parameters
    ----------
    facts : dict or None
        What the user says.
    parts : iterable of object
        All that the model holds.

    Returns
    -------
    dict or None
        With "embeddings", a dict for each network, and their licences among
        "licences", which stay beside those that the user gave.
    """
    infos = [getattr(part, "model_info_", None) for part in parts]
    networks = {
        info["sha256"]: {name: info.get(name) for name in _SAID}
        for info in infos
        if isinstance(info, dict) and "sha256" in info
    }
    if not networks:
        return None if facts is None else dict(facts)
    given = dict(facts or {})
    licences = given.get("licences")
    known = licences if isinstance(licences, dict) else {"model": licences}
    theirs = {
        network["name"] or f"network {sha256[:12]}": network["license"]
        for sha256, network in networks.items()
    }
    listed = {"embeddings": list(networks.values()), **given}
    return {**listed, "licences": {**theirs, **known}}
