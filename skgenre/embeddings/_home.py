"""Where models lie on this machine."""

import os
import sys
from pathlib import Path


def models_folder() -> Path:
    """Name the folder of installed models, which need not be there.

    Returns
    -------
    Path
        ``models`` in the folder that the variable SKGENRE_HOME names, or in that of
        the system for caches of skgenre.
    """
    if home := os.environ.get("SKGENRE_HOME"):
        return Path(home).expanduser() / "models"
    return _cache_folder() / "skgenre" / "models"


def _cache_folder() -> Path:
    if caches := os.environ.get("XDG_CACHE_HOME"):
        return Path(caches).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    return Path.home() / ".cache"
