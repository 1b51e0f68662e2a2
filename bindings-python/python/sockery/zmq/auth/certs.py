"""Files of CURVE keys, in the format (ZPL) that pyzmq and czmq read and write."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from .. import curve_keypair

_KEY = re.compile(r'^\s*(public|secret)-key\s*=\s*"([^"]*)"\s*(?:#.*)?$')
_HEAD = {
    "public": "#   ****  CURVE public key: may be given to everybody  ****",
    "secret": "#   ****  CURVE secret key: to be shown to nobody  ****",
}


def _text(kind: str, metadata: Mapping[str, str] | None, **keys: bytes) -> str:
    lines = [_HEAD[kind], "", "metadata"]
    lines += [f'    {name} = "{value}"' for name, value in (metadata or {}).items()]
    lines += ["curve"]
    lines += [f'    {name}-key = "{key.decode()}"' for name, key in keys.items()]
    return "\n".join(lines) + "\n"


def create_certificates(
    key_dir: str | os.PathLike[str], name: str, metadata: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Makes a pair of keys and writes ``name.key`` and ``name.key_secret``, which only the user may
    read. Gives the paths of both: the public one first."""
    public, secret = curve_keypair()
    base = Path(key_dir) / name
    public_file, secret_file = f"{base}.key", f"{base}.key_secret"
    Path(public_file).write_text(_text("public", metadata, public=public))
    Path(secret_file).unlink(missing_ok=True)
    descriptor = os.open(secret_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(_text("secret", metadata, public=public, secret=secret))
    return public_file, secret_file


def load_certificate(filename: str | os.PathLike[str]) -> tuple[bytes, bytes | None]:
    """The public and the secret key of a file; the second is None where it has none.

    Raises OSError when there is no such file, ValueError when it has no public key.
    """
    path = Path(filename)
    found = filter(None, map(_KEY.match, path.read_text().splitlines()))
    keys = {match[1]: match[2].encode() for match in found}
    if "public" not in keys:
        raise ValueError(f"{path} has no public-key")
    return keys["public"], keys.get("secret")


def load_certificates(directory: str | os.PathLike[str] = ".") -> dict[bytes, bool]:
    """The public keys of all ``*.key`` files of a folder, each with True."""
    folder = Path(directory)
    if not folder.is_dir():
        raise OSError(f"{folder} is no folder of certificates")
    return {load_certificate(path)[0]: True for path in folder.glob("*.key")}
