"""Command line: ``skgenre demo`` and ``skgenre evaluate FOLDER``."""

from skgenre.cli._main import main

__all__ = ["main"]
