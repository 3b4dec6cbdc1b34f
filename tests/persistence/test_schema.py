import io
import json
import pickle
import sys

import numpy as np
import pytest
import skops.io
from model_files import attribute, forge, node, nodes, npy, read, write
from numpy.testing import assert_array_equal
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skgenre import ModelFileError, load_model, save_model
from skgenre.persistence._archive import packed, unpacked
from skgenre.persistence._copy import lean_copy
from skgenre.persistence._schema import checked, load_skops, written


def schema_of(data):
    return json.loads(unpacked(data, "it")["schema.json"])


def again(model, trusted=()):
    data, names = checked(written(lean_copy(model)), trusted)
    return load_skops("tests").loads(data, trusted=names)


# -- write ----------------------------------------------------------------------------


def test_skops_itself_reads_what_is_of_scikit_learn(table):
    X, y = table
    model = LogisticRegression().fit(X, y)
    found = skops.io.loads(written(lean_copy(model)))
    assert_array_equal(found.predict_proba(X), model.predict_proba(X))


def test_types_are_called_by_names_that_stay(vote):
    schema = schema_of(written(lean_copy(vote)))
    named = {f"{n['__module__']}.{n['__class__']}" for n in nodes(schema)}
    assert {"skgenre.GroupVotingClassifier", "skgenre.WindowModel"} <= named
    assert not [name for name in named if "._" in name and "skgenre" in name]


def test_an_estimator_that_stands_there_twice_is_written_once_and_is_one(table):
    X, y = table
    members = [("one", RandomForestClassifier(20)), ("other", GaussianNB())]
    model = VotingClassifier(members, voting="soft").fit(X, y)
    data = written(lean_copy(model))
    trees = [n for n in nodes(schema_of(data)) if n["__class__"] == "Tree"]
    assert len(trees) == 20
    found = again(model)
    assert found.named_estimators_["one"] is found.estimators_[0]
    assert found.named_estimators_["other"] is found.estimators_[1]
    assert_array_equal(found.predict_proba(X), model.predict_proba(X))


def test_there_are_no_places_in_memory_in_it(table):
    """So the same model is the same file, in whatever process."""
    model = LogisticRegression().fit(*table)
    assert written(lean_copy(model)) == written(lean_copy(model))
    names = unpacked(written(lean_copy(model)), "it").keys()
    assert names == {"schema.json", *(f"{i}.npy" for i in range(len(names) - 1))}


def test_no_mark_of_the_copy_is_left(vote):
    found = again(vote)
    assert vars(found).keys() == vars(vote).keys()
    assert vars(found.estimator).keys() == vars(vote.estimator).keys()


