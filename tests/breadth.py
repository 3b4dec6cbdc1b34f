"""scikit-learn's tools, each run on songs, and the README's table of what came out.

PYTHONPATH=tests python tests/breadth.py
"""

import re
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import joblib
import numpy as np
import sklearn
from sklearn import (
    calibration,
    ensemble,
    feature_selection,
    inspection,
    metrics,
    multiclass,
    multioutput,
)
from sklearn import model_selection as selection
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer
from skgenre.features import FeatureStack, WindowTransformer

README = Path(__file__).parent.parent / "README.md"
HAS_CALLBACKS = hasattr(LogisticRegression, "set_callbacks")
WORKS = "works"
GENRES = ("drone", "techno", "ballad")


class Tool(NamedTuple):
    """One of scikit-learn's tools; where it cannot work, what can."""

    name: str
    run: Callable[[SimpleNamespace], Any]
    instead: str = ""
    remedy: Callable[[SimpleNamespace], Any] | None = None


# -- what the tools are run on ---------------------------------------------------------


def settings(paths, y, memory):
    """Two views of the same songs: windows of features, and paths.

    `column` is what a tool gets that checks for a matrix, `steps` what stands in front
    of a vote, `rows` and `of_rows` songs by number and an estimator of such.
    """
    featurizer = MFCCFeaturizer(4, summary=("mean",), memory=memory)
    front = make_pipeline(FrameWindower(3.0), featurizer)
    windows = front.fit_transform(paths)
    vote = GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression()))
    y, paths = np.asarray(y), np.asarray(paths)
    shared = {"y": y, "two": y == y[0], "vote": vote, "windows": windows}
    shared["rows"] = np.arange(len(y))[:, None]
    picks = FunctionTransformer(lambda rows: windows[rows[:, 0]])
    shared["of_rows"] = make_pipeline(picks, vote)
    model = make_pipeline(front, vote)
    return {
        "songs": SimpleNamespace(
            **shared, X=windows, column=windows, steps=[], model=vote
        ),
        "paths": SimpleNamespace(
            **shared, X=paths, column=paths[:, None], steps=[front], model=model
        ),
    }


def grid(s):
    """Parameters for a search over the voting."""
    return {parameter(s, "voting"): ["mean", "max"]}


def parameter(s, ending):
    """Name of a parameter of the model, wherever it stands."""
    found = [name for name in s.model.get_params() if name.endswith(ending)]
    return min(found, key=len)


# -- how each is called ----------------------------------------------------------------


def searched(kind, **arguments):
    """Tune the voting, and predict."""

    def run(s):
        given = {"cv": 2, "error_score": "raise", **arguments}
        return getattr(selection, kind)(s.model, grid(s), **given).fit(s.X, s.y)

    return run


def cross_validated(function, **arguments):
    """Run one of scikit-learn's functions that split songs."""
    return lambda s: getattr(selection, function)(s.model, s.X, s.y, cv=2, **arguments)


def wrapped(make, labels="y"):
    """Fit a meta-estimator around the model, and predict."""

    def run(s):
        predicted = make(s.model).fit(s.X, getattr(s, labels)).predict(s.X)
        return expect(len(predicted) == len(s.y))

    return run


def around(make):
    """Fit an ensemble that wants a matrix around the model, and predict."""
    return lambda s: make(s.model).fit(s.column, s.y).predict(s.column)


def around_rows(make):
    """Fit the same around a vote that is given the numbers of songs."""
    return lambda s: make(s.of_rows).fit(s.rows, s.y).predict(s.rows)


def in_front(transformer):
    """Fit a transformer between features and vote."""
    return lambda s: make_pipeline(*s.steps, transformer, s.vote).fit(s.X, s.y)


def inside(*steps):
    """Fit a vote over a pipeline of windows."""
    parts = [*steps, LogisticRegression(max_iter=500)]
    vote = GroupVotingClassifier(make_pipeline(*parts))
    return lambda s: make_pipeline(*s.steps, vote).fit(s.X, s.y).predict(s.X)


def drawn(home, name):
    """Draw a picture of two classes."""
    return lambda s: getattr(home, name).from_estimator(
        clone(s.model).fit(s.X, s.two), s.X, s.two
    )


