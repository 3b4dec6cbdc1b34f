import pickle

from skgenre import AudioError


def test_error_survives_pickling():
    error = AudioError("1 of 2 songs", {"a.wav": "There is no such file."})
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == "1 of 2 songs"
    assert again.errors == error.errors


def test_errors_may_be_left_out():
    assert AudioError("Bad.").errors == {}
    assert isinstance(AudioError("Bad."), ValueError)
