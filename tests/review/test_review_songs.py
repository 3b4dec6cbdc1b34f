import numpy as np
import pytest
import soundfile
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer, SongWindows
from skgenre.datasets import load_songs
from skgenre.model_selection import Duplicates
from skgenre.review import review_songs

RATE = 8000
VOTE = GroupVotingClassifier(LogisticRegression())


def features(n_songs=40, *, distance=3.0, seed=0):
    """Windows of songs of two classes that are far apart."""
    rng = np.random.default_rng(seed)
    y = np.array(["jazz", "rock"] * (n_songs // 2))
    X = SongWindows(rng.normal(size=(5 * n_songs, 3)), counts=[5] * n_songs)
    X.values[X.expand(y) == "rock"] += distance
    return X, y


def pipeline():
    return make_pipeline(
        FrameWindower(window_seconds=0.5, sample_rate=RATE),
        MFCCFeaturizer(n_mfcc=5, summary=("mean",)),
        GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression())),
    )


def test_planted_errors_come_first():
    X, y = features()
    planted = [3, 10, 25]
    truth = y.copy()
    for song in planted:
        y[song] = "rock" if y[song] == "jazz" else "jazz"
    review = review_songs(VOTE, X, y)
    assert sorted(row.song for row in review.rows[:3]) == [
        "song 10",
        "song 25",
        "song 3",
    ]
    assert [row.verdict for row in review.rows[:3]] == [
        truth[int(row.song.split()[1])] for row in review.rows[:3]
    ]
    assert len(review) == 3
    assert review.n_songs == 40
    assert review.agreement == 37 / 40
    assert review.method == (
        "Each was judged by a model fitted anew without the song and its copies, in 10 "
        "folds."
    )


def test_nobody_judges_a_song_that_it_was_trained_on():
    """A model that remembers its songs would agree with every label."""
    rng = np.random.default_rng(0)
    X = SongWindows(rng.normal(size=(200, 300)), counts=[5] * 40)
    y = np.array(["jazz", "rock"] * 20)
    loose = GroupVotingClassifier(LogisticRegression(C=1e6))
    assert loose.fit(X, y).score(X, y) == 1
    assert review_songs(loose, X, y).agreement < 0.8


def test_nor_one_that_was_trained_on_a_copy_or_its_artist():
    """Noise of which every song comes twice: only the other one tells its label."""
    rng = np.random.default_rng(0)
    values = np.repeat(rng.normal(size=(20, 5, 300)), 2, axis=0).reshape(200, 300)
    X = SongWindows(values, counts=[5] * 40)
    y = np.repeat(np.array(["jazz", "rock"] * 10), 2)
    loose = GroupVotingClassifier(LogisticRegression(C=1e6))
    assert review_songs(loose, X, y).agreement > 0.9
    pairs = [(i, i + 1, 1.0, 0.0, 5.0, True) for i in range(0, 40, 2)]
    copies = Duplicates(pairs, list(range(40)))
    assert review_songs(loose, X, y, duplicates=copies).agreement < 0.8
    artists = np.repeat([f"artist {i}" for i in range(20)], 2)
    review = review_songs(loose, X, y, groups=artists)
    assert review.agreement < 0.8
    assert "without the song, its copies and its artist" in review.method


def test_the_model_that_was_given_is_as_it_was():
    X, y = features()
    model = GroupVotingClassifier(LogisticRegression()).fit(X, y)
    before = model.predict_proba(X)
    y = y.copy()
    y[0] = "rock"
    assert review_songs(model, X, y).rows[0].song == "song 0"
    np.testing.assert_array_equal(model.predict_proba(X), before)
    again = review_songs(GroupVotingClassifier(LogisticRegression()), X, y)
    assert again == review_songs(model, X, y)


def test_without_labels_the_model_itself_judges():
    X, y = features(distance=0.5)
    with pytest.raises(NotFittedError):
        review_songs(VOTE, X)
    model = GroupVotingClassifier(LogisticRegression()).fit(X, y)
    review = review_songs(model, X)
    margin = np.ptp(model.predict_proba(X), axis=1)
    assert np.any(margin < 0.2)
    doubtful = [row for row in review if "A small margin" in row.reasons]
    assert len(doubtful) == np.sum(margin < 0.2)
    assert (review.agreement, {row.label for row in review}) == (None, {""})
    assert "judged the songs as it is" in review.method


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    time = np.arange(2 * RATE) / RATE
    for label, pitch in {"high": 1500, "low": 400}.items():
        for i in range(8):
            y = np.sin(6.28 * (pitch + 10 * i) * time) + 0.3 * rng.normal(
                size=len(time)
            )
            (tmp_path / label).mkdir(exist_ok=True)
            soundfile.write(tmp_path / label / f"{i}.wav", 0.3 * y, RATE)
    return tmp_path


