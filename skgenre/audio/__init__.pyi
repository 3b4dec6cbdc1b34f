from ._errors import AudioError as AudioError
