import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.linear_model import LogisticRegression

from skgenre import AudioError, FrameWindower, GroupVotingClassifier, SongWindows, vote
from skgenre._arrays import as_plain

rng = np.random.default_rng(0)


def test_what_is_plain_stays_as_it_is(tmp_path):
    values = rng.normal(size=(3, 2))
    assert as_plain(values, what="values") is values
    assert as_plain([[1, 2]], what="values").tolist() == [[1, 2]]
    np.save(tmp_path / "x.npy", values)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert as_plain(mapped, what="values") is mapped


def test_wide_floats_are_of_64_bits():
    wide = rng.normal(size=(12, 2)).astype(np.longdouble)
    assert as_plain(wide, what="values").dtype == np.float64
    X = SongWindows(wide, [3] * 4)
    assert_array_equal(X.values, wide.astype(float))
    y = [0, 1, 0, 1]
    model = GroupVotingClassifier(LogisticRegression()).fit(X, y)
    assert model.predict(X).shape == (4,)
    songs = [wide[:, 0].repeat(100)]
    windows = FrameWindower(window_seconds=1, sample_rate=100).fit_transform(songs)
    assert windows.values.dtype == np.float64


@pytest.mark.parametrize(
    "use",
    [
        lambda masked: SongWindows(masked, [4]),
        lambda masked: vote(masked, [0, 0, 1, 1]),
        lambda masked: GroupVotingClassifier(LogisticRegression()).fit(
            masked, [0, 0, 1, 1], groups=[0, 0, 1, 1]
        ),
    ],
    ids=["container", "vote", "classifier"],
)
def test_masked_entries_are_not_heard(use):
    masked = np.ma.masked_array(np.full((4, 2), 0.5), mask=np.eye(4, 2))
    with pytest.raises(ValueError, match=r"Got a masked array.*values\.filled"):
        use(masked)


def test_a_masked_waveform_is_an_error_of_its_song():
    y = rng.normal(size=300)
    masked = np.ma.masked_array(y, mask=np.arange(300) < 5)
    windower = FrameWindower(window_seconds=1, sample_rate=100)
    with pytest.raises(AudioError, match="Got a masked array") as caught:
        _ = windower.fit_transform([y, masked]).values
    assert list(caught.value.errors) == [1]
