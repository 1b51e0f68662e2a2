"""The stubs are what the tables make them, and programs of users pass the type checker."""

import importlib.util
import subprocess
import sys

import pytest
from conftest import PACKAGES, ROOT

PROGRAM = """
from sockery import nnmsg, zmq, pack
from sockery.zmq.asyncio import Context

sock = zmq.Context.instance().socket(zmq.PULL)
sock.linger = 0
name: bytes = zmq.Socket(zmq.SUB).recv()
parts: list[bytes] = zmq.Socket(zmq.SUB).recv_multipart()
frame: zmq.Frame = zmq.Socket(zmq.SUB).recv(copy=False)
limit: int = zmq.Socket(zmq.SUB).rcvtimeo
kind: zmq.SocketType = zmq.SUB
size: int = nnmsg.socket.pair().send("x", nnmsg.NN_DONTWAIT)
body: bytes = nnmsg.socket(nnmsg._NN_PAIR).recv()
data: bytes = pack([1])
for ready in nnmsg.eachIn([nnmsg.socket.pair()]):
    ready.recvTable()

async def main() -> None:
    await Context().socket(zmq.REQ).recv()
"""


def test_stubs_are_current():
    path = ROOT / "bindings-python" / "stubs.py"
    spec = importlib.util.spec_from_file_location("stubs", path)
    stubs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stubs)
    for file, make in stubs.FILES.items():
        assert file.read_text() == make(), f"{file} is old: run {path}"


def test_native_stub_names_everything():
    from sockery import _sockery

    stub = (PACKAGES / "sockery" / "_sockery.pyi").read_text()
    for owner in (_sockery, _sockery.Socket, _sockery.Context, _sockery.Poller):
        for name in vars(owner):
            if not name.startswith("__"):
                assert f"{name}(" in stub or f"{name}:" in stub or f" {name}" in stub, name


def test_public_things_are_documented():
    from sockery import nnmsg, zmq

    for owner in (nnmsg, zmq, nnmsg.Socket, zmq.Socket, zmq.Context, zmq.Poller, zmq.Frame):
        for name in vars(owner):
            thing = getattr(owner, name)
            ours = getattr(thing, "__module__", "sockery") or ""
            if name.startswith("_") or not ours.startswith("sockery"):
                continue
            if callable(thing) or isinstance(thing, property):
                assert thing.__doc__, f"{owner.__name__}.{name}"


def test_a_program_type_checks(tmp_path):
    pytest.importorskip("mypy")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"]
        + ["--cache-dir", str(tmp_path), str(program)],
        capture_output=True,
        text=True,
        env={"MYPYPATH": str(PACKAGES), "PATH": ""},
    )
    assert done.returncode == 0, done.stdout + done.stderr
