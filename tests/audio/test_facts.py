import numpy as np

from skgenre.audio._facts import Read, SongFacts, with_facts


class Blocks:
    facts = SongFacts(seconds=3.0)


def test_notes_are_said_once():
    facts = SongFacts()
    for sentence in ("Cut off.", "One channel.", "Cut off."):
        facts.note(sentence)
    assert facts.notes == ("Cut off.", "One channel.")


def test_facts_travel_beside_what_was_made():
    features = np.eye(2)
    assert with_facts(features, Blocks()) == Read(features, Blocks.facts)
    # Windows at hand tell nothing: what was made of them stays as it is.
    assert with_facts(features, iter([features])) is features