def output_codes(model):
    """Codes of which some bit is the same for all classes, as may happen."""
    return multiclass.OutputCodeClassifier(model, code_size=4, random_state=0)


def semi_supervised(model):
    """Learn from some labels; -1 is none."""
    return SelfTrainingClassifier(model, threshold=0.4)


def self_trained(model, X, y):
    """Fit it on songs of which the last two have no label."""
    numbers = np.unique(y, return_inverse=True)[1]
    numbers[-2:] = -1
    return semi_supervised(model).fit(X, numbers).predict(X)


def two_labels(s):
    """Two labels a song."""
    return np.stack([s.two, np.arange(len(s.y)) % 2], axis=1).astype(int)


def importance_of_songs(s):
    """How much the verdicts on songs hang on a feature."""
    X, vote = s.windows, clone(s.vote).fit(s.windows, s.y)

    def score(vote, values, labels):
        return vote.score(values, labels, groups=X.groups)

    return inspection.permutation_importance(
        vote, X.values, X.expand(s.y), scoring=score, n_repeats=2, random_state=0
    )


def of_windows(tool):
    """Look at the classifier of windows."""
    return lambda s: tool(clone(s.vote).fit(s.windows, s.two).estimator_, s.windows)


def pickled(s):
    """Write a fitted clone to a file, and predict with what is read from it."""
    with tempfile.TemporaryDirectory() as folder:
        joblib.dump(clone(s.model).fit(s.X, s.y), f"{folder}/model.joblib")
        return joblib.load(f"{folder}/model.joblib").predict(s.X)


def as_tables(s):
    """Fit where every transformer is asked for tables."""
    with sklearn.config_context(transform_output="pandas"):
        scaler = StandardScaler()
        vote = GroupVotingClassifier(make_pipeline(scaler, LogisticRegression()))
        return make_pipeline(*s.steps, vote).fit(s.X, s.y).predict(s.X)


def followed(s):
    """Search with a progress bar, the classifier inside monitored."""
    from sklearn.callback import ProgressBar, ScoringMonitor

    monitor = ScoringMonitor(scoring="accuracy")
    inner = LogisticRegression(solver="lbfgs").set_callbacks(monitor)
    GroupVotingClassifier(inner).fit(s.windows, s.y)
    search = selection.GridSearchCV(s.model, grid(s), cv=2, error_score="raise")
    return search.set_callbacks(ProgressBar()).fit(s.X, s.y)


def expect(holds):
    """Raise where a tool ran and gave something else than it should."""
    if not holds:
        raise ValueError("A tool gave something else than a row for each song.")


SCORERS = ["accuracy", "balanced_accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr"]
INSIDE = "inside the vote, `GroupVotingClassifier(make_pipeline({}, ...))`"
FRONT = "`WindowTransformer(PCA())`, or inside the vote: `make_pipeline(PCA(), ...)`"
BY_NUMBER = "of songs by number (below)"
ONE_A_SONG = {"shuffle": True, "random_state": 0}

