from ._compare_models import compare_models as compare_models
from ._compare_votings import compare_votings as compare_votings
from ._duplicates import Duplicates as Duplicates
from ._duplicates import find_duplicates as find_duplicates
from ._leakage import leakage_report as leakage_report
from ._leakage_report import LeakageReport as LeakageReport
from ._model_comparison import ModelComparison as ModelComparison
from ._scorer import make_group_scorer as make_group_scorer
from ._splitters import StratifiedGroupShuffleSplit as StratifiedGroupShuffleSplit
from ._splitters import group_labels as group_labels
from ._splitters import (
    stratified_group_train_test_split as stratified_group_train_test_split,
)
from ._voting_comparison import VotingComparison as VotingComparison
