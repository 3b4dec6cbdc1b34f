from types import SimpleNamespace

import numpy as np
import pytest
import review
import soundfile

SONGS = SimpleNamespace(y=np.array(["a", "b", "c"] * 5))


def test_five_labels_are_wrong_and_three_other_songs_copied():
    for seed in range(5):
        draw = review.planted(SONGS, seed)
        wrong = np.flatnonzero(draw.y != SONGS.y)
        assert sorted(draw.wrong.tolist()) == wrong.tolist()
        assert (len(wrong), len(draw.copied)) == (5, 3)
        assert not set(wrong) & set(draw.copied.tolist())
        assert set(draw.y) <= set(SONGS.y)
    assert review.planted(SONGS, 1).wrong.tolist() == (
        review.planted(SONGS, 1).wrong.tolist()
    )


def test_copies_as_somebody_else_may_have_them(tmp_path):
    y = 0.7 * np.sin(np.arange(16000) / 20)
    soundfile.write(tmp_path / "song.wav", y, 16000)
    lengths = {}
    for kind in review.KINDS:
        path = review.write_copy(tmp_path / "song.wav", kind, tmp_path, 7)
        copy, _ = soundfile.read(path)
        lengths[kind] = len(copy)
        assert f"song-{kind}-7" in path
        if kind == "louder":
            assert np.abs(copy).max() > 0.99
    assert lengths == {"mp3": pytest.approx(16000, abs=2500), "cut": 13000,
                       "louder": 16000}  # fmt: skip


def test_rankings_put_doubted_labels_first():
    proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
    y, classes = np.array(["a", "b", "a", "b"]), np.array(["a", "b"])
    given = {name: rank(proba, y, classes) for name, rank in review.RANKINGS.items()}
    assert given["probability of the label"].tolist() == [0.9, 0.4, 0.2, 0.7]
    np.testing.assert_allclose(given["its margin"], [0.8, -0.2, -0.6, 0.4])
    np.testing.assert_allclose(given["smallest margin, no label"], [0.8, 0.2, 0.6, 0.4])
    # Both classes are usual by 0.55, so that nothing is shifted.
    np.testing.assert_allclose(
        given["probability, adjusted by class"], [0.9, 0.4, 0.2, 0.7]
    )


def test_summary_counts_draws_that_find_enough():
    def draw(labels, copies):
        ranked = {"x": {"20": labels}}
        return {"labels": labels, "copies": copies, "seconds": 1.0, "rankings": ranked}

    found = review.summary([draw(5, 3), draw(4, 2), draw(3, 3), draw(0, 3)])
    assert (found["labels"], found["four_labels"]) == (3, 0.5)
    assert (found["copies"], found["all_copies"]) == (2.75, 0.75)
    assert found["rankings"]["x"]["20"] == {"labels": 3, "four_labels": 0.5}
