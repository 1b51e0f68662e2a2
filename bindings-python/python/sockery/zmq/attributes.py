"""Options as attributes: ``socket.linger``, ``socket.RCVTIMEO``; and the types of their values."""

from __future__ import annotations

from typing import Any

from . import constants


def _by_number(rows: Any) -> dict[int, Any]:
    return {row[2]: row for row in rows}


_SOCKET = _by_number(constants._OPTIONS)
_CONTEXT = _by_number(constants._CONTEXT_OPTIONS)


def check_value(option: int, value: Any, context: bool = False) -> Any:
    """The value, if its type is the option's; a TypeError otherwise. Unknown options pass."""
    if not isinstance(option, int):
        raise TypeError(f"option must be int, not {type(option).__name__}")
    row = (_CONTEXT if context else _SOCKET).get(option)
    if row is None:
        return value
    name, kind = row[0][0], row[3]
    if kind in ("Bytes", "Text"):
        if isinstance(value, str):
            raise TypeError(f"{name} takes bytes, not str; use set_string")
        if value is None:
            return b""
        if isinstance(value, int):
            raise TypeError(f"{name} takes bytes, got {value!r}")
        try:
            memoryview(value)
        except TypeError:
            raise TypeError(f"{name} takes bytes, not {type(value).__name__}") from None
    elif not isinstance(value, int):
        raise TypeError(f"{name} takes an int, got {value!r}")
    return value


def shown(value: Any) -> Any:
    """An option's value as pyzmq shows it: texts are bytes."""
    return value.encode() if isinstance(value, str) else value


def _property(option: int, row: Any) -> property:
    names, _level, _number, kind, may_read, may_write, doc = row

    def read(self: Any) -> Any:
        return self.get(option)

    def write(self: Any, value: Any) -> None:
        self.set(option, value)

    text = f"{doc} ({names[0]}, {kind.lower()})"
    return property(read if may_read else None, write if may_write else None, None, text)


def _options(name: str, *tables: Any) -> type:
    """A class with a property for each option, in lower and upper case."""
    members: dict[str, Any] = {"__slots__": (), "__module__": __name__}
    for rows, enum in tables:
        for row in rows:
            number = row[2]
            option = enum(number) if number in enum._value2member_map_ else number
            for each in row[0]:
                made = _property(option, row)
                members.setdefault(each, made)
                members.setdefault(each.lower(), made)
    return type(name, (), members)


_OF_SOCKETS = (constants._OPTIONS, constants.SocketOption)
_OF_CONTEXTS = (constants._CONTEXT_OPTIONS, constants.ContextOption)

#: The options of sockets as attributes.
SocketOptions: Any = _options("SocketOptions", _OF_SOCKETS)
#: The options of contexts, and what contexts keep for their new sockets.
ContextOptions: Any = _options("ContextOptions", _OF_CONTEXTS, _OF_SOCKETS)
