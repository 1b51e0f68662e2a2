"""zmq's constants and their enums, made of the engine's tables when this is imported.

Only names stand here, to say which constant belongs to which enum; every number is the engine's.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

from .. import _sockery

_ALL: dict[str, int] = dict(_sockery.constants("zmtp"))
_OPTIONS = _sockery.options("zmtp")
_CONTEXT_OPTIONS = _sockery.context_options()


def _some(names: str) -> dict[str, int]:
    return {name: _ALL[name] for name in names.split() if name in _ALL}


def _prefixed(prefix: str) -> dict[str, int]:
    return {name[len(prefix) :]: n for name, n in _ALL.items() if name.startswith(prefix)}


def _rows(rows) -> dict[str, int]:
    return {name: row[2] for row in rows for name in row[0]}


def _enum(base, name: str, members: dict[str, int], doc: str):
    made = base(name, members, module=__name__)
    made.__doc__ = doc
    return made


_KINDS = (
    "PAIR PUB SUB REQ REP DEALER ROUTER PULL PUSH XPUB XSUB STREAM XREQ XREP "
    "SERVER CLIENT RADIO DISH GATHER SCATTER DGRAM PEER CHANNEL"
)

SocketType = _enum(IntEnum, "SocketType", _some(_KINDS), "The types of sockets.")
SocketOption = _enum(IntEnum, "SocketOption", _rows(_OPTIONS), "The options of sockets.")
ContextOption = _enum(
    IntEnum,
    "ContextOption",
    {name: n for name, n in _rows(_CONTEXT_OPTIONS).items() if name not in _rows(_OPTIONS)},
    "The options of contexts.",
)
Errno = _enum(IntEnum, "Errno", {row[0]: row[1] for row in _sockery.errors()}, "Error numbers.")
Flag = _enum(IntFlag, "Flag", _some("DONTWAIT SNDMORE NOBLOCK"), "Flags of send and recv.")
PollEvent = _enum(IntFlag, "PollEvent", _some("POLLIN POLLOUT POLLERR POLLPRI"), "What polls see.")
_REASONS = {name: n for name, n in _ALL.items() if name.startswith("PROTOCOL_ERROR_")}
Event = _enum(
    IntFlag, "Event", {**_prefixed("EVENT_"), **_REASONS}, "What a monitor reports, and why."
)
MessageOption = _enum(IntEnum, "MessageOption", _some("MORE SHARED SRCFD"), "Properties of frames.")
DeviceType = _enum(IntEnum, "DeviceType", _some("STREAMER FORWARDER QUEUE"), "Kinds of devices.")
SecurityMechanism = _enum(
    IntEnum, "SecurityMechanism", _some("NULL PLAIN CURVE GSSAPI"), "Security mechanisms."
)
ReconnectStop = _enum(
    IntFlag, "ReconnectStop", _prefixed("RECONNECT_STOP_"), "When to stop connecting again."
)
RouterNotify = _enum(IntFlag, "RouterNotify", _prefixed("NOTIFY_"), "What ROUTER_NOTIFY reports.")
NormMode = _enum(
    IntEnum,
    "NormMode",
    {n: v for n, v in _prefixed("NORM_").items() if n in "FIXED CC CCL CCE CCE_ECNONLY".split()},
    "Modes of norm.",
)

#: Enums whose members are names of this module too.
_ENUMS = (
    SocketType,
    SocketOption,
    ContextOption,
    Errno,
    Flag,
    PollEvent,
    MessageOption,
    DeviceType,
    SecurityMechanism,
)

# Every constant is a name of the module: the member of its enum where it has one.
_members = {f"EVENT_{name}": member for name, member in Event.__members__.items()}
_members.update({name: Event[name] for name in _REASONS})
for _enumeration in _ENUMS:
    _members.update(_enumeration.__members__)
globals().update({**_ALL, **{name: _members[name] for name in _members if name in _ALL}})

__all__ = sorted(
    {*_ALL, *(enum.__name__ for enum in _ENUMS)}
    | {"Event", "ReconnectStop", "RouterNotify", "NormMode"}
)
