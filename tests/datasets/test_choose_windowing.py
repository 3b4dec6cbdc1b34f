"""Which windows fit which songs, worked by hand."""

import numpy as np
import pytest

from skgenre import FrameWindower, recipes
from skgenre.datasets import SongSurvey, Windowing, choose_windowing, survey_songs
from skgenre.datasets._choose_windowing import shorter_than


def survey_of(seconds, rates=22050, *, reasons=None):
    """A survey of songs of these lengths and rates, without any file."""
    n_songs = len(seconds)
    unknown = np.full(n_songs, np.nan)
    return SongSurvey(
        song_ids=[f"song {i}" for i in range(n_songs)],
        seconds=np.array(seconds, dtype=float),
        native_rate=np.broadcast_to(np.array(rates, dtype=float), n_songs),
        n_channels=np.ones(n_songs, dtype=int),
        formats=["WAV"] * n_songs,
        peak_db=unknown,
        level_db=unknown,
        silent=np.zeros(n_songs, dtype=bool),
        reasons=[None] * n_songs if reasons is None else reasons,
        remarks=[()] * n_songs,
        is_decoded=False,
    )


@pytest.mark.parametrize(
    ("seconds", "rates", "window_seconds", "sample_rate", "said"),
    [
        # 60 s: windows of 5 s at 0, 2.5, ..., 55, which are 23.
        ([60.0] * 9, 44100, 5.0, 22050, "last 60 s: windows of 5 s give about 23"),
        # 30 s: 11. 15 s: 5. A little less: 4 of 5 s, so 3 s, of which there are 8.
        ([30.0] * 9, 22050, 5.0, 22050, "windows of 5 s give about 11 each"),
        ([15.0] * 9, 22050, 5.0, 22050, "windows of 5 s give about 5 each"),
        ([14.9] * 9, 22050, 3.0, 22050, "windows of 3 s give about 8 each"),
        # ESC-10, EmoDB.
        ([3.6, 5.0, 5.0, 5.0, 7.2], 44100, 1.0, 22050, "1 s give about 9 each"),
        ([2.0] * 9, 16000, 0.5, 16000, "0.5 s give about 7 each"),
        # Half a second at 4 kHz is less than nine STFT frames: 1 + 2000 // 256 = 8.
        ([1.2, 2.5, 4.8], 4000, 1.0, 4000, "last 1.2 to 4.8 s (median 2.5): windows"),
        ([1.2, 2.5, 4.8], 4000, 1.0, 4000, "windows of 1 s give about 4 each."),
        # The same lengths at a higher rate.
        ([1.2, 2.5, 4.8], 22050, 0.5, 22050, "0.5 s give about 9 each"),
        # One file of an hour among short ones moves nothing.
        ([3.0] * 9 + [3600.0], 22050, 1.0, 22050, "last 3 to 3,600 s (median 3)"),
        # Most of 0.3 s: 0.25 s would leave an end unheard and still be one window.
        ([0.3] * 9, 22050, 0.3, 22050, "a window holds a whole song"),
        ([0.1] * 9, 22050, 0.25, 22050, "there is nothing to vote on"),
        ([0.29] * 9, 22050, 0.29, 22050, "last 0.29 s: too short to be cut"),
        ([1.2] * 9, 4000, 1.2, 4000, "last 1.2 s: too short to be cut"),
    ],
)
def test_lengths_and_rates(seconds, rates, window_seconds, sample_rate, said):
    chosen = choose_windowing(survey_of(seconds, rates))
    assert chosen.window_seconds == window_seconds
    assert isinstance(chosen.window_seconds, float)
    assert chosen.sample_rate == sample_rate
    assert chosen.hop_seconds is None
    assert said in " ".join(chosen.reasons)


def test_the_number_of_windows_is_that_of_the_windower():
    """What is said is what comes out."""
    for seconds, rate in ((60, 22050), (2.5, 4000), (2, 16000), (5, 22050)):
        y = np.random.default_rng(0).normal(size=int(seconds * rate))
        chosen = choose_windowing(survey_songs([(y, rate)]))
        windower = FrameWindower(chosen.window_seconds, sample_rate=chosen.sample_rate)
        n_windows = windower.fit_transform([(y, rate)]).n_windows
        assert f"give about {n_windows} each" in " ".join(chosen.reasons)


@pytest.mark.parametrize(
    ("seconds", "rate"), [(0.1, 22050), (0.3, 22050), (0.3, 4000), (1.0, 1000)]
)
def test_every_recipe_can_do_with_what_is_chosen(seconds, rate):
    rng = np.random.default_rng(0)
    songs = [(rng.normal(size=int(seconds * rate)) * 0.1, rate) for _ in range(6)]
    chosen = choose_windowing(survey_songs(songs))
    model = recipes.fast(
        window_seconds=chosen.window_seconds, sample_rate=chosen.sample_rate
    )
    model.fit(songs, ["a", "b"] * 3)
    assert len(model.predict(songs)) == 6