@pytest.mark.parametrize("labelled", [True, False])
def test_a_decoder_that_crashes_costs_one_song(tmp_path, crash_at, labelled):
    rng = np.random.default_rng(0)
    songs = [str(tmp_path / f"{i}.wav") for i in range(9)]
    for i, song in enumerate(songs):
        y = rng.normal(size=2 * RATE) / 10
        soundfile.write(song, np.cumsum(y) / 10 if i % 2 else y, RATE)
    y = ["noise", "hum"] * 4 + ["noise"]
    model = pipeline().fit(songs[:8], y[:8])
    asked = crash_at("8.wav")
    with pytest.warns(UserWarning, match=r"8.wav: Its decoder crashed \(signal 9\)"):
        review = review_songs(
            model, songs, y if labelled else None, n_folds=2, isolate=True
        )
    assert review.n_songs == 9
    (reason,) = review.errors.values()
    assert reason.startswith("Its decoder crashed (signal 9)")
    asked.clear()
    assert review_songs(model, songs, y, n_folds=2).n_songs == 9
    assert not asked


def test_a_folder_with_a_wrong_label_a_copy_and_a_bad_file(folder):
    (folder / "high" / "0.wav").rename(folder / "low" / "wrong.wav")
    y, _ = soundfile.read(folder / "high" / "3.wav")
    soundfile.write(folder / "high" / "copy.flac", 0.5 * y[1000:], RATE)
    (folder / "low" / "bad.wav").write_bytes(b"nothing")
    with pytest.warns(UserWarning, match="1 of 18 songs cannot be compared"):
        review = review_songs(pipeline(), load_songs(folder))
    assert [row.song for row in review.rows[:2]] == ["high/copy.flac", "low/wrong.wav"]
    assert (review.rows[0].copy_of, review.rows[1].verdict) == ("high/3.wav", "high")
    assert list(review.errors) == ["low/bad.wav"]
    assert "cannot be decoded" in review.errors["low/bad.wav"]
    assert "low/bad.wav" not in {row.song for row in review}


def test_a_class_of_one_song(folder):
    (folder / "other").mkdir()
    (folder / "high" / "1.wav").rename(folder / "other" / "1.wav")
    review = review_songs(pipeline(), load_songs(folder), duplicates=False)
    assert review.errors == {
        "other/1.wav": "No other recording of its class could be learned from, so its "
        "label cannot be judged."
    }
    assert review.n_songs == 16


def test_nothing_can_be_read(tmp_path):
    songs = [str(tmp_path / f"{i}.wav") for i in range(4)]
    with (
        pytest.warns(UserWarning, match="cannot be compared"),
        pytest.raises(ValueError, match="4 songs of which none has windows"),
    ):
        review_songs(pipeline(), songs, ["a", "a", "b", "b"])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"y": ["a"] * 40}, "Got songs of one class only, 'a', but expected two"),
        ({"n_folds": 1}, "Got n_folds=1, but expected 2 or more"),
        ({"y": ["a", "b"]}, "inconsistent numbers of samples"),
        ({"duplicates": Duplicates([], ["a"])}, "duplicates of 1 songs.*the 40 songs"),
        ({"y": [None] + ["a", "b"] * 19 + ["a"]}, "without a label"),
    ],
)
def test_what_cannot_be_meant(more, message):
    X, y = features()
    with pytest.raises(ValueError, match=message):
        review_songs(VOTE, X, **{"y": y, **more})


def test_labels_that_are_numbers():
    X, y = features()
    y = (y == "rock").astype(int)
    y[4] = 1
    row = review_songs(VOTE, X, y).rows[0]
    assert (row.song, row.label, row.verdict) == ("song 4", "1", "0")


def test_names_of_a_bunch():
    X, y = features()
    names = [f"{i}.wav" for i in range(40)]
    y[9] = "jazz"
    review = review_songs(VOTE, Bunch(data=X, target=y, names=names, groups=None))
    assert review.rows[0].song == "9.wav"
    assert review.apply(Bunch(data=list(range(40)), target=y, names=names)).target[
        9
    ] == ("jazz")
