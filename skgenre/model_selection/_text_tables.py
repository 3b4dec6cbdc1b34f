"""Tables as aligned text and as HTML."""

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


def aligned(table: list[list[str]]) -> list[str]:
    """Columns of text: the first to the left, others to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]


def html_table(table: list[list[str]]) -> str:
    head, *body = (
        "<tr>"
        + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row)
        + "</tr>"
        for tag, row in zip(["th"] + ["td"] * (len(table) - 1), table, strict=True)
    )
    return f"<table><thead>{head}</thead><tbody>{''.join(body)}</tbody></table>"
