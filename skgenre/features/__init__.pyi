from ._base import WindowFeaturizer as WindowFeaturizer
from ._function import FunctionFeaturizer as FunctionFeaturizer
from ._mel import MelSpectrogramFeaturizer as MelSpectrogramFeaturizer
from ._mfcc import MFCCFeaturizer as MFCCFeaturizer
from ._onnx import OnnxFeaturizer as OnnxFeaturizer
from ._spectral import SpectralFeaturizer as SpectralFeaturizer
from ._stack import FeatureStack as FeatureStack
from ._window_transformer import WindowTransformer as WindowTransformer
