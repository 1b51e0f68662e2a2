"""Structures and buffers: the shared vectors, every kind of buffer, and nanomsg's symbols."""

import array
import ctypes
import math
import mmap
from collections import namedtuple
from types import SimpleNamespace

import pytest
from conftest import ROOT

import sockery
from sockery import _errors, nnmsg

FIELDS = "u8 kind; f64 at; char[16] name; {i16 x; i16 y} pos[2]"


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int16), ("y", ctypes.c_int16)]


class Probe(ctypes.Structure):
    _fields_ = [
        ("kind", ctypes.c_uint8),
        ("at", ctypes.c_double),
        ("name", ctypes.c_char * 16),
        ("pos", Point * 2),
    ]


VALUE = {"kind": 1, "at": 2.5, "name": b"probe", "pos": [{"x": -1, "y": 2}, {"x": 3, "y": -4}]}


def vectors():
    for path in sorted((ROOT / "tests" / "vectors" / "record").glob("*.txt")):
        struct = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.startswith("fields "):
                struct = nnmsg.struct(line[7:])
            elif line and not line.startswith("#"):
                sign = next(char for char in line if char in "=<!?")
                left, _, right = line.partition(sign)
                yield f"{path.name}:{number}", struct, bytes.fromhex(left), sign, right.strip()


