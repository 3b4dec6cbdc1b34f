import matplotlib.pyplot as plt
import pictures
import pytest


@pytest.mark.slow
def test_all_pictures_are_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["pictures.py", "--out", str(tmp_path)])
    pictures.main()
    names = {"timeline.png", "confusion.png", "leakage.png", "speed.png"}
    names |= {"strong_confusion.png"}
    # Of the page, which is taken where there is a browser.
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) - {"report.png"} == names
    assert sum(sizes.values()) < 200_000
    plt.close("all")
