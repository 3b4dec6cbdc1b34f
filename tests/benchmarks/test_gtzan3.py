import gtzan3
import pytest
from measure import read


@pytest.mark.slow
def test_it_still_gives_the_committed_figures(data_dir, tmp_path, monkeypatch):
    command = ["gtzan3.py", "--data", str(data_dir), "--out", str(tmp_path / "a.json")]
    monkeypatch.setattr("sys.argv", command)
    monkeypatch.setattr("gtzan3.write", lambda report, path: found.append(report))
    found = []
    gtzan3.main()
    committed = read("gtzan3")
    assert found[0]["chosen"] == committed["chosen"]
    assert set(found[0]) == set(committed) - {"environment"}
    for voting, figures in committed["pooled"].items():
        for name in ("accuracy", "balanced_accuracy", "window_accuracy"):
            assert found[0]["pooled"][voting][name] == pytest.approx(figures[name])
        log_loss = found[0]["pooled"][voting]["log_loss"]
        assert log_loss == pytest.approx(figures["log_loss"], abs=5e-4)
