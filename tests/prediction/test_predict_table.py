import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import (
    FrameWindower,
    FunctionFeaturizer,
    GroupVotingClassifier,
    MFCCFeaturizer,
    predict_table,
    recipes,
)
from skgenre.audio import Excerpt
from skgenre.prediction import _predict_table
from skgenre.windows._windowers import windowers_in


@pytest.fixture(scope="module")
def model(song_files):
    model = recipes.baseline(window_seconds=0.5, sample_rate=8000)
    return model.fit(song_files.data, song_files.target)


@pytest.fixture
def songs(song_files, tmp_path):
    """All songs, a bad file in their middle."""
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no audio")
    return [*song_files.data[:3], str(bad), *song_files.data[3:]]


def test_a_row_each_in_the_order_of_songs(model, songs):
    table = predict_table(model, songs)
    assert table["song"].tolist() == songs
    good = table[table["error"] == ""]
    X = good["song"].tolist()
    assert_array_equal(good["verdict"], model.predict(X))
    proba = good[[f"proba_{label}" for label in model.classes_]]
    assert_allclose(proba, model.predict_proba(X))
    assert_allclose(good["confidence"], proba.max(axis=1))
    (bad,) = table[table["error"] != ""].to_dict("records")
    assert bad["song"].endswith("bad.wav")
    assert pd.isna(bad["verdict"])
    assert np.isnan(bad["confidence"])
    assert (good["decided_from"] < good["decided_to"]).all()


def test_a_decoder_that_crashes_costs_one_song_its_verdict(
    model, song_files, tmp_path, crash_at
):
    songs = [*song_files.data[:2], str(tmp_path / "crashes.wav"), song_files.data[2]]
    Path(songs[2]).write_bytes(Path(songs[0]).read_bytes())
    plain = predict_table(model, songs, out=tmp_path / "plain.jsonl")
    asked = crash_at("crashes.wav")
    table = predict_table(model, songs, isolate=True)
    assert table["error"][2].startswith("Its decoder crashed (signal 9)")
    good = [0, 1, 3]
    pd.testing.assert_frame_equal(table.loc[good], plain.loc[good])
    # The model is as it was.
    asked.clear()
    pd.testing.assert_frame_equal(predict_table(model, songs), plain)
    assert not asked


def test_a_run_that_a_decoder_ended_goes_on_in_isolation(
    model, song_files, tmp_path, monkeypatch
):
    songs, out = song_files.data[:4], tmp_path / "table.csv"
    monkeypatch.setattr(_predict_table, "BATCH", 2)
    real, judged = _predict_table.listen, []

    def ends_at_the_second(asked, batch, names):
        judged.append(asked)
        if len(judged) == 2:
            raise SystemExit  # as soon as the journal has two songs
        return real(asked, batch, names)

    monkeypatch.setattr(_predict_table, "listen", ends_at_the_second)
    with pytest.raises(SystemExit):
        predict_table(model, songs, out=out)
    table = predict_table(model, songs, out=out, isolate=True)
    assert len(judged) == 3
    assert [windowers_in(asked)[0].isolate for asked in judged] == [False, False, True]
    pd.testing.assert_frame_equal(table, predict_table(model, songs))


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_batches_do_not_matter(model, songs, monkeypatch, batch):
    whole = predict_table(model, songs)
    monkeypatch.setattr(_predict_table, "BATCH", batch)
    pd.testing.assert_frame_equal(predict_table(model, songs), whole)


def test_a_folder_and_a_song_given_twice(model, song_files, tmp_path):
    folder = tmp_path / "new"
    folder.mkdir()
    for i, song in enumerate(song_files.data[:2]):
        (folder / f"{i}.wav").write_bytes(Path(song).read_bytes())
    assert len(predict_table(model, folder)) == 2
    twice = [song_files.data[0]] * 2
    table = predict_table(model, twice, out=tmp_path / "t.csv")
    assert table["song"].tolist() == twice
    assert table["error"].tolist() == ["", ""]


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_tables_of_other_libraries(model, songs, library):
    pytest.importorskip(library)
    expected = predict_table(model, songs)
    table = predict_table(model, songs, library=library)
    read = table.to_pandas()
    assert read["verdict"].isna().sum() == 1
    assert read["verdict"].dropna().tolist() == expected["verdict"].dropna().tolist()
    assert read["confidence"].isna().tolist() == expected["confidence"].isna().tolist()
    assert_allclose(read["confidence"], expected["confidence"])


