"""Contributions of windows to what a pooling says, beside the song's probabilities."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skgenre import SongWindows
from skgenre.neural import MILClassifier, WindowPooling
from skgenre.voting._explain import explained

MEANS = ["mean", "attention", "gated_attention", "autopool", "max"]


def make_songs(n_classes, *, zero=()):
    rng = np.random.default_rng(0)
    y = np.arange(24) % n_classes
    counts = rng.integers(1, 6, size=24)
    counts[list(zero)] = 0
    values = rng.normal(size=(counts.sum(), 3)) + 0.7 * np.eye(3)[np.repeat(y, counts)]
    starts = np.concatenate([np.zeros(0), *(2.5 * np.arange(n) for n in counts)])
    songs = SongWindows(values, counts, starts=starts, window_seconds=5.0)
    return songs, np.array(["blues", "jazz", "rock"])[y]


def fitted(pooling, space, n_classes):
    songs, y = make_songs(n_classes)
    model = MILClassifier(
        "linear",
        pooling=pooling,
        pooling_space=space,
        learning_rate=0.1,
        epochs=3,
        random_state=0,
    )
    return model.fit(songs, y), songs


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("space", ["proba", "logit"])
@pytest.mark.parametrize("pooling", MEANS)
def test_contributions_add_up_to_what_the_network_says(pooling, space, n_classes):
    model, songs = fitted(pooling, space, n_classes)
    found = explained(model, songs)
    proba = model.predict_proba(songs).astype(float)
    ranked = np.sort(proba, axis=1)
    score = ranked[:, -1]
    if space == "logit":
        score = np.log(ranked[:, -1] / ranked[:, -2])
    assert found.kind == ("share" if space == "proba" else "log-odds")
    sums = np.bincount(songs.groups, weights=found.contribution)
    assert_allclose(sums, score, rtol=1e-4, atol=1e-4)
    assert_allclose(found.score, score, rtol=1e-4, atol=1e-4)
    assert_array_equal(found.baseline, 0)
    assert_array_equal(found.verdicts, model.predict(songs))
    assert_allclose(found.windows.values, model.predict_window_proba(songs))
    assert_allclose(found.attention, model.attention_weights(songs))
    if space == "proba" and pooling in ("mean", "attention", "gated_attention"):
        # Attention times value.
        verdict = proba.argmax(axis=1)[songs.groups]
        value = found.windows.values[np.arange(songs.n_windows), verdict]
        assert_allclose(found.contribution, found.attention * value, rtol=1e-4)


@pytest.mark.parametrize("space", ["proba", "logit"])
def test_no_weighted_mean_leaves_windows_out(space):
    model, songs = fitted("log_sum_exp", space, 3)
    found = explained(model, songs)
    assert found.kind == "leave one out"
    song = int(songs.counts.argmax())
    verdict = found.song_proba[song].argmax()
    for i, row in enumerate(np.flatnonzero(songs.groups == song).tolist()):
        rest = np.delete(songs[song], i, axis=0)
        (without,) = model.predict_proba(SongWindows(rest, [len(rest)]))
        lost = found.song_proba[song, verdict] - without[verdict]
        assert_allclose(found.contribution[row], lost, atol=1e-6)
    single = int(songs.counts.argmin())
    assert songs.counts[single] == 1
    verdict = found.song_proba[single].argmax()
    lost = found.song_proba[single, verdict] - model.class_prior_[verdict]
    assert_allclose(found.contribution[songs.offsets[single]], lost, atol=1e-6)


class CallsItself(WindowPooling):
    """No weighted mean, although it says weights."""

    def weights_of(self, window_values, mask=None, features=None):
        return self.softmax_over_windows(window_values[..., :1] * 0, mask)

    def call(self, window_values, mask=None, features=None):
        return super().call(window_values, mask=mask, features=features) ** 2


def test_own_poolings_are_asked_what_they_are():
    assert fitted(CallsItself, "proba", 3)[0].explained(make_songs(3)[0]).kind == (
        "leave one out"
    )


@pytest.mark.parametrize("space", ["proba", "logit"])
def test_as_a_table(space):
    pytest.importorskip("pandas")
    model, _ = fitted("attention", space, 3)
    songs, _ = make_songs(3, zero=(2,))
    with pytest.warns(UserWarning, match="1 of 24 songs have no windows"):
        table = model.explain(songs)
    assert table.columns.tolist()[-3:] == ["score", "kind", "attention"]
    assert 2 not in set(table["song"])
    assert_allclose(table["end"], songs.starts + 5)
    sums = table.groupby("song")["contribution"].sum()
    assert_allclose(sums, table.groupby("song")["score"].first(), rtol=1e-6)


def test_weights_of_windows_are_not_used():
    songs, y = make_songs(2)
    weighed = SongWindows(
        songs.values, songs.counts, window_weight=np.ones(songs.n_windows)
    )
    with pytest.warns(
        UserWarning, match="MILClassifier learns by itself which windows"
    ):
        MILClassifier("linear", epochs=1, random_state=0).fit(weighed, y)
