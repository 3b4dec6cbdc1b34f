import datetime
import json
import sys
from importlib.metadata import version

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    ModelCard,
    ModelFileError,
    read_model_card,
    recipes,
    save_model,
)
from skgenre.persistence._archive import CARD, opened, write_archive
from skgenre.persistence._card import FORMAT_VERSION, card_of, card_of_model


def card_with(tmp_path, **changed):
    """A file whose card is changed."""
    raw = json.loads(card_of_model(StandardScaler(), [], None, {}))
    raw |= changed
    path = tmp_path / "changed.skgenre"
    raw = {name: value for name, value in raw.items() if value != "nothing"}
    write_archive(path, {CARD: json.dumps(raw).encode()})
    return path


def test_what_can_be_read_off_the_model_is_there(tmp_path, song_files):
    model = recipes.baseline(window_seconds=2.0, sample_rate=8000)
    model.fit(song_files.data[:15], song_files.target[:15])
    path = save_model(model, tmp_path / "genres.skgenre")
    card = read_model_card(path)
    assert card.format_version == FORMAT_VERSION == 1
    assert card.skgenre_version == version("skgenre")
    assert card.versions["numpy"] == version("numpy")
    assert card.versions["scikit-learn"] == version("scikit-learn")
    assert card.versions["python"] == ".".join(map(str, sys.version_info[:3]))
    assert "keras" not in card.versions
    when = datetime.datetime.fromisoformat(card.created)
    assert when.utcoffset() == datetime.timedelta(0)
    assert card.classes == model.classes_.tolist()
    assert card.window_seconds == (2.0,)
    assert card.hop_seconds == (1.0,)
    assert card.sample_rate == (8000.0,)
    assert card.model.startswith("Pipeline(steps=[('windows', FrameWindower(sample_rat")
    assert card.parts.keys() == {"estimator.skops"}
    assert card.facts == {}
    assert card.figures is card.fingerprint is card.licences is None


def test_hop_is_by_the_parameters_that_are_set_now(vote):
    windower = FrameWindower(2.0).fit()
    windower.set_params(hop_seconds=0.5, sample_rate=100)
    card = json.loads(card_of_model(vote, [windower], None, {}))
    assert card["hop_seconds"] == [0.5]


def test_several_lengths_of_windows_are_all_there(vote):
    windowers = [FrameWindower(5.0), FrameWindower(2.0), FrameWindower(2.0)]
    card = json.loads(card_of_model(vote, windowers, None, {}))
    assert card["window_seconds"] == [2.0, 5.0]
    assert card["hop_seconds"] == [1.0, 2.5]


def test_facts_come_back_as_json_has_them(tmp_path, vote):
    facts = {
        "figures": {"accuracy": np.float32(0.5), "folds": (1, 2)},
        "fingerprint": "abc",
        "licences": ["CC BY 4.0"],
        "note": "Frösche am See",
        "counts": np.arange(3),
    }
    path = save_model(vote, tmp_path / "genres.skgenre", card=facts)
    card = read_model_card(path)
    assert card.figures == {"accuracy": 0.5, "folds": [1, 2]}
    assert card.fingerprint == "abc"
    assert card.licences == ["CC BY 4.0"]
    assert card.facts["note"] == "Frösche am See"
    assert card.facts["counts"] == [0, 1, 2]
    assert isinstance(card, ModelCard)
    with pytest.raises(AttributeError):
        card.model = "another"


@pytest.mark.parametrize("bad", [{"a": float("nan")}, {"a": object()}, {"a": {1, 2}}])
def test_facts_that_are_no_json_are_refused(tmp_path, vote, bad):
    with pytest.raises(ModelFileError, match="a card that is no JSON"):
        save_model(vote, tmp_path / "genres.skgenre", card=bad)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("y", "expected"),
    [([0, 1], [0, 1]), ([False, True], [False, True]), (["a", "b"], ["a", "b"])],
)
def test_classes_are_as_they_are(tmp_path, y, expected):
    model = GroupVotingClassifier(LogisticRegression()).fit([[0.0], [1.0]], y)
    path = save_model(model, tmp_path / "genres.skgenre")
    assert read_model_card(path).classes == expected


def test_a_transformer_has_no_classes():
    raw = json.loads(card_of_model(StandardScaler(), [], None, {}))
    assert raw["classes"] == []


WRONG = {
    "another format": ({"format": "a cake"}, "none of a model"),
    "a later version": (
        {"format_version": 2, "skgenre_version": "9.1"},
        r"format 2, written by skgenre 9\.1.*Update skgenre",
    ),
    "no version": ({"format_version": None}, "format_version=None"),
    "version true": ({"format_version": True}, "format_version=True"),
    "version 0": ({"format_version": 0}, "format_version=0"),
    "a field more": ({"run": "me"}, "has the fields"),
    "a field less": ({"classes": "nothing"}, "has the fields"),
    "classes of text": ({"classes": "jazz"}, "'classes' is no list"),
    "windows of text": ({"window_seconds": "5"}, "'window_seconds' is no tuple"),
    "parts of text": ({"parts": "x"}, "'parts' is no dict"),
    "a part of text": ({"parts": {"x": "y"}}, "no size and checksum"),
    "a part of half": ({"parts": {"x": {"size": "1", "sha256": ""}}}, "no size"),
}


@pytest.mark.parametrize(("changed", "message"), WRONG.values(), ids=list(WRONG))
def test_cards_that_are_none_are_refused(tmp_path, changed, message):
    with pytest.raises(ModelFileError, match=message):
        read_model_card(card_with(tmp_path, **changed))


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"[" * 200_000, b"\xff\xfe"])
def test_what_is_no_json_is_refused(tmp_path, text):
    path = tmp_path / "x.skgenre"
    write_archive(path, {CARD: text})
    with pytest.raises(ModelFileError, match=r"x\.skgenre"):
        read_model_card(path)


def test_nothing_but_the_card_is_read(tmp_path, path):
    with opened(path) as archive:
        raw = archive.read(CARD)
        card = card_of(archive)
    bare = tmp_path / "bare.skgenre"
    write_archive(bare, {CARD: raw, "estimator.skops": b"not what it should be"})
    assert read_model_card(bare) == card