def shown(value):
    """A value as it is read: text as bytes."""
    if isinstance(value, dict):
        return {name: shown(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    return value.encode() if isinstance(value, str) else value


def has_nan(value):
    items = value.values() if isinstance(value, dict) else ()
    return any(isinstance(item, float) and math.isnan(item) for item in items)


def test_vectors():
    seen = 0
    for place, struct, left, sign, right in vectors():
        seen += 1
        if sign == "?":
            with pytest.raises(nnmsg.TableError) as caught:
                struct.unpack(left)
            assert right in str(caught.value) and caught.value.message == left, place
            continue
        value = sockery.unpack(left)
        if sign == "!":
            with pytest.raises(TypeError) as caught:
                struct.pack(value)
            assert right in str(caught.value), place
            continue
        record = bytes.fromhex(right)
        assert (struct.pack(value) == record) == (sign == "="), place
        read = struct.unpack(record)
        assert struct.pack(read) == struct.pack(value), place
        assert has_nan(value) or read == shown(value), place
    assert seen > 100


def test_ctypes_and_field_lists_are_the_same_bytes(nn_pair):
    a, b = nn_pair("pair", "pair")
    probe = Probe(1, 2.5, b"probe", (Point * 2)(Point(-1, 2), Point(3, -4)))
    assert nnmsg.struct(FIELDS).pack(VALUE) == bytes(probe)
    assert nnmsg.struct(FIELDS).size == ctypes.sizeof(Probe)
    offsets = nnmsg.struct(FIELDS).offsets
    assert offsets == {name: getattr(Probe, name).offset for name, _ in Probe._fields_}
    assert a.sendStruct(probe) == 40
    assert b.recvStruct(FIELDS) == (VALUE, 40)
    assert b.sendStruct(FIELDS, VALUE) == 40
    into = Probe()
    got, size = a.recvStruct(into)
    assert got is into and size == 40 and bytes(into) == bytes(probe)
    a.send(b"\x07")
    assert b.recvStruct(into) == (into, 1) and into.kind == 7 and into.at == 2.5
    with pytest.raises(nnmsg.NNError) as caught:
        b.recvStruct(into, nnmsg.NN_DONTWAIT)
    assert caught.value.name == "EAGAIN"


def test_values_of_many_kinds():
    struct = nnmsg.struct("i16 x; i16 y", "Point")
    record = b"\x01\0\x02\0"
    kind = namedtuple("Other", "x y")
    for value in ({"x": 1, "y": 2}, (1, 2), [1, 2], kind(1, 2), SimpleNamespace(x=1, y=2)):
        assert struct.pack(value) == record
    read = struct.unpack(record)
    assert read == (1, 2) and (type(read).__name__, read.x, read.y) == ("Point", 1, 2)
    nested = nnmsg.struct("{i16 x; i16 y} p[2]; u8 n", "Line").unpack(bytes(8) + b"\x05\0")
    assert nested.n == 5 and nested.p[1].x == 0
    assert nnmsg.struct("u8[3] raw").pack({"raw": b"abc"}) == b"abc"


def test_what_does_not_fit(nn_pair):
    a, b = nn_pair("pair", "pair")
    for text, wanted in (("int x", "byte 0: expected a type"), ("u8 x; u8 x", "two fields")):
        with pytest.raises(ValueError, match=wanted):
            nnmsg.struct(text)
        with pytest.raises(ValueError, match=wanted):
            a.sendStruct(text, {})
    for struct in (7, None, object()):
        with pytest.raises(TypeError, match="struct must be a ctypes object, a field list"):
            a.sendStruct(struct)
        with pytest.raises(TypeError, match="struct must be a ctypes object, a field list"):
            b.recvStruct(struct)
    with pytest.raises(TypeError, match="needs a value"):
        a.sendStruct("u8 x")
    with pytest.raises(TypeError, match="field x: expected u8, got str"):
        a.sendStruct("u8 x", {"x": "1"})
    a.send(b"abc")
    with pytest.raises(nnmsg.TableError, match="2 bytes, the message 3") as caught:
        b.recvStruct("u16 x")
    assert caught.value.message == b"abc" and caught.value.name == "EPROTO"
    a.sendStruct("u16 x", {"x": 7})
    assert b.recvStruct("u16 x") == ({"x": 7}, 2)


def test_buffers_of_every_kind(nn_pair):
    a, b = nn_pair("pair", "pair")
    memory = mmap.mmap(-1, 8)
    rooms = [
        bytearray(8),
        memoryview(bytearray(10))[1:9],
        array.array("i", [0, 0]),
        array.array("d", [0]),
        (ctypes.c_char * 8)(),
        (ctypes.c_int32 * 2)(),
        (Point * 2)(),
        memoryview((Point * 2)()),
        memory,
        memoryview(bytearray(8)).cast("B", (2, 4)),
    ]
    for room in rooms:
        a.sendBuffer(b"01234567")
        got, size = b.recvBuffer(room)
        assert got is room and size == 8 and memoryview(room).tobytes() == b"01234567"
        assert a.sendBuffer(room) == 8 and b.recv() == b"01234567"
        assert a.sendBuffer(room, 3) == 3 and b.recv() == b"012"
        a.sendBuffer("abcdefghij")
        assert b.recvBuffer(room, 2) == (room, 10)
        assert memoryview(room).tobytes() == b"ab234567"
        with pytest.raises(ValueError, match="len must be 0 to 8, got 9"):
            a.sendBuffer(room, 9)
        with pytest.raises(ValueError, match="len must be 0 to 8, got -1"):
            b.recvBuffer(room, -1)
    with pytest.raises(TypeError, match="p must be a contiguous buffer"):
        b.recvBuffer(memoryview(bytearray(8))[::2])
    assert a.sendBuffer(memoryview(b"0123")[::2]) == 2 and b.recv() == b"02"
    empty = bytearray()
    a.send(b"xyz")
    assert b.recvBuffer(empty) == (empty, 3)


def test_symbols_are_nanomsgs():
    class Properties(ctypes.Structure):
        _fields_ = [
            ("value", ctypes.c_int),
            ("name", ctypes.c_char_p),
            ("ns", ctypes.c_int),
            ("type", ctypes.c_int),
            ("unit", ctypes.c_int),
        ]

    nanomsg = ctypes.CDLL("libnanomsg.so.5")
    ours = {symbol.name: symbol for symbol in nnmsg.symbolInfo()}
    assert len(ours) == len(nnmsg.symbolInfo())
    seen, row = 0, Properties()
    while nanomsg.nn_symbol_info(seen, ctypes.byref(row), ctypes.sizeof(row)):
        name, value = row.name.decode(), row.value
        if row.ns == nnmsg.NN_NS_ERROR:
            # nanomsg shows the host's numbers, document 000 the same on every host.
            value = _errors.NN_NUMBERS[name]
            assert _errors.NUMBERS[name] == row.value or name in ("EFSM", "ETERM"), name
        if name == "NN_VERSION_REVISION":
            value = 0  # document 000's, which is of an older nanomsg
        assert ours.pop(name) == (name, value, row.ns, row.type, row.unit)
        seen += 1
    assert seen == 121
    # What is left is ours alone, but for an error that the document has and nanomsg forgot.
    document = (ROOT / "tests" / "documents" / "nnmsg.txt").read_bytes().decode("utf-8", "replace")
    assert "NN_PUB_NODROP" in ours
    told = [name for name in ours if f"_{name}=" in document.replace("\\", "")]
    assert told == ["EISCONN"]
    first = nnmsg.symbolInfo()[0]
    assert nnmsg.symbol(0) == first and nnmsg.symbol(len(nnmsg.symbolInfo())) is None
    assert nnmsg.symbol(-1) is None
