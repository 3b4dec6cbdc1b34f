import pytest
from shell import write_song

pytest.importorskip("typer")
pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Two genres, three artists each, two songs by each artist."""
    folder = tmp_path_factory.mktemp("library")
    for genre, frequency in {"high": 3000, "low": 300}.items():
        for i in range(6):
            name = f"{genre} band {i % 3} - song {i}.wav"
            write_song(folder / genre / name, frequency + 20 * i, seed=i)
    return folder
