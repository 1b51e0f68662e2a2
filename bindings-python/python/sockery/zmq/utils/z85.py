"""Z85, printable text for bytes such as keys (ZeroMQ RFC 32)."""

from __future__ import annotations

from ... import _sockery


def encode(rawbytes: bytes) -> bytes:
    """Four bytes as five. Raises ``ZMQError`` (EINVAL) when their number is no multiple of 4."""
    return _sockery.z85_encode(rawbytes).encode()


def decode(z85bytes: bytes | str) -> bytes:
    """Five characters as four bytes. Raises ``ZMQError`` (EINVAL) for what is no Z85."""
    return _sockery.z85_decode(z85bytes.encode() if isinstance(z85bytes, str) else bytes(z85bytes))
