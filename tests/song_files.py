"""Folders of songs for tests: of empty files, and short synthesised ones."""

QUICK = {"min_seconds": 0.5, "max_seconds": 1.5, "sample_rate": 8000}


GENRES = ["ballad", "chiptune", "drone", "march", "techno"]


def touch(folder, *names):
    """Make empty files below a folder: listed as songs though nothing decodes them."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder
