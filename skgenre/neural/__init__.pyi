from ._mil_classifier import MILClassifier as MILClassifier
from ._song_model import song_model as song_model
from ._window_classifier import KerasWindowClassifier as KerasWindowClassifier
from ._window_models import resnet_window_model as resnet_window_model
from ._window_models import window_model as window_model