TOOLS = [
    Tool("cross_val_score", cross_validated("cross_val_score")),
    Tool("cross_val_predict", cross_validated("cross_val_predict")),
    Tool("cross_validate", cross_validated("cross_validate", scoring=SCORERS)),
    Tool("GridSearchCV", searched("GridSearchCV")),
    Tool("RandomizedSearchCV", searched("RandomizedSearchCV", n_iter=2)),
    Tool("HalvingGridSearchCV", searched("HalvingGridSearchCV", min_resources=12)),
    Tool(
        "learning_curve",
        cross_validated("learning_curve", train_sizes=[0.8, 1.0], **ONE_A_SONG),
    ),
    Tool(
        "validation_curve",
        lambda s: selection.validation_curve(
            s.model,
            s.X,
            s.y,
            cv=2,
            param_name=parameter(s, "voting"),
            param_range=["mean", "max"],
        ),
    ),
    Tool(
        "permutation_test_score",
        cross_validated("permutation_test_score", n_permutations=2),
    ),
    Tool("train_test_split", lambda s: selection.train_test_split(s.X, stratify=s.y)),
    Tool(
        "StratifiedGroupKFold",
        lambda s: selection.cross_val_score(
            s.model,
            s.X,
            s.y,
            groups=np.arange(len(s.y)) // 2,
            cv=selection.StratifiedGroupKFold(2),
        ),
    ),
    Tool(
        "TunedThresholdClassifierCV",
        wrapped(lambda m: selection.TunedThresholdClassifierCV(m, cv=2), labels="two"),
    ),
    Tool(
        "FixedThresholdClassifier",
        wrapped(
            lambda m: selection.FixedThresholdClassifier(m, threshold=0.4),
            labels="two",
        ),
    ),
    Tool(
        "CalibratedClassifierCV",
        wrapped(lambda m: calibration.CalibratedClassifierCV(m, cv=2)),
    ),
    Tool(
        "VotingClassifier",
        wrapped(lambda m: ensemble.VotingClassifier([("a", m)], voting="soft")),
    ),
    Tool(
        "StackingClassifier",
        wrapped(lambda m: ensemble.StackingClassifier([("a", m)], cv=2)),
    ),
    Tool("OneVsRestClassifier", wrapped(multiclass.OneVsRestClassifier)),
    Tool(
        "MultiOutputClassifier",
        lambda s: multioutput.MultiOutputClassifier(s.model).fit(s.X, two_labels(s)),
    ),
    Tool(
        "FrozenEstimator",
        lambda s: FrozenEstimator(clone(s.model).fit(s.X, s.y)).predict(s.X),
    ),
    Tool("FunctionTransformer", in_front(FunctionTransformer(lambda songs: songs[:]))),
    Tool("ConfusionMatrixDisplay", drawn(metrics, "ConfusionMatrixDisplay")),
    Tool("RocCurveDisplay", drawn(metrics, "RocCurveDisplay")),
    Tool("DetCurveDisplay", drawn(metrics, "DetCurveDisplay")),
    Tool("PrecisionRecallDisplay", drawn(metrics, "PrecisionRecallDisplay")),
    Tool("CalibrationDisplay", drawn(calibration, "CalibrationDisplay")),
    Tool(
        "LearningCurveDisplay",
        lambda s: selection.LearningCurveDisplay.from_estimator(
            s.model, s.X, s.y, cv=2, train_sizes=[0.8, 1.0], **ONE_A_SONG
        ),
    ),
    Tool(
        "ValidationCurveDisplay",
        lambda s: selection.ValidationCurveDisplay.from_estimator(
            s.model,
            s.X,
            s.y,
            cv=2,
            param_name=parameter(s, "__C"),
            param_range=[0.1, 1.0],
        ),
    ),
    Tool("clone", pickled),
    Tool('set_config(transform_output="pandas")', as_tables),
    *([Tool("set_callbacks", followed)] if HAS_CALLBACKS else []),
    # -- what wants a matrix with a row per song, and takes a column of paths
    *(
        Tool(make.__name__, around(make), BY_NUMBER, around_rows(make))
        for make in (
            ensemble.BaggingClassifier,
            multiclass.OneVsOneClassifier,
        )
    ),
    Tool(
        "OutputCodeClassifier",
        around(output_codes),
        BY_NUMBER,
        around_rows(output_codes),
    ),
    Tool(
        "SelfTrainingClassifier",
        lambda s: self_trained(s.model, s.column, s.y),
        BY_NUMBER,
        lambda s: self_trained(s.of_rows, s.rows, s.y),
    ),
    # -- what wants a matrix with a row per window
    *(
        Tool(
            name,
            in_front(transformer),
            FRONT,
            in_front(WindowTransformer(transformer)),
        )
        for name, transformer in [
            ("StandardScaler", StandardScaler()),
            ("PCA", PCA(2)),
            ("SelectKBest", feature_selection.SelectKBest(k=2)),
            (
                "SelectFromModel",
                feature_selection.SelectFromModel(LogisticRegression(max_iter=500)),
            ),
            ("RFE", feature_selection.RFE(LogisticRegression(max_iter=500))),
            ("ColumnTransformer", ColumnTransformer([("a", "passthrough", [0])])),
        ]
    ),
    *(
        Tool(
            name,
            in_front(selector),
            INSIDE.format("RFECV(...)") + ": folds of whole songs",
            inside(selector),
        )
        for name, selector in [
            ("RFECV", feature_selection.RFECV(LogisticRegression(max_iter=500), cv=2)),
            (
                "SequentialFeatureSelector",
                feature_selection.SequentialFeatureSelector(
                    LogisticRegression(max_iter=500), n_features_to_select=1, cv=2
                ),
            ),
        ]
    ),
    Tool(
        "FeatureUnion",
        lambda s: FeatureUnion(
            [("a", MFCCFeaturizer(summary=("mean",)))]
        ).fit_transform(
            FrameWindower(3.0).fit_transform([np.sin(np.arange(200_000))] * 2)
        ),
        "`FeatureStack`",
        lambda s: FeatureStack(
            [("a", MFCCFeaturizer(summary=("mean",)))]
        ).fit_transform(
            FrameWindower(3.0).fit_transform([np.sin(np.arange(200_000))] * 2)
        ),
    ),
    Tool(
        "AdaBoostClassifier",
        around(ensemble.AdaBoostClassifier),
        "inside the vote, `GroupVotingClassifier(AdaBoostClassifier())`",
        lambda s: GroupVotingClassifier(ensemble.AdaBoostClassifier()).fit(
            s.windows, s.y
        ),
    ),
    Tool(
        "ClassifierChain",
        lambda s: multioutput.ClassifierChain(s.model).fit(s.X, two_labels(s)),
        "`MultiOutputClassifier`",
        lambda s: multioutput.MultiOutputClassifier(s.model).fit(s.X, two_labels(s)),
    ),
    Tool(
        "StackingClassifier(passthrough=True)",
        lambda s: ensemble.StackingClassifier(
            [("a", s.model)], cv=2, passthrough=True
        ).fit(s.X, s.y),
        "without passthrough",
        wrapped(lambda m: ensemble.StackingClassifier([("a", m)], cv=2)),
    ),
    Tool(
        "permutation_importance",
        lambda s: inspection.permutation_importance(
            clone(s.model).fit(s.X, s.y), s.X, s.y
        ),
        "of `X.values`, scored by song (below)",
        importance_of_songs,
    ),
    Tool(
        "partial_dependence",
        lambda s: inspection.partial_dependence(
            clone(s.model).fit(s.X, s.two), s.X, [0]
        ),
        "of windows: `(vote.estimator_, X.values, [0])`",
        of_windows(
            lambda fitted, X: inspection.partial_dependence(fitted, X.values, [0])
        ),
    ),
    Tool(
        "PartialDependenceDisplay",
        lambda s: inspection.PartialDependenceDisplay.from_estimator(
            clone(s.model).fit(s.X, s.two), s.X, [0]
        ),
        "of windows: `(vote.estimator_, X.values, [0])`",
        of_windows(
            lambda fitted, X: inspection.PartialDependenceDisplay.from_estimator(
                fitted, X.values, [0]
            )
        ),
    ),
]