def test_the_file_holds_the_table(model, songs, tmp_path):
    out = tmp_path / "t.csv"
    table = predict_table(model, songs, out=out, events="audacity")
    read = pd.read_csv(out, keep_default_na=False, na_values={"confidence": ""})
    assert read["song"].tolist() == table["song"].tolist()
    assert_allclose(read["confidence"], table["confidence"], rtol=1e-5)
    assert {path.name for path in tmp_path.iterdir()} == {
        "t.csv", "t-events", "bad.wav",
    }  # fmt: skip
    files = list((tmp_path / "t-events").rglob("*.txt"))
    assert len(files) == len(songs) - 1


class Interrupting:
    """Loudness; a key is pressed at the n-th song."""

    def __init__(self, at):
        self.at = at
        self.heard = 0

    def __call__(self, windows):
        self.heard += 1
        if self.heard == self.at:
            raise KeyboardInterrupt
        return np.abs(windows).mean(axis=1, keepdims=True)


def loud_model(song_files):
    loud = Interrupting(at=None)
    model = make_pipeline(
        FrameWindower(0.5, sample_rate=8000),
        FunctionFeaturizer(loud),
        GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression())),
    )
    return model.fit(song_files.data, song_files.target), loud


def test_an_interrupted_run_leaves_what_is_done_and_goes_on(
    song_files, tmp_path, monkeypatch
):
    monkeypatch.setattr(_predict_table, "BATCH", 2)
    songs, out = song_files.data, tmp_path / "t.jsonl"
    model, loud = loud_model(song_files)
    expected = predict_table(model, songs)
    judged = _predict_table.Judged(model, songs, key="model")
    loud.heard, loud.at = 0, 6
    with pytest.raises(KeyboardInterrupt):
        judged.write(out)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["song"] for row in rows] == songs
    assert [row["error"] == "" for row in rows] == [True] * 4 + [False] * (
        len(songs) - 4
    )
    assert "interrupted" in rows[-1]["error"]
    loud.heard, loud.at = 0, None
    again = _predict_table.Judged(model, songs, key="model").write(out)
    assert loud.heard == len(songs) - 4
    pd.testing.assert_frame_equal(pd.DataFrame(again), expected)
    assert not list(tmp_path.glob("*.journal"))


def test_a_fault_of_the_model_leaves_the_table_of_before(song_files, tmp_path):
    out = tmp_path / "t.csv"
    out.write_text("of before")
    model, _ = loud_model(song_files)
    del model[-1].voting_
    with pytest.raises(AttributeError):
        _predict_table.Judged(model, song_files.data, key="model").write(out)
    assert out.read_text() == "of before"


def test_a_song_that_changed_is_judged_anew(song_files, tmp_path, monkeypatch):
    monkeypatch.setattr(_predict_table, "BATCH", 1)
    songs = [str(tmp_path / name) for name in ("a.wav", "b.wav")]
    for song, source in zip(songs, song_files.data, strict=False):
        Path(song).write_bytes(Path(source).read_bytes())
    model, loud = loud_model(song_files)
    loud.heard, loud.at = 0, 2
    with pytest.raises(KeyboardInterrupt):
        _predict_table.Judged(model, songs, key="model").write(tmp_path / "t.csv")
    Path(songs[0]).write_bytes(Path(song_files.data[-1]).read_bytes())
    loud.heard, loud.at = 0, None
    rows = _predict_table.Judged(model, songs, key="model").write(tmp_path / "t.csv")
    assert loud.heard == 2
    assert rows[0]["verdict"] == model.predict(songs[:1])[0]