VALUES = [
    None,
    True,
    3,
    0.1,
    float("inf"),
    "jazz",
    b"\x00\xff",
    (1, ("a",)),
    {1, 2},
    {"a": [1, {"b": None}]},
    {1: "one", 2: "two"},
    slice(1, 5, 2),
    np.float32(0.1),
    np.array(["a", "b"]),
    np.array(["a", None, 3], dtype=object),
    np.ma.masked_array([1, 2], [True, False]),
    np.dtype("float32"),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_parameters_come_back(value):
    found = again(FunctionTransformer(kw_args={"value": value})).kw_args["value"]
    assert type(found) is type(value)
    np.testing.assert_equal(found, value)


def test_random_generators_come_back_with_their_state():
    state, generator = np.random.RandomState(3), np.random.default_rng(4)
    model = again(FunctionTransformer(kw_args={"a": state, "b": generator}))
    assert model.kw_args["a"].randint(10**6) == state.randint(10**6)
    assert model.kw_args["b"].random() == generator.random()


# -- read: what was forged ------------------------------------------------------------


def put(cls, name, new):
    """Put another node in the place of an attribute."""

    def change(schema, files):
        found = attribute(schema, cls, name)
        found.clear()
        found.update(new(schema, files) if callable(new) else new)

    return change


def function(module, name, loader="FunctionNode"):
    return {"__class__": name, "__module__": module, "__loader__": loader}


def text(value):
    return {
        "__class__": "str",
        "__module__": "builtins",
        "__loader__": "JsonNode",
        "content": json.dumps(value),
    }


def several(kind, content):
    return {
        "__class__": kind.lower(),
        "__module__": "builtins",
        "__loader__": f"{kind}Node",
        "content": content,
    }


def reduced(module, name, *arguments):
    return {
        **function(module, name, "ConstructorFromReduceNode"),
        "content": several("Tuple", [text(a) for a in arguments]),
    }


def rename(loader, name, **changed):
    def change(schema, files):
        node(schema, name).update(changed)

    return change


def into_dict(keys):
    """A dict whose keys are made by something else than types of keys."""

    def new(schema, files):
        return {
            **several("Dict", {"id": text(1)}),
            "key_types": several("List", [keys]),
        }

    return put("LogisticRegression", "class_weight", new)


PLACE = ("LogisticRegression", "class_weight")
HOSTILE = {
    "a function": (put(*PLACE, function("os", "system")), r"os\.system.*trusted="),
    "a type": (put(*PLACE, function("subprocess", "Popen", "TypeNode")), "Popen"),
    "an object": (put(*PLACE, function("subprocess", "Popen", "ObjectNode")), "Popen"),
    "the class of what is harmless": (
        put(*PLACE, function("sklearn.pipeline", "Pipeline", "TypeNode")),
        r"sklearn\.pipeline\.Pipeline.*trusted=",
    ),
    "a parameter that fit refuses": (
        put("GroupVotingClassifier", "voting", text("the loudest")),
        "none that fit would take",
    ),
    "a call": (put(*PLACE, reduced("os", "system", "false")), r"os\.system"),
    "a call of what is harmless": (
        put(*PLACE, reduced("skgenre", "FrameWindower", 5)),
        r"skgenre\.FrameWindower.*trusted=",
    ),
    "a call of what is known": (
        put(*PLACE, reduced("builtins", "dict", "x")),
        "may hide code",
    ),
    "a loss that is none": (
        put(*PLACE, function("os", "system", "LossNode")),
        "may hide code",
    ),
    "an operator": (
        put(*PLACE, {**function("operator", "call", "OperatorFuncNode"), "attrs": {}}),
        "may hide code",
    ),
    "a method": (
        put(
            *PLACE,
            {
                **function("sklearn.pipeline", "Pipeline", "MethodNode"),
                "content": {"func": "fit", "obj": {}},
            },
        ),
        "may hide code",
    ),
    "a sparse array": (
        put(*PLACE, function("scipy.sparse", "csr_matrix", "SparseMatrixNode")),
        "densify",
    ),
    "a loader of old": (
        put(*PLACE, function("builtins", "dict", "DefaultDictNode")),
        "may hide code",
    ),
    "another list": (
        put(*PLACE, {**several("List", []), "__class__": "eval"}),
        "may hide code",
    ),
    "an array as something else": (
        rename("NdArrayNode", "ndarray", __class__="save"),
        "may hide code",
    ),
    "a loader that is no name": (
        rename("ObjectNode", "LogisticRegression", __loader__=["ObjectNode"]),
        "may hide code",
    ),
    "keys by a function": (
        into_dict(function("os", "system")),
        "a FunctionNode as TypeNode",
    ),
    "keys by another type": (
        into_dict(function("subprocess", "Popen", "TypeNode")),
        r"keys of 'subprocess\.Popen'",
    ),
    "a part of scikit-learn that nobody looked at": (
        put(*PLACE, function("sklearn.manifold._isomap", "Isomap", "ObjectNode")),
        r"_isomap\.Isomap",
    ),
    "a tree that is made otherwise": (
        put(*PLACE, function("sklearn.tree._tree", "Tree", "ObjectNode")),
        "may hide code",
    ),
    "a number of nobody": (
        put(*PLACE, {**function("None", "None", "CachedNode"), "__id__": 10**6}),
        "unknown object id",
    ),
    "a value that is none": (
        put(*PLACE, {**text(1), "content": {"a": 1}}),
        "not written as text",
    ),
}


def test_a_pickle_put_where_a_memory_has_one_is_not_run(path, capsys):
    """A model of windows may be a pickle in a memory; never in a file."""
    pickled = np.frombuffer(pickle.dumps(Payload()), np.uint8)

    def change(schema, files):
        files["99.npy"] = npy(pickled)
        state = node(schema, "WindowModel")["content"]
        state["content"]["fitted"] = text(None)
        state["content"]["pickled"] = {
            **function("numpy", "ndarray", "NdArrayNode"),
            "type": "numpy",
            "file": "99.npy",
        }
        state["key_types"]["content"].append(function("builtins", "str", "TypeNode"))
        # What was used by the classifier alone is not there any more.
        used = {n["file"] for n in nodes(schema) if "file" in n}
        for name in files.keys() - used - {"schema.json"}:
            del files[name]

    with pytest.raises(ModelFileError, match="has a pickle"):
        load_model(forge(path, change))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("change", "message"), HOSTILE.values(), ids=list(HOSTILE))
def test_forged_nodes_are_refused_and_nothing_is_run(
    path, change, message, monkeypatch
):
    ran = []
    monkeypatch.setattr("os.system", lambda *a: ran.append(a))
    monkeypatch.setattr("subprocess.Popen.__init__", lambda *a, **k: ran.append(a))
    forge(path, change)
    with pytest.raises(ModelFileError, match=message):
        load_model(path)
    assert ran == []


