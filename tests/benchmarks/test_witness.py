import numpy as np
import pytest
import witness


@pytest.fixture(scope="module")
def clips():
    """Eight clips of four windows of each kind, two of a source; one window silent."""
    labels = np.repeat([*witness.BACKGROUND, *witness.EVENTS], 8)
    clip = np.repeat(np.arange(len(labels)), 4)
    rng = np.random.default_rng(0)
    kind = np.unique(labels, return_inverse=True)[1][clip]
    return witness.Clips(
        values=5 * np.eye(10)[kind] + rng.normal(size=(len(clip), 10)),
        clip=clip,
        source=clip // 2,
        label=labels[clip],
        sounds=np.arange(len(clip)) % 4 > 0,
    )


def test_recordings_hold_so_many_events_and_sources_are_apart(clips):
    used = []
    for testing in (False, True):
        X, y, is_event = witness.compose(clips, 0.05, 3, testing=testing)
        assert X.counts.tolist() == [60] * witness.N_RECORDINGS
        assert set(y) == set(witness.EVENTS)
        assert is_event.reshape(-1, 60).sum(axis=1).tolist() == [3] * len(y)
        places = {tuple(row): i for i, row in enumerate(clips.values)}
        rows = np.array([places[tuple(row)] for row in X.values])
        np.testing.assert_array_equal(clips.label[rows[is_event]], np.repeat(y, 3))
        assert np.isin(clips.label[rows[~is_event]], witness.BACKGROUND).all()
        assert clips.sounds[rows[is_event]].all()
        used.append(set(clips.source[rows].tolist()))
    assert used[0] & used[1] == set()


def test_one_window_is_the_least(clips):
    *_, is_event = witness.compose(clips, 0.001, 0, testing=False)
    assert is_event.reshape(-1, 60).sum(axis=1).max() == 1


def test_top_k_is_the_mean_of_a_tenth():
    proba = np.random.default_rng(0).uniform(size=(120, 2))
    expected = [np.sort(song, axis=0)[-6:].mean(axis=0) for song in np.split(proba, 2)]
    found = witness.top_k(proba, np.repeat([0, 1], 60))
    np.testing.assert_allclose(found, expected)


def test_one_cell_without_networks(clips, monkeypatch):
    monkeypatch.setattr(witness, "N_RECORDINGS", 20)
    monkeypatch.setattr(
        witness, "CLASSIFIERS", {"logistic regression": witness.LogisticRegression()}
    )
    monkeypatch.setattr(witness.compose, "__kwdefaults__", {"n_recordings": 20})
    cell = witness.run(clips, 0.2, 0, networks=False)
    assert cell["accuracy"]["logistic regression, witness: max"] > 80
    assert cell["share"]["true"] == 0.2
    assert cell["share"]["logistic regression"] == pytest.approx(0.2, abs=0.1)
    report = witness.summed_up({"0.200 0": cell, "0.200 1": cell})
    assert report["rates"]["0.200"]["n_seeds"] == 2
    assert report["rates"]["0.200"]["accuracy"] == {
        name: round(value, 1) for name, value in cell["accuracy"].items()
    }


def test_pairs_are_counted_recording_by_recording():
    cell = {"right": {witness.VOTE: "0011", witness.MIL: "1110"}}
    found = witness.paired([cell, cell])
    assert (found["better"], found["worse"], found["points"]) == (4, 2, 25.0)
    tests = {"a": {"p_value": 0.01}, "b": {"p_value": 0.03}, "c": {"p_value": 0.02}}
    holm = {name: test["p_holm"] for name, test in witness.corrected(tests).items()}
    assert holm == pytest.approx({"a": 0.03, "b": 0.04, "c": 0.04})
