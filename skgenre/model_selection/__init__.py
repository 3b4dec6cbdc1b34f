"""Honest evaluation at the level of songs."""

from skgenre.model_selection._compare_votings import compare_votings
from skgenre.model_selection._voting_comparison import VotingComparison

__all__ = ["VotingComparison", "compare_votings"]
