"""Pretrained networks: which there are, and how they come to this machine."""

import lazy_loader

# The public names and their homes stand in __init__.pyi, and nowhere else.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
