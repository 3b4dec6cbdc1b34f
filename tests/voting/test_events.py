"""Events of neighbouring windows that decided, and files for other programs."""

import numpy as np
import pytest

from skgenre.voting import to_audacity_labels, to_raven_table, window_events

pd = pytest.importorskip("pandas")


def table_of(contribution, *, song="a.wav", starts=None, seconds=5.0, verdict="jazz"):
    n_windows = len(contribution)
    starts = 2.5 * np.arange(n_windows) if starts is None else np.asarray(starts)
    return pd.DataFrame(
        {
            "song": song,
            "start": starts,
            "end": starts + seconds,
            "verdict": verdict,
            "probability": 0.75,
            "contribution": contribution,
        }
    )


def events_of(*tables, **options):
    found = window_events(pd.concat(tables, ignore_index=True), **options)
    return list(zip(found["start"], found["end"], found["n_windows"], strict=True))


def test_by_hand():
    table = table_of([0.1, 0.4, 0.3, 0.1, 0.05])
    # 0.4 of 0.95 is too little, 0.7 is enough.
    assert events_of(table) == [(2.5, 10, 2)]
    assert events_of(table, share=0.4) == [(2.5, 7.5, 1)]
    assert events_of(table, share=1) == [(0, 15, 5)]
    found = window_events(table)
    assert found.columns.tolist() == [
        "song",
        "start",
        "end",
        "label",
        "probability",
        "score",
        "n_windows",
    ]
    assert found.loc[0, ["song", "label", "probability"]].tolist() == [
        "a.wav",
        "jazz",
        0.75,
    ]
    assert found.loc[0, "score"] == pytest.approx(0.7)


def test_a_window_between_divides_events():
    assert events_of(table_of([0.4, 0.0, 0.4]), share=1) == [(0, 5, 1), (5, 10, 1)]
    # What speaks against the verdict is no part of what speaks for it.
    assert events_of(table_of([0.4, -3.0, 0.5]), share=0.5) == [(5, 10, 1)]


def test_a_pause_divides_events():
    side_by_side = table_of([0.4, 0.4, 0.4], starts=[0, 5, 20])
    assert events_of(side_by_side, share=1) == [(0, 10, 2), (20, 25, 1)]
    assert events_of(table_of([1, 1], starts=[5, 0]), share=1) == [(0, 10, 2)]


def test_songs_by_themselves():
    one, two = table_of([0.4, 0.4]), table_of([1.0, 0.1], song="b.wav", verdict="rock")
    # Rows of songs may be mixed, as in arrays with groups.
    mixed = pd.concat([one, two]).iloc[[2, 0, 3, 1]]
    found = window_events(mixed, share=0.9)
    assert found["song"].tolist() == ["b.wav", "a.wav"]
    assert found["label"].tolist() == ["rock", "jazz"]
    assert found["n_windows"].tolist() == [1, 2]


def test_no_window_speaks_for_it():
    found = window_events(table_of([0.0, -1.0]))
    assert len(found) == 0
    assert "label" in found.columns
    assert len(window_events(table_of([]))) == 0


@pytest.mark.parametrize(
    ("table", "options", "match"),
    [
        (pd.DataFrame({"song": []}), {}, r"without the column\(s\) \['start'"),
        (table_of([1.0]), {"share": 0}, "Got share=0, but expected"),
        (table_of([1.0]), {"share": np.nan}, "Got share=nan, but expected"),
        (
            table_of([1.0], starts=[np.nan]),
            {},
            "no start or end of the window in row 0",
        ),
    ],
)
def test_what_is_refused(table, options, match):
    with pytest.raises(ValueError, match=match):
        window_events(table, **options)


AWKWARD = 'so\twhat\n\u2028now, ünd "then"'


def test_audacity(tmp_path):
    path = tmp_path / "labels.txt"
    tables = table_of([0.4, 0.0, 0.4], song=AWKWARD, verdict=AWKWARD)
    to_audacity_labels(window_events(tables, share=1), path)
    lines = path.read_bytes().decode("utf-8").split("\n")
    assert lines == [
        '0.000000\t5.000000\tso what now, ünd "then"',
        '5.000000\t10.000000\tso what now, ünd "then"',
        "",
    ]


def test_raven(tmp_path):
    path = tmp_path / "a.selections.txt"
    tables = table_of([0.4, 0.0, 0.4], song=f"{AWKWARD}.wav", verdict=AWKWARD)
    to_raven_table(window_events(tables, share=1), path, low_hz=50, high_hz=4000)
    found = pd.read_csv(path, sep="\t", quoting=3)
    assert found.to_dict("list") == {
        "Selection": [1, 2],
        "View": ["Spectrogram 1"] * 2,
        "Channel": [1, 1],
        "Begin Time (s)": [0, 5],
        "End Time (s)": [5, 10],
        "Low Freq (Hz)": [50, 50],
        "High Freq (Hz)": [4000, 4000],
        "Common Name": ['so what now, ünd "then"'] * 2,
        "Species Code": ['so what now, ünd "then"'] * 2,
        "Confidence": [0.75, 0.75],
        "Begin Path": ['so what now, ünd "then".wav'] * 2,
        "File Offset (s)": [0, 5],
        "Score": [0.4, 0.4],
    }
    # Nothing decided: a head alone.
    to_raven_table(window_events(tables.iloc[:0]), path)
    assert len(path.read_text().splitlines()) == 1
    with pytest.raises(ValueError, match="Got low_hz=5 and high_hz=5"):
        to_raven_table(window_events(tables), path, low_hz=5, high_hz=5)


@pytest.mark.parametrize("write", [to_audacity_labels, to_raven_table])
def test_a_file_is_of_one_song(write, tmp_path):
    tables = pd.concat([table_of([0.4]), table_of([0.4], song="b.wav")])
    with pytest.raises(ValueError, match=r"Got events of 2 songs.*groupby"):
        write(window_events(tables), tmp_path / "x.txt")
