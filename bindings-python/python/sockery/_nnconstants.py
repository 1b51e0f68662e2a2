"""nnmsg's constants, with and without the leading underscore, from the engine's table."""

from . import _sockery

__all__ = []
for _name, _number in _sockery.constants("sp"):
    globals()[_name] = globals()["_" + _name] = _number
    __all__ += [_name, "_" + _name]
