"""Songs worth a human look, and what people decided of them."""

import lazy_loader

# The names, and which module each is from, stand in the stub file, and only there.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