# -- the table -------------------------------------------------------------------------


def outcome(tool, setting):
    """Run a tool: it works, or it raises, and then what is said instead works."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tool.run(setting)
        except (TypeError, ValueError, IndexError) as error:
            if tool.remedy is None:
                error.add_note(f"{tool.name} has to work, or say what does.")
                raise
        else:
            return WORKS
        tool.remedy(setting)
        return tool.instead


def table(songs):
    """Return the README's table: tools with the same outcome share a row."""
    rows = {}
    for tool in TOOLS:
        of_songs, of_paths = (outcome(tool, s) for s in songs.values())
        cell = of_songs
        if of_paths != of_songs:
            cell += f"; paths as a column, `np.array(paths)[:, None]`: {of_paths}"
        rows.setdefault(cell, []).append(f"`{tool.name}`")
    lines = ["scikit-learn's | with songs, as `SongWindows` or as paths", "--- | ---"]
    lines += [f"{', '.join(names)} | {cell}" for cell, names in rows.items()]
    return "".join(f"| {line} |\n" for line in lines)


MARKED = re.compile(
    r"(<!-- table: scikit-learn -->\n).*?(<!-- end -->)", flags=re.DOTALL
)


def main():
    """Run all tools on synthetic songs, and write the README's table."""
    from skgenre.datasets import make_songs

    with tempfile.TemporaryDirectory() as folder:
        songs = make_songs(folder, n_songs=6, genres=GENRES, max_seconds=9)
        made = table(settings(songs.data, songs.target, f"{folder}/cache"))
    text = MARKED.sub(lambda match: match[1] + made + match[2], README.read_text())
    README.write_text(text)


if __name__ == "__main__":
    main()
