import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skgenre import (
    AudioError,
    FrameWindower,
    MelSpectrogramFeaturizer,
    MFCCFeaturizer,
    SongWindows,
)

librosa = pytest.importorskip("librosa")


@pytest.fixture(scope="module")
def audio(song_files):
    return FrameWindower(2.0).fit_transform(song_files.data[::6])


@pytest.mark.parametrize("n_fft", [None, 2048])
def test_equal_to_librosa_on_each_window(audio, n_fft):
    features = MFCCFeaturizer(n_fft=n_fft, deltas=1).fit_transform(audio)
    assert features.values.dtype == np.float32
    for windows, mfccs in zip(audio, features, strict=True):
        for window, mfcc in zip(windows, mfccs, strict=True):
            expected = librosa.feature.mfcc(
                y=window, sr=22050, n_mfcc=13, n_fft=n_fft or 1024, hop_length=512
            )
            assert_allclose(mfcc[:13], expected, atol=2e-3)
            assert_allclose(mfcc[13:], librosa.feature.delta(expected), atol=2e-3)


def test_shape_of_the_source_answer():
    rng = np.random.default_rng(0)
    minutes = [rng.normal(size=60 * 22050).astype(np.float32) for _ in range(2)]
    windows = FrameWindower().fit_transform(minutes)
    features = MFCCFeaturizer(channel_axis=True).fit_transform(windows)
    values, mask = features.to_padded()
    assert values.shape == (2, 23, 13, 216, 1)
    assert mask.all()


@pytest.mark.slow
def test_shape_of_the_source_answer_on_real_songs(data_dir):
    paths = sorted((data_dir / "gtzan3" / "audio").glob("*/*.ogg"))[::25]
    songs = [np.concatenate([librosa.load(p, sr=22050)[0]] * 2) for p in paths]
    windows = FrameWindower(max_seconds=60).fit_transform(songs)
    features = MFCCFeaturizer(channel_axis=True).fit_transform(windows)
    assert features.to_padded()[0].shape == (8, 23, 13, 216, 1)


@pytest.mark.parametrize("featurizer", [MFCCFeaturizer(), MelSpectrogramFeaturizer(40)])
def test_array_in_array_out(audio, featurizer):
    from_array = clone(featurizer).fit_transform(audio.values)
    assert isinstance(from_array, np.ndarray)
    assert_allclose(from_array, featurizer.fit_transform(audio).values, atol=1e-4)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_jobs_and_laziness_change_nothing(audio, n_jobs):
    featurizer = MFCCFeaturizer(summary=("mean", "std"))
    expected = featurizer.fit_transform(audio)
    parallel = clone(featurizer).set_params(n_jobs=n_jobs)
    for X in (audio, audio.load()):
        features = parallel.fit_transform(X)
        assert features == expected
        assert_array_equal(features.song_ids, audio.song_ids)
        assert_array_equal(features.starts, audio.starts)
        assert features.window_seconds == 2.0


def test_summary_is_the_statistic_of_the_matrix(audio):
    matrix = MFCCFeaturizer(deltas=1).fit_transform(audio)
    featurizer = MFCCFeaturizer(deltas=1, summary=["mean", "max"])
    vector = featurizer.fit_transform(audio)
    assert_allclose(vector.values[:, :26], matrix.values.mean(axis=2), rtol=1e-5)
    assert_allclose(vector.values[:, 26:], matrix.values.max(axis=2))
    names = featurizer.get_feature_names_out()
    assert names[[0, 13, 26, 51]].tolist() == [
        "mfcc_0_mean",
        "delta_mfcc_0_mean",
        "mfcc_0_max",
        "delta_mfcc_12_max",
    ]
    assert vector.to_frame().columns[3] == "mfcc_0_mean"


def test_songs_do_not_see_each_other(audio):
    featurizer = MFCCFeaturizer(summary=("mean",)).fit(audio)
    whole = featurizer.transform(audio)
    assert featurizer.transform(audio[[2]]) == whole[[2]]
    assert featurizer.transform(audio[[3, 1]]) == whole[[3, 1]]


@pytest.mark.parametrize("location", [str, lambda path: path])
def test_cache_reuses_songs_and_sees_changes(
    song_files, tmp_path, location, monkeypatch
):
    paths = song_files.data[:3]
    featurizer = MFCCFeaturizer(summary=("mean",), memory=location(tmp_path))
    expected = featurizer.fit_transform(FrameWindower().fit_transform(paths))

    calls = []
    from skgenre.audio import _plan

    read_blocks = _plan.read_blocks

    def counted(song, **parameters):
        calls.append(song)
        return read_blocks(song, **parameters)

    monkeypatch.setattr(_plan, "read_blocks", counted)
    # A new windower of the same parameters, one more song: only that is read.
    more = [*paths[::-1], song_files.data[3]]
    features = clone(featurizer).fit_transform(FrameWindower().fit_transform(more))
    assert calls == [song_files.data[3]]
    assert_array_equal(features[:3].values, expected[::-1].values)
    # Other parameters, other windows.
    clone(featurizer).set_params(n_mfcc=5).fit_transform(
        FrameWindower().fit_transform(paths[:1])
    )
    featurizer.fit_transform(FrameWindower(2.0).fit_transform(paths[:1]))
    assert calls[1:] == paths[:1] * 2
    # A waveform is known by its samples.
    y = np.random.default_rng(0).normal(size=9000)
    for song in (y, y.copy(), y + 1e-3):
        MFCCFeaturizer(memory=tmp_path).fit_transform(
            FrameWindower(0.2).fit_transform([song])
        )
    assert len(calls) == 5


