"""Certificates: what the workers show and trust over TLS, made anew for each run of the harness."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile

#: Workers find the folder by this name in their environment.
VARIABLE = "BENCH_TLS"
_NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2".split()


def _certificate(folder: str, name: str, *more: str) -> None:
    files = ["-keyout", f"{folder}/{name}-key.pem", "-out", f"{folder}/{name}.pem"]
    command = ["openssl", "req", "-x509", *_NEW_KEY, *files, "-subj", f"/CN=bench {name}", *more]
    subprocess.run(command, check=True, capture_output=True)


@functools.cache
def make() -> tempfile.TemporaryDirectory[str]:
    """An authority (`ca.pem`), and what it signed for 127.0.0.1: `own.pem`, `own-key.pem`. They are there
    as long as the harness is."""
    kept = tempfile.TemporaryDirectory(prefix="bench-tls-")
    folder = kept.name
    _certificate(folder, "ca")
    signed = ["-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca-key.pem"]
    extensions = ["subjectAltName=IP:127.0.0.1,DNS:localhost", "basicConstraints=critical,CA:FALSE"]
    _certificate(folder, "own", *signed, *(word for one in extensions for word in ("-addext", one)))
    os.environ[VARIABLE] = folder
    return kept
