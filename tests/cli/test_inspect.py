"""``skgenre inspect`` as a user runs it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from shell import one_line, write_song

from skgenre.cli import main
from skgenre.cli._inspect import next_command
from skgenre.datasets import Windowing


def inspect(folder, *more):
    return main(["inspect", str(folder), "--jobs", "1", *more])


@pytest.fixture
def troubled(library, tmp_path):
    """The library with one of each fault."""
    folder = tmp_path / "my music"
    shutil.copytree(library, folder)
    write_song(folder / "high" / "short.wav", 3000, seconds=0.1)
    (folder / "high" / "page.wav").write_text("<html>404</html>")
    soundfile.write(folder / "low" / "silent.wav", np.zeros(8000), 8000)
    song = folder / "low" / "low band 0 - song 0.wav"
    shutil.copy(song, folder / "high" / "high band 9 - copy.wav")
    (folder / "low" / "cut - song.wav").write_bytes(song.read_bytes()[:16000])
    (folder / "low" / "x.asd").touch()
    return folder


def test_good_data(library, capsys):
    assert inspect(library) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0].startswith("1. Found 12 songs of 2 genres in ")
    assert lines[1].startswith("2. Looked through 12 songs: 2 s; 8,000 Hz; mono; WAV.")
    assert lines[2].startswith("3. Looked for copies of one recording: 0 pairs.")
    assert [line.split() for line in lines[4:7]] == [
        ["genre", "songs", "artists"],
        ["high", "6", "3"],
        ["low", "6", "3"],
    ]
    assert "Warning: The genre 'high' has 3 artists only, so there are 3 folds" in out
    assert "6 artists are known, of 12 of 12 songs (12 by names of files)." in out
    assert "The songs last 2 s: windows of 1 s give about 3 each." in out
    assert lines[-1] == (
        f"  skgenre train {library} -o {library.name}.skgenre --window 1 "
        "--sample-rate 8000"
    )
    assert "\x1b" not in out


def test_every_fault_is_said(troubled, capsys):
    assert inspect(troubled) == 0
    out = capsys.readouterr().out
    for text in (
        "1 song cannot be read:\n  high/page.wav: It cannot be decoded",
        "1 song is silent, and cannot be used:\n  low/silent.wav\n",
        "1 song can be used, but:\n  low/cut - song.wav: It has",
        "One recording is under two genres, one of them wrong:\n"
        "  high/high band 9 - copy.wav = low/low band 0 - song 0.wav (high and low)\n",
        "Left aside, as no songs: 1 .asd.",
        "2. Looked through 17 songs: 0.10 to 2 s (median 2); 8,000 Hz; mono; WAV. "
        "2 cannot be used.",
        "2 of 15 songs are shorter than a window",
        "The artist of 3 of 17 songs is not known.",
        f"skgenre train '{troubled}' -o 'my music.skgenre'",
    ):
        assert text in out
    head = next(line for line in out.splitlines() if line.startswith("genre "))
    assert head.split("  ")[0] == "genre"
    assert head.split()[1:5] == ["songs", "usable", "artists", "unknown"]


def test_json_holds_all_of_it_by_name(troubled, capsys):
    assert inspect(troubled, "--json") == 0
    out, err = capsys.readouterr()
    assert err == ""
    found = json.loads(out)
    assert found["command"] == "inspect"
    assert found["trainable"] is True
    assert found["words"] == {"song": "song", "group": "artist", "label": "genre"}
    assert found["data"] == str(troubled)
    assert found["songs"]["readable"] == 15
    assert found["songs"]["native_rates"] == {"8000": 15}
    assert found["classes"]["low"]["songs"] == 8
    assert list(found["broken"]) == ["high/page.wav"]
    assert found["silent"] == ["low/silent.wav"]
    assert list(found["noted"]) == ["low/cut - song.wav"]
    assert found["too_short"] == ["high/short.wav", "low/cut - song.wav"]
    assert found["missing"] == found["quiet"] == []
    assert found["groups"] == {
        "known": 14,
        "unknown": 3,
        "different": 8,
        "sources": {"filename": 14},
    }
    (pair,) = found["copies"]["pairs"]
    assert pair["classes"] == ["high", "low"]
    assert pair["exact"] is True
    assert found["copies"]["unsearched"] is None
    assert found["leftovers"] == {".asd": 1}
    assert found["windowing"]["window_seconds"] == 1.0
    assert found["next"].startswith("skgenre train ")
    assert len(found["files"]) == 17
    files = {file["song"]: file for file in found["files"]}
    assert files["high/short.wav"]["seconds"] == 0.1
    assert files["high/short.wav"]["native_rate"] == 8000
    assert files["high/page.wav"]["seconds"] is None
    assert files["low/silent.wav"]["silent"] is True
    # What is said in words is there, too.
    assert any("One recording is under two" in text for text in found["warnings"])


def test_copies_within_a_class_and_across_artists(library, tmp_path, capsys):
    folder = tmp_path / "songs"
    shutil.copytree(library, folder)
    first = folder / "low" / "low band 0 - song 0.wav"
    shutil.copy(first, folder / "low" / "low band 1 - copy.wav")
    second = folder / "high" / "high band 0 - song 0.wav"
    shutil.copy(second, folder / "high" / "high band 0 - copy.wav")
    assert inspect(folder) == 0
    out = capsys.readouterr().out
    assert "Looked for copies of one recording: 2 pairs." in out
    assert (
        "One recording is under two artists:\n"
        "  low/low band 0 - song 0.wav = low/low band 1 - copy.wav "
        "(low band 0 and low band 1)\n"
    ) in out
    assert (
        "The same recording is there twice:\n"
        "  high/high band 0 - copy.wav = high/high band 0 - song 0.wav\n"
    ) in out


def test_copies_may_be_left_out(troubled, capsys, monkeypatch):
    assert inspect(troubled, "--no-copies") == 0
    out = capsys.readouterr().out
    assert "Copies were not looked for: --no-copies." in out
    assert "is under two" not in out
    monkeypatch.setattr("skgenre.cli._inspect.MOST_SONGS", 14)
    assert inspect(troubled) == 0
    assert "Copies were not looked for: 15 are more than 14." in capsys.readouterr().out


def test_data_that_cannot_be_trained_on(library, tmp_path, capsys):
    shutil.copytree(library / "low", tmp_path / "one" / "low")
    assert inspect(tmp_path / "one") == 1
    out, err = capsys.readouterr()
    assert "1. Found 6 songs of 1 genre" in out
    assert "To train on it" not in out
    assert err.startswith("Error: Only the genre 'low' has songs that can be used")
    assert err.count("\n") == 1
    assert inspect(tmp_path / "one", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["trainable"] is False
    assert found["next"] is None


def test_nothing_that_can_be_read(tmp_path, capsys):
    for name in ("a/x.wav", "b/y.wav"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("no sound")
    assert inspect(tmp_path) == 1
    out, err = capsys.readouterr()
    assert "Looked through 2 recordings: nothing to hear. 2 cannot be used." in out
    assert "there are no two that can be read" in out
    assert err.startswith("Error: None of 2 recordings can be used. The first, a/x.wav")


def test_no_data(tmp_path, capsys):
    assert inspect(tmp_path / "nowhere") == 1
    assert "nowhere" in one_line(capsys)
    assert main(["inspect"]) == 2
    assert "data" in one_line(capsys).lower()


def test_where_artists_were_found(tmp_path, capsys):
    write_song(tmp_path / "rock" / "Red" / "one.wav", 300)
    write_song(tmp_path / "rock" / "Blue - two.wav", 400)
    write_song(tmp_path / "jazz" / "three.wav", 500)
    path = tmp_path / "jazz" / "four.flac"
    with soundfile.SoundFile(path, "w", 8000, 1) as song:
        song.artist = "Green"
        song.write(np.random.default_rng(0).normal(size=16000) * 0.1)
    assert inspect(tmp_path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["groups"]["sources"] == {"folder": 1, "filename": 1, "tag": 1}
    assert found["words"]["song"] == "song"
    assert inspect(tmp_path, "--groups", "folder", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["groups"]["sources"] == {"folder": 1}
    assert "--groups folder" in found["next"]
    assert inspect(tmp_path, "--groups", "none") == 0
    assert "are known, of" not in capsys.readouterr().out


def test_a_table_of_parts_of_files(tmp_path, capsys):
    for i in range(3):
        write_song(tmp_path / "audio" / f"{i}.wav", 300 + 200 * i, seconds=6)
    rows = ["path,label,speaker,start,end"]
    rows += [
        f"audio/{i}.wav,{label},{'ABC'[i]},{start},{start + 3}"
        for i in range(3)
        for start, label in ((0, "call"), (3, "song"))
    ]
    rows += ["audio/lost.wav,call,D,0,3", "audio/2.wav,call,C,60,63"]
    table = tmp_path / "calls.csv"
    table.write_text("\n".join(rows))
    assert inspect(table) == 0
    out = capsys.readouterr().out
    for text in (
        "1. Found 8 recordings of 2 classes",
        "2. Looked through 8 recordings: 3 s; 8,000 Hz; mono; WAV. 2 cannot be used.",
        "4 groups are known, of 8 of 8 recordings (8 by the table).",
        "There is no such file.",
        "lies behind its end",
        f"skgenre train {table} -o calls.skgenre --window 1 --sample-rate 8000",
    ):
        assert text in out
    assert inspect(table, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["missing"]) == 1
    assert len(found["broken"]) == 2
    assert found["groups"]["sources"] == {"table": 8}
    assert len({file["song"] for file in found["files"]}) == 8


def test_a_guess_where_groups_may_be_found(tmp_path, capsys):
    for i in range(4):
        for n in range(2):
            path = tmp_path / ("high", "low")[i % 2] / f"patient{i}_{n}.wav"
            write_song(path, 300 + 100 * i, seconds=0.5, seed=n)
    assert inspect(tmp_path) == 0
    out = capsys.readouterr().out
    assert (
        "If '0' in 'patient0_0.wav' is the group (4 in all): "
        "--groups 'patient{group}_{n}'"
    ) in out


def test_a_narrow_screen(troubled, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert inspect(troubled) == 0
    lines = capsys.readouterr().out.splitlines()
    # But for the command, which is copied whole.
    assert lines[-1].startswith("  skgenre train ")
    # A name is broken at its blanks alone.
    path = str(troubled).partition(" ")[0]
    assert max(len(line) for line in lines[:-1] if path not in line) <= 60


def test_the_next_command_can_be_copied():
    hours = Windowing(5.0, 5.0, 22050, reasons=())
    assert next_command(Path("a b"), "tag", hours) == (
        "skgenre train 'a b' -o 'a b.skgenre' --groups tag --window 5 --hop 5 "
        "--sample-rate 22050"
    )
    assert next_command(Path("songs.csv"), "auto", None) == (
        "skgenre train songs.csv -o songs.skgenre"
    )


def test_real_recordings_with_bad_ones_among_them(data_dir, tmp_path, capsys):
    for label in ("rain", "rooster"):
        (tmp_path / label).mkdir()
        songs = sorted(data_dir.glob(f"esc10/audio/{label}/*"))[:5]
        for song in (*songs, *data_dir.glob("bad/*.wav")):
            shutil.copy(song, tmp_path / label)
    assert inspect(tmp_path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["songs"]["readable"] == 2 * (5 + 1)
    assert sorted({Path(name).name for name in found["broken"]}) == [
        "empty_2c.wav",
        "jazz.00054.wav",
        "stereo.wav",
    ]
    assert found["windowing"]["window_seconds"] == 1.0
    assert len(found["copies"]["pairs"]) == 1  # veryshort.wav, in both classes
