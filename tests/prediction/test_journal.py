import pytest

from skgenre.prediction._journal import Journal
from skgenre.prediction._verdicts import Event, Verdict

A = Verdict("a.wav", (0.25, 0.75), 3, (Event(0.0, 5.0, 1.0),))
B = Verdict("b.wav", error="It is silent.")
STATES = {"a.wav": "1", "b.wav": "2"}


def noted(out, states=STATES, key="model"):
    with Journal(out, key=key) as journal:
        return journal.read(states)


@pytest.fixture
def out(tmp_path):
    out = tmp_path / "table.csv"
    with Journal(out, key="model") as journal:
        assert journal.read(STATES) == {}
        journal.add([A], STATES)
        journal.add([B], STATES)
    return out


def test_what_is_done_is_there_the_next_time(out):
    assert noted(out) == {"a.wav": A, "b.wav": B}
    assert noted(out) == {"a.wav": A, "b.wav": B}


def test_songs_that_have_changed_are_not_done(out):
    assert noted(out, {"a.wav": "1", "b.wav": "3"}) == {"a.wav": A}
    assert noted(out, {}) == {}


def test_a_journal_of_another_model_is_started_anew(out):
    assert noted(out, key="another") == {}
    assert noted(out) == {}


@pytest.mark.parametrize("n_bytes", [1, 5, 60])
def test_half_a_line_is_passed_over(out, n_bytes):
    journal = Journal(out, key="model")
    content = journal.path.read_bytes()
    journal.path.write_bytes(content[:-n_bytes])
    kept = noted(out)
    assert kept["a.wav"] == A
    with journal:
        assert journal.read(STATES) == kept
        journal.add([B], STATES)
    assert noted(out) == {"a.wav": A, "b.wav": B}


def test_lines_that_are_something_else_are_passed_over(out):
    with Journal(out, key="model").path.open("ab") as file:
        file.write(b"[1, 2]\n{}\nno json\n")
    assert noted(out) == {"a.wav": A, "b.wav": B}


def test_a_bit_that_has_changed_costs_its_line_and_changes_no_verdict(out):
    path = Journal(out, key="model").path
    whole = path.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        found = noted(out)
        assert found.items() <= {"a.wav": A, "b.wav": B}.items(), position
        assert found.keys() != STATES.keys(), position


def test_the_last_of_two_lines_holds(out):
    with Journal(out, key="model") as journal:
        journal.add([Verdict("a.wav", error="gone")], {"a.wav": "9"})
    assert noted(out) == {"b.wav": B}


def test_two_runs_do_not_write_the_same_table(out):
    pytest.importorskip("fcntl")
    with Journal(out, key="model"), pytest.raises(BlockingIOError, match="in use"):
        Journal(out, key="model").__enter__()


def test_it_is_gone_in_the_end(out):
    with Journal(out, key="model") as journal:
        journal.remove()
    assert not journal.path.exists()


def test_it_has_to_be_open(out):
    with pytest.raises(ValueError, match="not open"):
        Journal(out, key="model").add([], {})
