"""Tables: the shared vectors, Python's types, and what cannot be carried."""

import math
import re
from collections import OrderedDict
from datetime import datetime, timedelta, timezone

import pytest
from conftest import ROOT

import sockery
from sockery import nnmsg

VECTORS = ROOT / "tests" / "vectors" / "table"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Parser:
    """Reads a VALUE of the vectors (see their README)."""

    NUMBER = re.compile(r"[-+]?(?:inf|nan|[0-9.]+(?:e[-+]?[0-9]+)?)")

    def __init__(self, text):
        self.text, self.at = text, 0

    def blanks(self):
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1

    def take(self, token):
        self.blanks()
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def match(self, pattern):
        found = re.compile(pattern).match(self.text, self.at)
        self.at = found.end()
        return found.group()

    def value(self):
        for word, value in (("null", None), ("true", True), ("false", False)):
            if self.take(word):
                return value
        if self.take("@"):
            secs, nanos = map(int, self.match(r"-?\d+\+\d+").rsplit("+", 1))
            return Moment(secs, nanos)
        if self.take('h"'):
            digits = self.match(r"[0-9a-f]*")
            self.take('"')
            return self.times(bytes.fromhex(digits))
        if self.take('"'):
            return self.times(self.string())
        if self.take("["):
            return self.times(self.items("]", self.value))
        if self.take("{"):
            return dict(self.items("}", self.entry))
        number = self.match(self.NUMBER)
        return float(number) if re.search(r"[.ena]", number) else int(number)

    def string(self):
        raw = self.match(r'(?:[^"\\]|\\.)*')
        self.take('"')
        if "\\" not in raw:
            return raw
        data = re.sub(
            rb"\\(?:x([0-9a-f]{2})|(.))",
            lambda m: bytes.fromhex(m.group(1).decode()) if m.group(1) else m.group(2),
            raw.encode(),
        )
        return data.decode()

    def items(self, end, item):
        found = []
        while not self.take(end):
            found.append(item())
            self.take(",")
        return found

    def entry(self):
        key = self.value()
        self.take(":")
        return key, self.value()

    def times(self, value):
        return value * int(self.match(r"\d+")) if self.take("*") else value


class Moment:
    def __init__(self, secs, nanos):
        self.exact = nanos % 1000 == 0
        try:
            self.moment = EPOCH + timedelta(seconds=secs, microseconds=nanos // 1000)
        except OverflowError:
            self.moment = None


def contains(value, kind):
    if isinstance(value, dict):
        return any(contains(each, kind) for pair in value.items() for each in pair)
    if isinstance(value, list):
        return any(contains(each, kind) for each in value)
    return isinstance(value, kind)


def moments(value, found):
    """The value with datetimes for moments, which are appended to `found`."""
    if isinstance(value, Moment):
        found.append(value)
        return value.moment
    if isinstance(value, list):
        return [moments(each, found) for each in value] if contains(value, Moment) else value
    if isinstance(value, dict):
        return {key: moments(each, found) for key, each in value.items()}
    return value


def same(a, b):
    if isinstance(a, float):
        return type(b) is float and (
            a == b and math.copysign(1, a) == math.copysign(1, b) or a != a and b != b
        )
    if isinstance(a, list):
        return type(b) is list and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return type(b) is dict and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


def expand(text):
    """The bytes of HEX."""
    found = bytearray()
    for group in text.split():
        digits, _, times = group.partition("*")
        found += bytes.fromhex(digits) * int(times or 1)
    return bytes(found)


def lines():
    for path in sorted(VECTORS.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line and not line.startswith("#"):
                yield pytest.param(line, id=f"{path.stem}:{number}")


@pytest.mark.parametrize("line", list(lines()))
def test_vector(line):
    text, sign, rest = re.match(r"([0-9a-f* ]*?)\s*([=>!])\s*(.*)", line).groups()
    data = expand(text)
    if sign == "!":
        with pytest.raises(nnmsg.TableError) as caught:
            sockery.unpack(data)
        assert rest in str(caught.value)
        assert caught.value.message == data
        return
    parser = Parser(rest)
    found = []
    value = moments(parser.value(), found)
    assert parser.at == len(rest), rest[parser.at :]
    if any(each.moment is None for each in found):
        with pytest.raises(nnmsg.TableError, match="outside datetime"):
            sockery.unpack(data)
        return
    assert same(value, sockery.unpack(data))
    if sign == "=" and all(each.exact for each in found):
        assert sockery.pack(value) == data
    elif sign == ">":
        assert len(sockery.pack(value)) <= len(data)


def test_over_a_socket(nn_pair):
    a, b = nn_pair("pair", "pair")
    value = {"path": "x", "at": datetime(2026, 1, 2, 3, 4, 5, 6, timezone.utc), 7: [1, b"\xff"]}
    assert a.sendTable(value) == len(sockery.pack(value))
    assert b.recvTable() == value
    a.send(b"\xc1bad")
    with pytest.raises(nnmsg.TableError) as caught:
        b.recvTable()
    error = caught.value
    assert error.message == b"\xc1bad" and error.name == "EPROTO"
    assert isinstance(error, (nnmsg.NNError, ValueError))
    a.sendTable(1, nnmsg.NN_DONTWAIT)
    assert b.recvTable() == 1


def test_types_that_become_others():
    east = timezone(timedelta(hours=2))
    cases = [
        ((1, 2), [1, 2]),
        (bytearray(b"x"), b"x"),
        (memoryview(b"xyz")[1:], b"yz"),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (datetime(2026, 1, 1, 2, tzinfo=east), datetime(2026, 1, 1, 0, tzinfo=timezone.utc)),
        (True, True),
        (2**64 - 1, 2**64 - 1),
    ]
    for value, expected in cases:
        assert same(expected, sockery.unpack(sockery.pack(value)))


class Odd:
    pass


LOOP = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    "value, text",
    [
        ({"a": [1, 2, 3, Odd()]}, r"\$\.a\[3\]: a table cannot carry a value of type Odd"),
        (Odd(), r"\$: a table cannot carry a value of type Odd"),
        ({"a": {1.5: 2}}, r"\$\.a \(key 0\): a key must be a string or an integer"),
        ({True: 1}, "a key must be a string or an integer"),
        ({None: 1}, "a key must be a string or an integer"),
        ({(1,): 1}, "a key must be a string or an integer"),
        ({b"a": 1}, "a key must be a string or an integer"),
        ([2**64], r"\$\[0\]: an int does not fit 64 bits"),
        ([-(2**63) - 1], r"\$\[0\]: an int does not fit 64 bits"),
        ([datetime(2026, 1, 1)], r"\$\[0\]: a datetime must be aware"),
        ({"s": "\ud800"}, r"\$\.s: a str with lone surrogates"),
        ({"a": {1, 2}}, r"\$\.a: .* type set"),
        (LOOP, "nest deeper than 64"),
        ([None] * 1_000_001, "more than 1000000 items"),
        (1j, "type complex"),
    ],
)
def test_what_cannot_be_carried(value, text):
    with pytest.raises(TypeError, match=text):
        sockery.pack(value)


def test_a_tzinfo_that_meddles():
    """Code of the user's runs in between: the container may change under our feet."""
    from datetime import tzinfo

    class Meddler(tzinfo):
        def utcoffset(self, moment):
            for container in (victim, table):
                container.clear()
            return timedelta(0)

    victim = [datetime(2026, 1, 1, tzinfo=Meddler()), 1, 2]
    table = {"a": victim, "b": 2}
    with pytest.raises((IndexError, TypeError)):
        sockery.pack(table)
