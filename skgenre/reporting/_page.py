"""The page: one file of HTML that asks nobody for anything."""

import base64
import hashlib
import html
import json
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from skgenre.audio._song import shown
from skgenre.reporting._content import ReportContent
from skgenre.reporting._sound import Sound


def page_of(content: ReportContent, sounds: list[Sound]) -> str:
    """Write the page.

    Parameters
    ----------
    content : ReportContent
        What it says.
    sounds : list of Sound
        One of each song.

    Returns
    -------
    str
        HTML. Names stand in it as data, never as part of the page.
    """
    data = content.to_json()
    for song, sound in zip(data["songs"], sounds, strict=True):
        song["sound"] = sound.to_json()
    data["version"] = version("skgenre")
    # Decisions are kept for this content, and no other.
    data["hash"] = hashlib.sha256(_as_text(data).encode()).hexdigest()[:16]
    style, script = _part("page.css"), _part("page.js")
    values = {
        "title": html.escape(shown(content.title)),
        "policy": _policy(style, script),
        "style": style,
        "script": script,
        "data": _as_text(data),
        "sounds": "\n".join(
            f'<script type="text/plain" id="sound-{i}">{sound.source}</script>'
            for i, sound in enumerate(sounds)
            if sound.kind == "embed"
        ),
    }
    # In one pass: what a value holds is not looked through for names of others.
    head, *rest = _part("page.html").split("{{")
    filled = [head]
    for piece in rest:
        name, _, text = piece.partition("}}")
        filled += [values[name], text]
    return "".join(filled)


def _part(name: str) -> str:
    return files("skgenre.reporting").joinpath(name).read_text(encoding="utf-8")


def _as_text(data: dict[str, Any]) -> str:
    """JSON that ends no element of HTML, whatever songs are called."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _policy(style: str, script: str) -> str:
    """Forbid all that is not in the page, but songs in files beside it."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; "
        f"style-src '{_digest(style)}'; "
        "media-src blob: file: 'self'; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
