from ._classifier import GroupVotingClassifier as GroupVotingClassifier
from ._hmm import HMMVoting as HMMVoting
from ._naive_bayes import NaiveBayesVoting as NaiveBayesVoting
from ._rnn import RNNVoting as RNNVoting
from ._rules import vote as vote
from ._stacked import StackedVoting as StackedVoting
from ._trained import TrainedVoting as TrainedVoting
