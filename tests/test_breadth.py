"""The README's table of scikit-learn's tools is what comes out when each is run."""

import breadth
import pytest

from skgenre.datasets import make_songs


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    folder = tmp_path_factory.mktemp("songs")
    songs = make_songs(folder, n_songs=6, genres=breadth.GENRES, max_seconds=9)
    return breadth.settings(songs.data, songs.target, folder / "cache")


def test_the_readme_says_of_every_tool_what_it_does(views):
    pytest.importorskip("pandas")
    pytest.importorskip("matplotlib")
    if not breadth.HAS_CALLBACKS:
        pytest.skip("the README is about scikit-learn 1.9, which has callbacks")
    written = breadth.MARKED.search(breadth.README.read_text())
    made = breadth.table(views)
    assert written[0] == f"{written[1]}{made}{written[2]}"


@pytest.mark.skipif(breadth.HAS_CALLBACKS, reason="the test above runs them all")
def test_tools_of_an_older_scikit_learn_work_or_their_remedy_does(views):
    for tool in breadth.TOOLS:
        for songs in views.values():
            assert breadth.outcome(tool, songs)


def test_every_tool_that_may_not_work_has_a_remedy():
    names = [tool.name for tool in breadth.TOOLS]
    assert len(set(names)) == len(names)
    for tool in breadth.TOOLS:
        assert bool(tool.instead) == (tool.remedy is not None)


def test_a_tool_that_fails_without_a_remedy_is_an_error(views):
    def broken(songs):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        breadth.outcome(breadth.Tool("broken", broken), views["songs"])


def test_importances_of_songs_are_losses_of_accuracy(views):
    """A feature that no verdict hangs on has none; the score is that of songs."""
    songs = views["songs"]
    found = breadth.importance_of_songs(songs)
    losses = found.importances * len(songs.y)
    assert losses == pytest.approx(losses.round())
    assert found.importances.shape == (4, 2)
