from . import datasets as datasets
from . import model_selection as model_selection
from . import neural as neural
from . import plotting as plotting
from . import recipes as recipes
from . import reporting as reporting
from . import review as review
from .audio import *
from .features import *
from .persistence import *
from .prediction import *
from .voting import *
from .windows import *

__version__: str
