from ._decode import AudioError as AudioError
