"""Structures: what ``sendStruct`` and ``recvStruct`` take, and buffers that are filled."""

from __future__ import annotations

import functools
from collections import namedtuple
from typing import Any

from . import _sockery


class Struct:
    """A C structure, described by a field list: ``"u8 kind; f64 at; {i16 x; i16 y} pos[2]"``.

    Types are i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 bool, ``char[N]`` (at most N bytes) and nested
    ``{...}``; arrays are ``i32[4] name`` or ``i32 name[4]``. The layout is the C compiler's, little
    endian, with ``pack(1);`` in front without gaps: the same bytes in every language of sockery.

    Raises ValueError for a text that is no field list. With a `name`, records that are read are
    named tuples; else dicts.
    """

    __slots__ = ("_layout", "_shape", "text")

    def __init__(self, text: str, name: str | None = None) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a field list must be str, not {type(text).__name__}")
        self._layout = _sockery.Layout(text)
        #: The field list.
        self.text = text
        self._shape = None if name is None else _tuples(name, self._layout.fields)

    @property
    def size(self) -> int:
        """How many bytes a record takes."""
        return self._layout.size

    @property
    def offsets(self) -> dict[str, int]:
        """Where each field begins, in bytes."""
        return {name: offset for name, offset, _ in self._layout.fields}

    def pack(self, value: Any) -> bytes:
        """The bytes of a record: a dict, a tuple or list in order, or an object with attributes.

        A TypeError names the field that is missing or does not fit.
        """
        return self._layout.pack(value)

    def unpack(self, data: Any) -> Any:
        """The record that some bytes are; a TableError when they are not as many as it has."""
        record = self._layout.unpack(data)
        return record if self._shape is None else _shaped(record, self._shape)

    def __repr__(self) -> str:
        return f"nnmsg.struct({self.text!r})"


def _tuples(name: str, fields: Any) -> tuple[Any, dict[str, Any]]:
    """The named tuple for these fields, and those for the records in them."""
    kind = namedtuple(name, [field for field, _, _ in fields])  # type: ignore[misc]
    return kind, {field: _tuples(field, inner) for field, _, inner in fields if inner}


def _shaped(value: Any, shape: tuple[Any, dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_shaped(item, shape) for item in value]
    kind, inner = shape
    return kind(**{k: _shaped(v, inner[k]) if k in inner else v for k, v in value.items()})


_cached = functools.lru_cache(maxsize=256)(Struct)


def described(struct: Any) -> Struct | None:
    """The description that this is, by itself or as a field list; None when it is none."""
    if isinstance(struct, Struct):
        return struct
    return _cached(struct) if isinstance(struct, str) else None


def fill(name: str, target: Any, data: bytes, room: int | None = None) -> None:
    """Writes what fits of `data` into the first `room` bytes (all by default) of any buffer."""
    view, size = writable(name, target, room)
    count = min(size, len(data))
    if isinstance(view, memoryview):
        view[:count] = data[:count]
    else:
        import ctypes

        ctypes.memmove(view, bytes(data[:count]), count)


def writable(name: str, target: Any, room: int | None = None) -> tuple[Any, int]:
    """What `fill` writes to: a memoryview of bytes, or a ctypes object for other formats."""
    try:
        view = memoryview(target)
    except TypeError:
        kind = type(target).__name__
        raise TypeError(f"{name} must be a writable buffer, not {kind}") from None
    if view.readonly:
        raise TypeError(f"{name} must be a writable buffer, not a read-only one")
    if not view.c_contiguous:
        raise TypeError(f"{name} must be a contiguous buffer")
    size = checked(room, view.nbytes)
    if view.nbytes == 0:
        return memoryview(bytearray()), 0
    try:
        return view.cast("B"), size
    except TypeError:
        # Formats beyond one character each, such as those of structures.
        import ctypes

        return (ctypes.c_ubyte * view.nbytes).from_buffer(view), size


def checked(room: int | None, size: int) -> int:
    """The first so many bytes of a buffer; None and 0 are all."""
    if not room:
        return size
    if room < 0 or room > size:
        raise ValueError(f"len must be 0 to {size}, got {room}")
    return room
