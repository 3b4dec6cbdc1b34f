import data
import numpy as np
import pytest
import soundfile
from numpy.testing import assert_array_equal


@pytest.fixture(params=list(data.LOADERS))
def recordings(request, data_dir):
    return data.LOADERS[request.param](data_dir)


def test_recordings_are_what_is_known_of_them(data_dir):
    gtzan, esc = data.gtzan3(data_dir), data.esc10(data_dir)
    assert (len(gtzan.y), len(np.unique(gtzan.y))) == (195, 3)
    assert [len(side) for side in gtzan.splits[0]] == [134, 61]
    assert (len(esc.y), len(np.unique(esc.y))) == (400, 10)
    assert [len(test) for _, test in esc.splits] == [80] * 5
    assert_array_equal(np.sort(esc.tested), np.arange(400))


def test_files_are_there_and_of_the_rate(recordings):
    for path in recordings.paths[::40]:
        assert soundfile.info(path).samplerate == recordings.sample_rate


def test_no_cluster_is_on_both_sides(recordings):
    for train, test in recordings.splits:
        assert not np.intersect1d(train, test).size
        clusters = recordings.clusters
        assert not np.intersect1d(clusters[train], clusters[test]).size


def test_inner_splits_are_positions_in_the_training_side(recordings):
    for train, _ in recordings.splits:
        tested = []
        for inner_train, inner_test in recordings.inner_splits(train):
            both = np.concatenate([inner_train, inner_test])
            assert_array_equal(np.sort(both), np.arange(len(train)))
            clusters = recordings.clusters[train]
            shared = np.intersect1d(clusters[inner_train], clusters[inner_test])
            assert not shared.size
            tested.append(inner_test)
        assert len(tested) == 4
        assert_array_equal(np.sort(np.concatenate(tested)), np.arange(len(train)))


def test_unknown_artists_are_handed_on_as_unknown(data_dir):
    songs = data.gtzan3(data_dir)
    unknown = np.array([artist is None for artist in songs.artists])
    assert unknown.sum() == 14
    # Where they must be something, each is by itself.
    assert len(np.unique(songs.clusters[unknown])) == 14
    assert_array_equal(songs.clusters[~unknown], songs.artists[~unknown].astype(str))


def test_the_table_has_windows_and_artists_of_its_songs(data_dir):
    songs = data.gtzan3(data_dir)
    windows, y, artists = data.gtzan3_table(songs)
    assert windows.window_shape == (57,)
    assert len(windows) == len(y) == len(artists)
    position = {song: i for i, song in enumerate(songs.songs)}
    same = [position[song] for song in windows.song_ids]
    assert_array_equal(y, songs.y[same])
    assert_array_equal(artists, songs.artists[same])


def test_minutes_have_one_voice_and_its_echo(data_dir, tmp_path):
    paths = data.write_minutes(data_dir, tmp_path, 2, "wav", 8_000)
    assert [path.rpartition("/")[2] for path in paths] == ["0000.wav", "0001.wav"]
    y, rate = soundfile.read(paths[0])
    assert (rate, y.shape) == (8_000, (480_000, 2))
    np.testing.assert_allclose(y[:, 1], 0.5 * y[:, 0], atol=1e-4)
    other, _ = soundfile.read(paths[1])
    assert np.abs(y - other).max() > 0.01


def test_formats_hold_the_same_minute(data_dir, tmp_path):
    files = data.write_formats(
        data_dir, tmp_path, 1, formats=("wav", "flac"), rates=(44_100, 22_050)
    )
    assert set(files) == {
        (kind, rate) for kind in ("wav", "flac") for rate in (44_100, 22_050)
    }
    for (_, rate), paths in files.items():
        [path] = paths
        assert soundfile.info(path).samplerate == rate
        assert soundfile.info(path).duration == 60
    wav, flac = (soundfile.read(files[kind, 22_050][0])[0] for kind in ("wav", "flac"))
    # Both hold 16 bits, and round differently.
    np.testing.assert_allclose(wav, flac, rtol=0, atol=2**-15)
    # Another clip in each ear.
    assert np.abs(wav[:, 0] - wav[:, 1]).max() > 0.01


def test_minutes_in_memory(data_dir):
    songs = data.minutes_in_memory(data_dir, 2, rate=8_000)
    assert [song.shape for song in songs] == [(480_000,), (480_000,)]
    assert songs[0].dtype == np.float32


def test_hours_repeat_a_minute_with_a_rising_gain(tmp_path):
    minute, path = tmp_path / "minute.wav", tmp_path / "long.wav"
    soundfile.write(minute, np.full((800, 2), 0.5), 8_000)
    data.write_hours(str(minute), path, 4)
    y, _ = soundfile.read(path)
    assert len(y) == 3200
    gains = [0.5, 0.625, 0.75, 0.875]
    np.testing.assert_allclose(y[::800, 0], [0.5 * gain for gain in gains], atol=1e-4)


@pytest.mark.parametrize("n_songs", [1, 3, 4, 7])
def test_repeated_gives_as_many_as_asked_for(n_songs):
    assert data.repeated(["a", "b", "c"], n_songs) == list("abcabca"[:n_songs])