def test_another_model_starts_anew(song_files, tmp_path, monkeypatch):
    monkeypatch.setattr(_predict_table, "BATCH", 1)
    model, loud = loud_model(song_files)
    loud.heard, loud.at = 0, 3
    with pytest.raises(KeyboardInterrupt):
        _predict_table.Judged(model, song_files.data, key="a").write(tmp_path / "t.csv")
    loud.heard, loud.at = 0, None
    _predict_table.Judged(model, song_files.data, key="b").write(tmp_path / "t.csv")
    assert loud.heard == len(song_files.data)


KILLED = """
import sys, time
import joblib
from skgenre.prediction import _predict_table
_predict_table.BATCH = 1
model, songs, out = joblib.load(sys.argv[1])
listen = _predict_table.listen
def slow(*arguments):
    time.sleep(0.2)
    return listen(*arguments)
_predict_table.listen = slow
print("ready", flush=True)
_predict_table.Judged(model, songs, key="model").write(out)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_run_goes_on(model, song_files, tmp_path):
    joblib = pytest.importorskip("joblib")
    out = tmp_path / "t.csv"
    songs = song_files.data * 3
    songs = list(dict.fromkeys(songs))
    joblib.dump((model, songs, str(out)), tmp_path / "call")
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "call")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        journal = out.with_name("t.csv.journal")
        while not journal.exists() or journal.read_bytes().count(b"\n") < 3:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert not out.exists()
    done = journal.read_bytes().count(b"\n") - 1
    calls = []
    listen = _predict_table.listen

    def counted(model, songs, names):
        calls.extend(names)
        return listen(model, songs, names)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_predict_table, "listen", counted)
        rows = _predict_table.Judged(model, songs, key="model").write(out)
    assert len(calls) == len(songs) - done
    pd.testing.assert_frame_equal(pd.DataFrame(rows), predict_table(model, songs))


def test_what_is_refused_before_anything_is_read(model, tmp_path):
    with pytest.raises(NotFittedError):
        predict_table(recipes.baseline(), ["a.wav"])
    with pytest.raises(ValueError, match=r"without out="):
        predict_table(model, ["a.wav"], events="raven")
    with pytest.raises(ValueError, match="Got events='srt'"):
        predict_table(model, ["a.wav"], out=tmp_path / "t.csv", events="srt")
    with pytest.raises(ValueError, match="ends in one of"):
        predict_table(model, ["a.wav"], out=tmp_path / "t.docx")
    assert not list(tmp_path.iterdir())


def test_waveforms_are_known_by_their_samples(model, song_files, tmp_path):
    rng = np.random.default_rng(0)
    songs = [rng.normal(size=8000), rng.normal(size=9000)]
    table = predict_table(model, songs, out=tmp_path / "t.parquet")
    assert table["song"].tolist() == ["song 0", "song 1"]
    assert table["error"].tolist() == ["", ""]


def test_parts_of_files_have_rows_of_their_own(model, song_files, tmp_path):
    path = song_files.data[0]
    parts = [Excerpt(path, 0, 2), Excerpt(path, 2, 4)]
    table = predict_table(model, parts, out=tmp_path / "t.csv")
    assert table["song"].tolist() == [
        f"{path} [0.0 to 2.0 s]",
        f"{path} [2.0 to 4.0 s]",
    ]
    assert table["windows"].tolist() == [7, 7]
    assert (table["decided_from"] >= [0, 2]).all()
    assert (table["decided_to"] <= [2, 4]).all()


def test_models_of_windows_judge_features(song_files):
    transform = make_pipeline(
        FrameWindower(0.5, sample_rate=8000), MFCCFeaturizer(summary=("mean", "std"))
    )
    X = transform.fit_transform(song_files.data)
    vote = GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression()))
    vote.fit(X, song_files.target)
    whole = make_pipeline(transform, vote)
    table = predict_table(whole, song_files.data)
    assert_array_equal(table["verdict"], vote.predict(X))
