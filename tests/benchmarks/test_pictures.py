import matplotlib.pyplot as plt
import pictures
import pytest


@pytest.mark.slow
def test_all_pictures_are_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["pictures.py", "--out", str(tmp_path)])
    pictures.main()
    names = {"leakage.png", "speed.png", "strong_confusion.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
    plt.close("all")
