"""``skgenre models``: what model files hold, without loading any model."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from skgenre._wording import listed
from skgenre.cli._errors import UserError
from skgenre.cli._say import Speaker
from skgenre.datasets._unit import MUSIC, OTHER, Unit, plural
from skgenre.model_selection._text_tables import aligned, percent

if TYPE_CHECKING:
    from skgenre.persistence import ModelCard

_UNKNOWN = "not known"
# Facts that have a line of their own.
_SAID = (
    "unit", "recipe", "voting", "cut", "songs", "left_out", "figures", "fingerprint",
    "licences", "embeddings", "review",
)  # fmt: skip
# Names of classes that are said; all are in the JSON.
_SHOWN = 20
# Of a fingerprint, enough to tell data apart.
_LETTERS = 12


def run_models(say: Speaker, paths: Sequence[Path]) -> None:
    """Say what model files hold: one at length, several as a table.

    Parameters
    ----------
    say : Speaker
        Says it.
    paths : sequence of Path
        The files.

    Raises
    ------
    UserError
        If files cannot be read; what others hold is said before.
    """
    from skgenre.persistence import read_model_card

    cards: dict[str, ModelCard] = {}
    errors: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for path in paths:
        # What is wrong with one file hides nothing of the others.
        try:
            cards[str(path)] = read_model_card(path)
            sizes[str(path)] = path.stat().st_size
        except (ValueError, OSError) as error:
            errors[str(path)] = str(error)
    if len(paths) == 1:
        for name, card in cards.items():
            for line in card_lines(Path(name).name, card, sizes[name]):
                say.line(_harmless(line))
    elif cards:
        table = [list(map(_harmless, line)) for line in card_table(cards)]
        say.line("\n".join(aligned(table, width=say.width)))
    models = [
        {"path": name, "bytes": sizes[name], **asdict(card)}
        for name, card in cards.items()
    ]
    say.result("models", {"models": models, "errors": errors})
    if errors:
        raise UserError("\n".join(_told(name, why) for name, why in errors.items()))


def _harmless(text: str) -> str:
    """Text of a stranger's file, without what would steer a terminal."""
    return "".join(
        char if char.isprintable() else repr(char).strip("'") for char in text
    )


def _told(name: str, why: str) -> str:
    return why if name in why else f"{name}: {why}"


# -- one ------------------------------------------------------------------------------


def card_lines(name: str, card: "ModelCard", n_bytes: int) -> list[str]:
    """What one model file holds, a line for each thing.

    Parameters
    ----------
    name : str
        Of the file.
    card : ModelCard
        What it says of itself.
    n_bytes : int
        Its size.

    Returns
    -------
    list of str
        Lines.
    """
    words, facts = _words(card), card.facts
    when = card.created.replace("T", " ").removesuffix("+00:00")
    parts = ", ".join(
        f"{part} {_size(about['size'])}" for part, about in card.parts.items()
    )
    versions = ", ".join(f"{package} {v}" for package, v in card.versions.items())
    return [
        f"{name} ({_size(n_bytes)}, written {when} UTC by skgenre "
        f"{card.skgenre_version})",
        f"{plural(words.label).capitalize()}: {_classes(card)}",
        f"Windows: {windows_text(card)}",
        f"Made of: {_made_of(facts)}",
        *_networks(facts),
        f"Figures: {figures_text(card, words)}",
        *_ensured(card),
        f"Trained on: {_trained_on(facts, words)}",
        *_reviewed(facts, words),
        f"Licence: {_licence(card)}",
        *(
            f"{key}: {_short(value)}"
            for key, value in facts.items()
            if key not in _SAID
        ),
        f"Versions: {versions}",
        f"Parts: {parts}",
        f"Model: {card.model}",
    ]


def _words(card: "ModelCard") -> Unit:
    return MUSIC if card.facts.get("unit") == MUSIC.song else OTHER


def _classes(card: "ModelCard") -> str:
    if not card.classes:
        return "none"
    more = len(card.classes) - _SHOWN
    names = ", ".join(map(str, card.classes[:_SHOWN]))
    return f"{len(card.classes)} ({names}{f' and {more} more' if more > 0 else ''})"


def windows_text(card: "ModelCard") -> str:
    """Say how the model cuts what it hears.

    Parameters
    ----------
    card : ModelCard
        What its file says.

    Returns
    -------
    str
        Lengths, hops and rates.
    """
    # Whoever made the file may have written what is no number, or too few of them.
    spans = zip(card.window_seconds, card.hop_seconds, card.sample_rate, strict=False)
    said = [
        f"{length:g} s, one every {hop:g} s, at {rate:,g} Hz"
        for length, hop, rate in spans
        if _is_number(length) and _is_number(hop) and _is_number(rate)
    ]
    return "; ".join(said) or "as they are given: it cuts none itself"


def _made_of(facts: dict[str, Any]) -> str:
    parts = [
        f"{what} {facts[what]!r}" for what in ("recipe", "voting") if facts.get(what)
    ]
    return ", ".join(parts) or _UNKNOWN


def _networks(facts: dict[str, Any]) -> list[str]:
    """Say which networks it listens with, which the file does not hold."""
    networks = facts.get("embeddings")
    if not isinstance(networks, list):
        return [] if networks is None else [f"Listens with: {_short(networks)}"]
    return [f"Listens with: {_network(network)}" for network in networks]


def _network(network: Any) -> str:
    if not isinstance(network, dict):
        return _short(network)
    parts = [
        str(network.get("name") or "a network without a name"),
        f"licensed {network['license']}" if network.get("license") else "",
        f"sha256 {str(network.get('sha256'))[:_LETTERS]}",
        f"trained on {network['trained_on']}" if network.get("trained_on") else "",
    ]
    return ", ".join(filter(None, parts))


