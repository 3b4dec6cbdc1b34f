"""Tables as aligned text and as HTML."""

import html
import textwrap


def aligned(table: list[list[str]], width: int | None = None) -> list[str]:
    """Columns of text: the first to the left, others to the right.

    Parameters
    ----------
    table : list of list of str
        Lines of cells, as many in each; the head first.
    width : int, default=None
        Letters of a line: columns at the right that do not fit are left out.

    Returns
    -------
    list of str
        The lines.

    Examples
    --------
    >>> from skgenre.model_selection._text_tables import aligned
    >>> aligned([["Songs", "right"], ["max", "9 %"]])
    ['Songs  right', 'max      9 %']
    """
    # Columns are the transposed lines.
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    if width is not None:
        # Two columns at least, a name and a number.
        while len(widths) > 2 and sum(widths) + 2 * (len(widths) - 1) > width:
            del widths[-1]
        table = [line[: len(widths)] for line in table]
    return [
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in table
    ]


def wrapped(text: str, width: int) -> list[str]:
    """Lines of a sentence, broken between words and never inside of one.

    Parameters
    ----------
    text : str
        One line; blanks at its start are an indent that all lines get.
    width : int
        Letters of a line.

    Returns
    -------
    list of str
        The lines.

    Examples
    --------
    >>> from skgenre.model_selection._text_tables import wrapped
    >>> wrapped("  a/long/path.wav: no song", 10)
    ['  a/long/path.wav:', '  no song']
    """
    indent = " " * (len(text) - len(text.lstrip(" ")))
    lines = textwrap.wrap(
        text.strip(" "),
        max(width, 10),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [""]


def html_table(table: list[list[str]]) -> str:
    """One HTML table whose first line is the head.

    Parameters
    ----------
    table : list of list of str
        Lines of cells; the head first.

    Returns
    -------
    str
        HTML, with all that the cells hold escaped.

    Examples
    --------
    >>> from skgenre.model_selection._text_tables import html_table
    >>> html_table([["a"], ["<"]])
    '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>&lt;</td></tr></tbody></table>'
    """
    head, *body = (
        f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in line)}</tr>"
        for tag, line in zip(["th"] + ["td"] * (len(table) - 1), table, strict=True)
    )
    return f"<table><thead>{head}</thead><tbody>{''.join(body)}</tbody></table>"


def interval_head(confidence: float) -> str:
    """Head of a column of confidence intervals.

    Parameters
    ----------
    confidence : float
        Between 0 and 1.

    Returns
    -------
    str
        Such as "95 % interval".
    """
    return f"{100 * confidence:g} % interval"


def percent(share: float) -> str:
    """A share in percent.

    Parameters
    ----------
    share : float
        Between 0 and 1.

    Returns
    -------
    str
        Such as "12.5 %".
    """
    return f"{100 * share:.1f} %"


def percent_interval(low: float, high: float) -> str:
    """Both ends of an interval of shares, in percent.

    Parameters
    ----------
    low, high : float
        Between 0 and 1.

    Returns
    -------
    str
        Such as "12.5 to 25.0 %".
    """
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def point_interval(low: float, high: float) -> str:
    """Both ends of an interval of differences, in points.

    Parameters
    ----------
    low, high : float
        Percentage points.

    Returns
    -------
    str
        Such as "-1.0 to +2.5".
    """
    return f"{low:+.1f} to {high:+.1f}"
