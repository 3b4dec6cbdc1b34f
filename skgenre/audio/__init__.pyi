from ._errors import AudioError as AudioError
from ._excerpt import Excerpt as Excerpt
