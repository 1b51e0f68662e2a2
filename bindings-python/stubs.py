"""Writes the type stubs of what is made when the package is imported: constants and options.

    PYTHONPATH=bindings-python/python python bindings-python/stubs.py

A test fails when the written files are not what this makes of the engine's tables.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent / "python" / "sockery"
HEAD = "# Made by bindings-python/stubs.py from the engine's tables. Do not edit.\n\n"
ENUMS = (
    "SocketType SocketOption ContextOption Errno Flag PollEvent Event MessageOption DeviceType "
    "SecurityMechanism ReconnectStop RouterNotify NormMode"
).split()
TYPES = {"Bytes": "bytes", "Text": "bytes"}


def listed(names: list[str]) -> str:
    """An ``__all__`` that type checkers can read."""
    return "\n__all__ = [\n" + "".join(f'    "{name}",\n' for name in names) + "]\n"


def constants(module: str) -> str:
    names = importlib.import_module(f"sockery.{module}").__all__
    return HEAD + "".join(f"{name}: int\n" for name in names) + listed(names)


def nn_constants() -> str:
    return constants("_nnconstants")


def socketcore_constants() -> str:
    return constants("_socketcoreconstants")


def rtos_constants() -> str:
    return constants("_rtosconstants")


def zmq_constants() -> str:
    from sockery.zmq import constants

    lines = [HEAD + "from enum import IntEnum, IntFlag\n"]
    for name in ENUMS:
        enum = getattr(constants, name)
        base = "IntFlag" if "Flag" in enum.__mro__[1].__name__ else "IntEnum"
        lines.append(f"\nclass {name}({base}):\n")
        # Their numbers are the engine's, and differ between systems for errors.
        lines += [f"    {member} = ...\n" for member in enum.__members__]
    lines.append("\n")
    for name in constants.__all__:
        if name not in ENUMS:
            value = getattr(constants, name)
            lines.append(f"{name}: {type(value).__name__}\n")
    lines.append(listed(constants.__all__))
    return "".join(lines)


def zmq_attributes() -> str:
    from sockery.zmq import constants

    lines = [HEAD + "from typing import Any\n"]
    lines.append("\ndef check_value(option: int, value: Any, context: bool = False) -> Any: ...\n")
    lines.append("def shown(value: Any) -> Any: ...\n")
    tables = {
        "SocketOptions": [constants._OPTIONS],
        "ContextOptions": [constants._CONTEXT_OPTIONS, constants._OPTIONS],
    }
    for name, rows in tables.items():
        lines.append(f"\nclass {name}:\n")
        seen = set()
        for names, _, _, kind, may_read, may_write, _ in (row for table in rows for row in table):
            for attribute in (form for each in names for form in (each.lower(), each)):
                if attribute not in seen:
                    seen.add(attribute)
                    lines.append(attribute_stub(attribute, TYPES.get(kind, "int"), may_write))
    return "".join(lines)


def attribute_stub(name: str, kind: str, may_write: bool) -> str:
    if may_write:
        return f"    {name}: {kind}\n"
    return f"    @property\n    def {name}(self) -> {kind}: ...\n"


FILES = {
    PACKAGE / "_nnconstants.pyi": nn_constants,
    PACKAGE / "_socketcoreconstants.pyi": socketcore_constants,
    PACKAGE / "_rtosconstants.pyi": rtos_constants,
    PACKAGE / "zmq" / "constants.pyi": zmq_constants,
    PACKAGE / "zmq" / "attributes.pyi": zmq_attributes,
}


def main() -> int:
    for path, make in FILES.items():
        path.write_text(make())
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
