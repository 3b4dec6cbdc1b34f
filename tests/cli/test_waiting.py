from skgenre.cli._say import Speaker
from skgenre.cli._waiting import waiting


def shown(capsys, *, about):
    with waiting(Speaker(), "training on all songs", about=about):
        pass
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_nothing_in_pipes(capsys):
    assert shown(capsys, about=9) == ""


def test_how_long_it_will_take(capsys, monkeypatch):
    monkeypatch.setattr(Speaker, "watched", 1)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "training on all songs" in (err := shown(capsys, about=9))
    assert "of about 9 s" in err
    assert shown(capsys, about=1) == ""
