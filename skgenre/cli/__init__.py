"""Command line: ``skgenre demo`` and ``skgenre evaluate FOLDER``."""

from skgenre.cli._app import main

__all__ = ["main"]
