from ._leakage import LeakageDisplay as LeakageDisplay
from ._timeline import TimelineDisplay as TimelineDisplay
from ._timeline import plot_timelines as plot_timelines
from ._voting_comparison import VotingComparisonDisplay as VotingComparisonDisplay
