"""rtos's constants, from the engine's table."""

from . import _sockery

__all__ = []
for _name, _number in _sockery.station_constants()[1]:
    globals()[_name] = _number
    __all__ += [_name]
