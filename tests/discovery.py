"""What is public in the package, found by walking it."""

import pkgutil

import skgenre


def public_modules():
    """Names of all modules without an underscore, the package itself first."""
    found = pkgutil.iter_modules(skgenre.__path__, "skgenre.")
    return ["skgenre", *(m.name for m in found if "._" not in m.name)]
