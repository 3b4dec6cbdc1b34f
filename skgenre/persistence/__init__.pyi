from ._card import ModelCard as ModelCard
from ._card import read_model_card as read_model_card
from ._errors import ModelFileError as ModelFileError
from ._load import load_model as load_model
from ._save import save_model as save_model
