"""What the mp3 decoder prints is held back, what others print is not."""

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from mp3_files import without_length

from skgenre.audio._decode import read_song
from skgenre.audio._quiet import without_chatter, without_prints

DESCRIPTORS = Path("/proc/self/fd")
CHATTER = (
    b"Note: Illegal Audio-MPEG-Header 0x00000000 at offset 213911.\n"
    b"Note: Trying to resync...\n"
    b"Note: Skipped 1024 bytes in input.\n"
    b"[src/libmpg123/parse.c:wetwork():1349] error: Giving up resync\n"
    b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
    b"\nWarning: Xing stream size off by more than 1%, fuzzy seeking may be\n"
)


def test_chatter_is_held_back_and_the_rest_is_not(capfd):
    with without_chatter():
        os.write(2, b"before\n" + CHATTER + b"Note: lunch is ready.\n")
        assert capfd.readouterr().err == ""
    assert capfd.readouterr().err == "before\nNote: lunch is ready.\n"
    os.write(2, CHATTER)
    assert capfd.readouterr().err == CHATTER.decode()


def test_it_ends_with_an_error_too(capfd):
    @without_chatter()
    def fail():
        os.write(2, CHATTER)
        raise KeyError

    with pytest.raises(KeyError):
        fail()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_threads_that_overlap(capfd):
    def work(seconds):
        for _ in range(5):
            with without_chatter():
                os.write(2, CHATTER)
                time.sleep(seconds)
                os.write(2, b"word\n")

    with without_chatter():
        pass  # from now on the file that stands in for it is there
    threads = [threading.Thread(target=work, args=(t,)) for t in (1e-3, 2e-3, 3e-3)]
    n_open = len(list(DESCRIPTORS.iterdir())) if sys.platform == "linux" else None
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert capfd.readouterr().err == "word\n" * 15
    if n_open is not None:
        assert len(list(DESCRIPTORS.iterdir())) == n_open


def test_without_a_standard_error():
    code = (
        "import os; os.close(2)\n"
        "from skgenre.audio._quiet import without_chatter\n"
        "with without_chatter(): print('read')"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True
    )
    assert run.stdout == "read\n"


def test_damaged_mp3_print_nothing(mp3, capfd, tmp_path):
    headerless = without_length(mp3)
    half = len(mp3) // 2
    damaged = {
        "cut.mp3": mp3[:half],
        "hole.mp3": mp3[:half] + bytes(3000) + mp3[half:],
        "headerless_hole.mp3": headerless[:half] + bytes(3000) + headerless[half:],
        "junk.mp3": headerless + bytes(5000),
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
        for song in (tmp_path / name, content):
            assert len(read_song(song, sample_rate=22050))
    assert capfd.readouterr().err == ""


PRINTS = """
import sys
from pathlib import Path
from skgenre import FrameWindower, MFCCFeaturizer
print("before", flush=True)
windows = FrameWindower(0.5, offset_seconds=0.1).fit_transform([Path(sys.argv[1])])
print(len(MFCCFeaturizer(summary=("mean",)).fit_transform(windows).values))
"""


@pytest.mark.skipif(os.name == "nt", reason="each library of Windows has its own C")
def test_damaged_sds_print_nothing(tmp_path):
    file = io.BytesIO()
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 22_050)
    soundfile.write(file, y, 22_050, format="SDS", subtype="PCM_16")
    content = bytearray(file.getvalue())
    for block in range(0, 500, 50):
        content[21 + 127 * block] = 0x11  # where F0 stands in a whole one
    (tmp_path / "damaged.sds").write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-c", PRINTS, tmp_path / "damaged.sds"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert run.stdout == "before\n2\n"
    code = (
        "from skgenre.audio._tags import *; artist_tag(Path(__import__('sys').argv[1]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "damaged.sds"],
        stdout=subprocess.PIPE,
        check=True,
    )
    assert run.stdout == b""


def test_others_may_print_meanwhile(capfd):
    with without_prints():
        os.write(1, b"a cell,another\nError A : C5\nError 1 : 9D\nError A: mine\n")
        assert capfd.readouterr().out == ""
    assert capfd.readouterr().out == "a cell,another\nError A: mine\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_has_its_own(capfd):
    with without_chatter():
        child = os.fork()
        if child == 0:
            os.write(2, b"from the child\n")
            with without_chatter():
                os.write(2, CHATTER)
            os._exit(0)
        os.waitpid(child, 0)
        os.write(2, b"from the parent\n")
    assert capfd.readouterr().err == "from the child\nfrom the parent\n"
