from importlib import import_module

from discovery import estimator_classes

from skgenre.persistence._names import (
    OF_SKGENRE,
    current_name,
    names_to_ask_for,
    staying_name,
)
from skgenre.voting import TrainedVoting


def test_names_lead_to_what_there_is():
    for now in OF_SKGENRE.values():
        module, _, name = now.rpartition(".")
        found = getattr(import_module(module), name)
        assert f"{found.__module__}.{found.__qualname__}" == now


def test_every_public_estimator_has_a_name_that_stays():
    known = set(OF_SKGENRE.values())
    for cls in estimator_classes():
        if cls is not TrainedVoting and cls._examples():
            assert f"{cls.__module__}.{cls.__qualname__}" in known


def test_names_there_and_back():
    for stays, now in OF_SKGENRE.items():
        assert staying_name(now) == stays
        assert current_name(stays) == now
    for other in ("sklearn.svm._classes.SVC", "subprocess.Popen"):
        assert staying_name(other) == current_name(other) == other


def test_what_is_not_known_is_asked_for():
    names = ["os.system", "skgenre.voting._hmm.HMMVoting", "sklearn.svm._classes.SVC"]
    unknown = ["os.system", "skgenre.voting._hmm.HMMVoting"]
    assert names_to_ask_for(names, unknown, []) == ["os.system"]
    assert names_to_ask_for(names, unknown, ["os.system"]) == []


def test_not_all_of_scikit_learn_is_known():
    """skops takes any estimator; compiled code of others was not looked at."""
    for name in ("sklearn.cluster._birch.Birch", "sklearn.manifold._isomap.Isomap"):
        assert names_to_ask_for([name], [], []) == [name]
        assert names_to_ask_for([name], [], [name]) == []


def test_names_as_in_files_may_be_trusted():
    now = OF_SKGENRE["skgenre.neural.window_model"]
    assert names_to_ask_for([now], [now], ["skgenre.neural.window_model"]) == []


def test_losses_that_scikit_learn_1_8_names_by_no_module():
    name = "_loss.CyHalfMultinomialLoss"
    module, _, attribute = current_name(name).rpartition(".")
    assert hasattr(import_module(module), attribute)
    assert names_to_ask_for([current_name(name)], [current_name(name)], []) == []
    assert current_name("_losses.Mine") == "_losses.Mine"
