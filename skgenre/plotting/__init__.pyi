from ._confusion import ConfusionDisplay as ConfusionDisplay
from ._leakage import LeakageDisplay as LeakageDisplay
from ._plot_timelines import plot_timelines as plot_timelines
from ._reliability import ReliabilityDisplay as ReliabilityDisplay
from ._timeline import TimelineDisplay as TimelineDisplay
from ._training import TrainingDisplay as TrainingDisplay
from ._voting_comparison import VotingComparisonDisplay as VotingComparisonDisplay
from ._window_map import WindowMapDisplay as WindowMapDisplay