def test_a_changed_file_is_read_again(tmp_path):
    import soundfile

    path = tmp_path / "song.wav"
    rng = np.random.default_rng(0)
    featurizer = MFCCFeaturizer(summary=("mean",), memory=tmp_path / "cache")
    results = []
    for n_samples in (9000, 9001):
        soundfile.write(path, 0.1 * rng.normal(size=n_samples), 22050)
        windows = FrameWindower(0.2).fit_transform([path])
        results.append(featurizer.fit_transform(windows))
    assert results[0] != results[1]


def test_a_bad_file_never_costs_the_good_ones(song_files, tmp_path):
    paths = [song_files.data[0], str(tmp_path / "missing.wav"), song_files.data[1]]
    featurizer = MFCCFeaturizer(summary=("mean",), memory=tmp_path / "cache")
    windows = FrameWindower(on_error="raise").fit_transform(paths)
    with pytest.raises(AudioError, match=r"1 of 3 songs.*\n.*missing.wav"):
        featurizer.fit_transform(windows)
    # The good ones were extracted and cached before the error.
    assert len(list((tmp_path / "cache").rglob("output.pkl"))) == 2
    windows = FrameWindower(on_error="warn").fit_transform(paths)
    with pytest.warns(UserWarning, match="1 of 3 songs"):
        features = featurizer.fit_transform(windows)
    assert (features.counts > 0).tolist() == [True, False, True]
    assert list(featurizer.errors_) == [paths[1]]
    with (
        pytest.warns(UserWarning, match="1 of 1 songs"),
        pytest.raises(ValueError, match="None of the 1"),
    ):
        featurizer.transform(windows[[1]])


def test_progress_bar(audio, capsys):
    MFCCFeaturizer(verbose=1).fit_transform(audio[:2])
    assert "2/2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_mfcc": 129}, "n_mfcc=129 with n_mels=128, but expected n_mfcc <= n_mels"),
        ({"n_mfcc": 0}, "'n_mfcc' parameter"),
        ({"hop_length": 0}, "'hop_length' parameter"),
        ({"hop_length": -512}, "'hop_length' parameter"),
        ({"n_fft": 1}, "'n_fft' parameter"),
        ({"fmin": 9000.0, "fmax": 8000.0}, "expected fmin < fmax <= 11025"),
        ({"fmax": 20000.0}, "expected fmin < fmax <= 11025"),
        ({"summary": "mean"}, "'summary' parameter"),
        ({"summary": ("average",)}, r"Got summary=\('average',\)"),
        ({"summary": ()}, "empty summary"),
        ({"summary": ("mean",), "channel_axis": True}, "Drop one of the two"),
        ({"deltas": 3}, "'deltas' parameter"),
        ({"deltas": 1, "hop_length": 8000}, "6 STFT frames, but expected at least 9"),
        ({"sample_rate": 44100}, "windows are at 22050"),
    ],
)
def test_wrong_parameters(audio, parameters, message):
    with pytest.raises(ValueError, match=message):
        MFCCFeaturizer(**parameters).fit(audio)


def test_wrong_windows(audio):
    featurizer = MFCCFeaturizer().fit(audio)
    other = FrameWindower(1.0).fit_transform(
        [np.random.default_rng(0).normal(size=9**5)]
    )
    with pytest.raises(
        ValueError, match=r"windows of 44100 samples. Got windows of 22050"
    ):
        featurizer.transform(other)
    with pytest.raises(ValueError, match="expects windows of audio"):
        MFCCFeaturizer().fit(featurizer.transform(audio))
    with pytest.raises(ValueError, match="expects windows of audio"):
        MFCCFeaturizer().fit(SongWindows(np.eye(2), [2], feature_names=["a", "b"]))


def test_a_sparse_mel_bank_still_fits():
    # 128 bands over 129 bins: some bands hold no bin and stay at the floor.
    windows = np.random.default_rng(0).normal(size=(1, 4096))
    features = MelSpectrogramFeaturizer(n_fft=256, hop_length=128).fit_transform(
        windows
    )
    assert np.isfinite(features).all()
