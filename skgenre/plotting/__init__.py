"""Pictures: windows along a song, votings compared, and what leaky splits gain."""

from skgenre.plotting._leakage import LeakageDisplay
from skgenre.plotting._timeline import TimelineDisplay, plot_timelines
from skgenre.plotting._voting_comparison import VotingComparisonDisplay

__all__ = [
    "LeakageDisplay",
    "TimelineDisplay",
    "VotingComparisonDisplay",
    "plot_timelines",
]