def figures_text(card: "ModelCard", words: Unit) -> str:
    """Say how good the model was where it was measured.

    Parameters
    ----------
    card : ModelCard
        What its file says.
    words : Unit
        What songs are called.

    Returns
    -------
    str
        Accuracy with its interval, balanced accuracy, and how it was measured; of
        figures that somebody else wrote, what they wrote.
    """
    figures = card.figures
    if not isinstance(figures, dict) or not _is_number(figures.get("accuracy")):
        return "none: it was not measured" if figures is None else _short(figures)
    parts = [f"{_percent(figures['accuracy'])} of {plural(words.song)} right"]
    if interval := _interval(figures):
        parts[0] += f" ({interval})"
    if _is_number(balanced := figures.get("balanced_accuracy")):
        parts.append(f"balanced {_percent(balanced)}")
    always = figures.get("always")
    if isinstance(always, dict) and _is_number(always.get("accuracy")):
        parts.append(
            f"always {always.get('label')!r} would get {_percent(always['accuracy'])}"
        )
    if _is_number(n_songs := figures.get("n_songs")):
        parts.append(f"of {words.several(int(n_songs), 'song')}")
    if _is_number(n_folds := figures.get("n_folds")):
        parts.append(f"in {n_folds:g} folds")
    if by := figures.get("by"):
        parts.append(f"split by {by}")
    return ", ".join(parts)


def _interval(figures: dict[str, Any]) -> str | None:
    low, high = figures.get("accuracy_low"), figures.get("accuracy_high")
    if not (_is_number(low) and _is_number(high)):
        return None
    confidence = figures.get("confidence")
    share = f"{100 * confidence:g} % interval " if _is_number(confidence) else ""
    return f"{share}{100 * low:.1f} to {100 * high:.1f}"


def _ensured(card: "ModelCard") -> list[str]:
    figures = card.figures
    said = figures.get("ensured") if isinstance(figures, dict) else None
    return [str(said)] if said else []


def _trained_on(facts: dict[str, Any], words: Unit) -> str:
    songs, parts = facts.get("songs"), []
    if isinstance(songs, dict) and all(map(_is_number, songs.values())):
        counts = ", ".join(f"{n:,g} {label}" for label, n in songs.items())
        parts.append(f"{words.several(int(sum(songs.values())), 'song')} ({counts})")
    elif songs is not None:
        parts.append(_short(songs))
    if facts.get("left_out"):
        parts.append(f"{facts['left_out']} were left out")
    if facts.get("fingerprint"):
        parts.append(f"fingerprint {str(facts['fingerprint'])[:_LETTERS]}")
    return ", ".join(parts) or _UNKNOWN


def _reviewed(facts: dict[str, Any], words: Unit) -> list[str]:
    """Say what people decided of songs before it was trained, and who."""
    review = facts.get("review")
    if not isinstance(review, dict):
        return [] if review is None else [f"Review: {_short(review)}"]
    kinds = ("relabelled", "left_out", "confirmed")
    taken = {kind: _decisions(review.get(kind)) for kind in kinds}
    parts = [
        f"{words.several(len(taken['relabelled']), 'song')} relabelled",
        f"{len(taken['left_out'])} left out",
        f"{len(taken['confirmed'])} confirmed",
    ]
    if _is_number(n_open := review.get("open")):
        parts.append(f"{n_open:g} open")
    every = [decision for rows in taken.values() for decision in rows]
    people = sorted({str(one["by"]) for one in every if one.get("by")})
    by = f" by {listed(people)}" if people else ""
    return [f"Reviewed{by}: {', '.join(parts)}"]


def _decisions(rows: Any) -> list[dict[str, Any]]:
    rows = rows if isinstance(rows, list) else []
    return [row for row in rows if isinstance(row, dict)]


def _licence(card: "ModelCard") -> str:
    licences = card.licences
    if isinstance(licences, dict):
        said = [f"{name}: {text}" for name, text in licences.items() if text]
        return ", ".join(said) or _UNKNOWN
    return _UNKNOWN if not licences else str(licences)


# -- several --------------------------------------------------------------------------


def card_table(cards: "dict[str, ModelCard]") -> list[list[str]]:
    """What several model files hold, as cells of a table.

    Parameters
    ----------
    cards : dict of str to ModelCard
        By the path of the file.

    Returns
    -------
    list of list of str
        A line a file, the head first, what matters most to the left.
    """
    head = ["model", "accuracy", "balanced", "by", "classes", "windows", "recipe"]
    return [[*head, "voting", "written"], *map(_cells, cards, cards.values())]


def _cells(name: str, card: "ModelCard") -> list[str]:
    figures = card.figures if isinstance(card.figures, dict) else {}
    return [
        name,
        _percent(figures.get("accuracy")),
        _percent(figures.get("balanced_accuracy")),
        str(figures.get("by") or "-"),
        str(len(card.classes)),
        " and ".join(f"{s:g} s" for s in card.window_seconds if _is_number(s)) or "-",
        str(card.facts.get("recipe") or "-"),
        str(card.facts.get("voting") or "-"),
        card.created[:10],
    ]


# -- cells ----------------------------------------------------------------------------


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _percent(share: Any) -> str:
    return percent(share) if _is_number(share) else "-"


def _short(value: Any) -> str:
    """A fact that nobody foresaw, such as a dict that a person gave."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return listed(value) if isinstance(value, list) else str(value)


def _size(n_bytes: int) -> str:
    if n_bytes < 1000:
        return f"{n_bytes} bytes"
    return f"{n_bytes / 1e3:.0f} kB" if n_bytes < 1e6 else f"{n_bytes / 1e6:.1f} MB"