def test_hours_are_cut_without_overlap():
    # 502.5 s are 200 windows of 5 s that overlap by half: the last that are not many.
    assert choose_windowing(survey_of([502.5] * 3)).hop_seconds is None
    chosen = choose_windowing(survey_of([505.0] * 3))
    assert (chosen.window_seconds, chosen.hop_seconds) == (5.0, 5.0)
    assert "each starts where the one before it ends" in " ".join(chosen.reasons)


@pytest.mark.parametrize(
    ("rates", "sample_rate", "reason"),
    [
        ([22050] * 4, 22050, "The songs are at 22,050 Hz, the default."),
        ([44100] * 4, 22050, "The songs are at 44,100 Hz: read at 22,050, the default"),
        ([20000] * 4, 22050, "The songs are at 20,000 Hz: read at 22,050, the default"),
        ([16000] * 4, 16000, "at 16,000 Hz: nothing above 8,000 Hz is in them."),
        ([8000, 8000, 8000, 44100], 8000, "3 of 4 songs are at 8,000 Hz: nothing"),
        ([8000, 8000, 4000, 44100], 8000, "3 of 4 songs are at 8,000 Hz or near it:"),
        ([44100, 44100, 8000, 8000], 22050, "2 of 4 songs are at 44,100 Hz: read at"),
        ([500] * 4, 1000, "read at 1,000 Hz, the lowest that recipes work at"),
        ([np.nan] * 4, 22050, "The rate of no song is known: 22,050 Hz, the default."),
    ],
)
def test_rates(rates, sample_rate, reason):
    chosen = choose_windowing(survey_of([30.0] * 4, rates))
    assert chosen.sample_rate == sample_rate
    assert isinstance(chosen.sample_rate, int)
    assert reason in chosen.reasons[0]


def test_files_at_lower_rates_than_the_others_are_said():
    chosen = choose_windowing(survey_of([30.0] * 4, [44100, 44100, 44100, 8000]))
    assert chosen.sample_rate == 22050
    assert chosen.reasons[-1].startswith(
        "1 of 4 songs are at lower rates, such as 8,000 Hz, and lack what is high"
    )


def test_songs_shorter_than_a_window_are_said():
    survey = survey_of([30.0, 30.0, 30.0, 2.0, 5.0 - 1e-5])
    (said,) = choose_windowing(survey).reasons[2:]
    assert said.startswith("1 of 5 songs are shorter than a window: ")
    assert shorter_than(survey, 5.0).tolist() == [False] * 3 + [True, False]


def test_songs_of_unknown_length_do_not_count():
    chosen = choose_windowing(survey_of([np.nan, np.nan, 2.0, 2.0, 2.0]))
    assert chosen.window_seconds == 0.5
    assert chosen.reasons[-1] == "The length of 2 others is not known."
    nothing = choose_windowing(survey_of([np.nan] * 3))
    assert (nothing.window_seconds, nothing.hop_seconds) == (5.0, None)
    assert "How long the songs are is not known: windows of 5 s" in nothing.reasons[1]


def test_songs_that_cannot_be_used_do_not_count():
    survey = survey_of(
        [60.0, 60.0, 60.0, 2.0], [8000] * 3 + [22050], reasons=["broken"] * 3 + [None]
    )
    chosen = choose_windowing(survey)
    assert (chosen.window_seconds, chosen.sample_rate) == (0.5, 22050)
    assert not shorter_than(survey, 100.0)[:3].any()


def test_what_is_settled_stays():
    survey = survey_of([1.2, 2.5, 4.8], 4000)
    chosen = choose_windowing(survey, window_seconds=2)
    assert chosen.window_seconds == 2.0
    assert len(chosen.reasons) == 2  # of the rate, and that one is shorter
    # At a higher rate, half a second has frames enough.
    chosen = choose_windowing(survey, sample_rate=22050)
    assert (chosen.window_seconds, chosen.sample_rate) == (0.5, 22050)
    assert not any("nothing above" in reason for reason in chosen.reasons)


def test_nothing_can_be_read():
    survey = survey_songs(["gone.wav", "lost.wav"])
    with pytest.raises(ValueError, match="Got 2 clips, none of which can be used"):
        choose_windowing(survey, song="clip")
    with pytest.raises(ValueError, match=r"The first, gone\.wav: There is no such"):
        choose_windowing(survey)


def test_words_are_those_of_the_data():
    chosen = choose_windowing(survey_of([2.0] * 3), song="recording")
    assert chosen.reasons[0].startswith("The recordings are at")
    assert not any("song" in reason for reason in chosen.reasons)


def test_headers_lead_to_the_same_choice_as_decoding(song_files):
    header = survey_songs(song_files.data, decode=False)
    decoded = survey_songs(song_files.data, n_jobs=2)
    assert choose_windowing(header) == choose_windowing(decoded)
    assert isinstance(choose_windowing(header), Windowing)


def test_real_recordings(data_dir):
    """Thirty seconds, five, and two: what was measured by decoding all of them."""
    for below, window_seconds in {"gtzan3": 5.0, "esc10": 1.0, "emodb": 0.5}.items():
        songs = sorted(data_dir.joinpath(below, "audio").rglob("*.*"))[::7]
        chosen = choose_windowing(survey_songs(songs, decode=False))
        assert (chosen.window_seconds, chosen.sample_rate) == (window_seconds, 22050)
