"""Honest evaluation at the level of songs."""

from skgenre.model_selection._compare_votings import compare_votings
from skgenre.model_selection._duplicates import Duplicates, find_duplicates
from skgenre.model_selection._leakage import leakage_report
from skgenre.model_selection._leakage_report import LeakageReport
from skgenre.model_selection._scorer import make_group_scorer
from skgenre.model_selection._splitters import (
    StratifiedGroupShuffleSplit,
    group_labels,
    stratified_group_train_test_split,
)
from skgenre.model_selection._voting_comparison import VotingComparison

__all__ = [
    "Duplicates",
    "LeakageReport",
    "StratifiedGroupShuffleSplit",
    "VotingComparison",
    "compare_votings",
    "find_duplicates",
    "group_labels",
    "leakage_report",
    "make_group_scorer",
    "stratified_group_train_test_split",
]