def test_older_protocols_are_refused(path):
    def change(schema, files):
        schema["protocol"] = 1

    with pytest.raises(ModelFileError, match="protocol 1"):
        load_model(forge(path, change))


def test_later_protocols_are_refused(path):
    def change(schema, files):
        schema["protocol"] = 99

    with pytest.raises(ModelFileError, match="99"):
        load_model(forge(path, change))


def array_of(data):
    def change(schema, files):
        name = next(n for n in nodes(schema) if "file" in n)["file"]
        files[name] = data(files[name]) if callable(data) else data

    return change


class Payload:
    def __reduce__(self):
        return (print, ("run",))


def header(shape, dtype="<f8"):
    buffer = io.BytesIO()
    described = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, described)
    return buffer.getvalue()


ARRAYS = {
    "pickled objects": (npy(np.array([Payload()])), "pickled objects"),
    "a pickle": (b"\x80\x04K\x01.", "magic"),
    "a terabyte": (header((10**12 // 8,)), "not the size"),
    "less than nothing": (header((-1, 8)) + b"", "size|damaged"),
    "too short": (lambda data: data[:-1], "not the size"),
    "too long": (lambda data: data + b"\0", "not the size"),
}


@pytest.mark.parametrize(("data", "message"), ARRAYS.values(), ids=list(ARRAYS))
def test_forged_arrays_are_refused(path, data, message, capsys):
    with pytest.raises(ModelFileError, match=message):
        load_model(forge(path, array_of(data)))
    assert capsys.readouterr().out == ""


def test_files_that_are_not_there_or_not_used_are_refused(path):
    def another(schema, files):
        next(n for n in nodes(schema) if "file" in n)["file"] = "../../etc/passwd"

    def unused(schema, files):
        files["99.npy"] = npy(np.zeros(3))

    before = read(path)
    with pytest.raises(ModelFileError, match="that is not there"):
        load_model(forge(path, another))
    path.write_bytes(b"")
    with pytest.raises(ModelFileError, match="without a use"):
        load_model(forge(write(path, before), unused))


def test_depth_without_end_is_refused(path):
    def change(schema, files):
        deep = text(1)
        for _ in range(5000):
            deep = several("List", [deep])
        return deep | {"protocol": schema["protocol"]}

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)  # to write it
    try:
        forge(path, change)
    finally:
        sys.setrecursionlimit(limit)
    with pytest.raises(ModelFileError, match="Recursion"):
        load_model(path)


def test_trees_are_made_of_what_fits(tmp_path, table):
    path = save_model(RandomForestClassifier(2).fit(*table), tmp_path / "x")

    def outputs(value):
        def change(schema, files):
            arguments = node(schema, "Tree")["__reduce__"]["args"]["content"]
            arguments[2]["content"] = json.dumps(value)

        return change

    def by_number(schema, files):
        """Arguments that were looked at, and others of that number before them."""
        tree = node(schema, "Tree")
        arguments = tree["__reduce__"]["args"]
        forged = json.loads(json.dumps(arguments))
        forged["content"][2]["content"] = "1000000"
        forged["__id__"] = arguments["__id__"] = 10**6
        node(schema, "RandomForestClassifier")["content"]["content"] = {
            "first": forged,
            **node(schema, "RandomForestClassifier")["content"]["content"],
        }
        key_types = node(schema, "RandomForestClassifier")["content"]["key_types"]
        key_types["content"].insert(0, function("builtins", "str", "TypeNode"))

    before = path.read_bytes()
    for value in (10**6, 0, -1, True, "1"):
        path.write_bytes(before)
        with pytest.raises(ModelFileError, match="a tree of no classes"):
            load_model(forge(path, outputs(value)))
    # The number is taken off, so the tree is made of what stands with it.
    path.write_bytes(before)
    load_model(forge(path, by_number))


# -- trust ----------------------------------------------------------------------------


def test_what_is_trusted_is_loaded():
    model = make_pipeline(CountVectorizer(), GaussianNB())
    name = "sklearn.feature_extraction.text.CountVectorizer"
    with pytest.raises(ModelFileError, match=r"trusted=\['sklearn\.feature_extraction"):
        again(model)
    assert isinstance(again(model, [name])[0], CountVectorizer)
    assert again(FunctionTransformer(np.log1p)).func is np.log1p  # NumPy's are known


def test_nothing_more_is_read_than_was_looked_at(vote):
    data = written(lean_copy(vote))
    files = unpacked(data, "it")
    canonical, _ = checked(packed(files), [])
    assert unpacked(canonical, "it").keys() == files.keys()
