"""Pictures: what windows say along a song, and how votings compare."""

from skgenre.plotting._timeline import TimelineDisplay, plot_timelines
from skgenre.plotting._voting_comparison import VotingComparisonDisplay

__all__ = ["TimelineDisplay", "VotingComparisonDisplay", "plot_timelines"]
