"""The way in and out: runs a command, and turns what goes wrong into a message."""

import sys
from collections.abc import Sequence
from typing import Any

from skgenre.audio._song import shown
from skgenre.cli._errors import Interrupted, UserError, require

# What shells give programs that Ctrl-C ended, and for what they cannot understand.
_INTERRUPTED = 130
_USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, default=None
        The arguments; those of the process if None.

    Returns
    -------
    int
        Exit code: 0 if all went well, 1 if not, with one message on stderr; 2 if
        there is no such command or option, and 130 if the user interrupted, as
        shells have it.

    Examples
    --------
    >>> from skgenre.cli import main
    >>> main(["--version"])
    skgenre ...
    0
    """
    try:
        require("rich", "typer")
    except UserError as error:
        return _complain(str(error))
    import typer

    # It imports typer, which may have been missing.
    from skgenre.cli._app import app

    # Its home differs between versions of typer.
    usage_error: Any = next(
        cls for cls in typer.BadParameter.__mro__ if cls.__name__ == "ClickException"
    )
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        code = app(args=arguments, prog_name="skgenre", standalone_mode=False)
    # Aborts are the same, once typer has seen it.
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted()
    except Interrupted as error:
        return _interrupted(str(error))
    # Everything else is a bug, and keeps its traceback.
    except (UserError, ValueError, OSError, ModuleNotFoundError) as error:
        return _complain(str(error))
    except usage_error as error:
        message = error.format_message().rstrip(".")
        return _complain(f"{message}. See: skgenre --help", code=_USAGE)
    if code == _INTERRUPTED:  # newer versions of typer catch it themselves
        return _interrupted()
    return code if isinstance(code, int) else 0


def _interrupted(kept: str = "") -> int:
    sys.stderr.write(f"{' '.join(['Interrupted.', shown(kept)]).rstrip()}\n")
    return _INTERRUPTED


def _complain(message: str, *, code: int = 1) -> int:
    sys.stderr.write(f"Error: {shown(message)}\n")
    return code
