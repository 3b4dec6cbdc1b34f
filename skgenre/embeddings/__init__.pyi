from ._errors import PretrainedModelError as PretrainedModelError
from ._get_model import get_model as get_model
from ._install_model import install_model as install_model
from ._list_models import list_models as list_models
from ._pretrained_featurizer import PretrainedFeaturizer as PretrainedFeaturizer
from ._pretrained_model import PretrainedModel as PretrainedModel
