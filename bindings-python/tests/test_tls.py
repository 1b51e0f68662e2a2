"""tls+tcp and wss, beside nng's own TLS in both roles; certificates are made by openssl."""

from __future__ import annotations

import socket
import subprocess

import pytest
from conftest import nnmsg, zmq

pynng = pytest.importorskip("pynng")

HOST = "127.0.0.1"
BIG = bytes(range(251)) * 120_000  # 30 MB

SCHEMES = ["tls+tcp", "wss"]


def run(folder, *command):
    subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """An authority's certificate, a server's and a client's with their keys; as texts too."""
    folder = tmp_path_factory.mktemp("certificates")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    run(folder, "req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
        "-subj", "/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE")
    for name, subject in (("server", HOST), ("client", "a client")):
        (folder / f"{name}.ext").write_text(f"subjectAltName=IP:{HOST}\n")
        run(folder, "req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN={subject}")
        run(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        both = (folder / f"{name}.pem").read_text() + (folder / f"{name}.key").read_text()
        (folder / f"{name}.both").write_text(both)
    return folder


def serve(sock, files):
    sock.setopt(nnmsg.NN_TLS_CERT, str(files / "server.pem"))
    sock.setopt(nnmsg.NN_TLS_KEY, (files / "server.key").read_text())


def trust(sock, files):
    sock.setopt(nnmsg.NN_TLS_CA, str(files / "ca.pem"))


def theirs(files, server, **more):
    mode = pynng.TLSConfig.MODE_SERVER if server else pynng.TLSConfig.MODE_CLIENT
    own = {"cert_key_file": str(files / "server.both")} if server else {"server_name": HOST}
    return pynng.TLSConfig(mode, ca_files=str(files / "ca.pem"), **own, **more)


def pair():
    ours = nnmsg.socket.pair()
    for option, value in (("RCVMAXSIZE", -1), ("RCVTIMEO", 20_000), ("SNDTIMEO", 20_000)):
        ours.setopt(getattr(nnmsg, "NN_" + option), value)
    return ours


def endpoint(scheme, port=0):
    return f"{scheme}://{HOST}:{port}" + ("/path" if scheme == "wss" else "")


def port(listener):
    """pynng gives it in the order of the network."""
    return socket.ntohs(listener.local_address.port)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("bound", ["ours", "theirs"])
def test_nng_and_we_carry_the_same(files, scheme, bound):
    peer = pynng.Pair0(recv_timeout=20_000, send_timeout=20_000, recv_max_size=0)
    ours = pair()
    with peer, ours:
        peer.tls_config = theirs(files, bound == "theirs")
        if bound == "ours":
            serve(ours, files)
            ours.bind(endpoint(scheme))
            peer.dial(ours.lastEndpoint, block=True)
        else:
            trust(ours, files)
            listener = peer.listen(endpoint(scheme))
            ours.connect(endpoint(scheme, port(listener)))
        for size in (1, 125, 126, 16_384, 65_536, 1_000_000, len(BIG)):
            ours.send(BIG[:size])
            assert peer.recv() == BIG[:size]
            peer.send(BIG[:size])
            assert ours.recv() == BIG[:size]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nng_shows_us_its_certificate_and_we_know_its_name(files, scheme):
    ours = nnmsg.socket.pull()
    with ours, pynng.Push0(send_timeout=20_000) as peer:
        serve(ours, files)
        trust(ours, files)
        ours.setopt(nnmsg.NN_TLS_CLIENT_CERT, nnmsg.NN_TLS_CLIENT_CERT_REQUIRED)
        events = ours.events()
        ours.bind(endpoint(scheme))
        peer.tls_config = pynng.TLSConfig(
            pynng.TLSConfig.MODE_CLIENT,
            server_name=HOST,
            ca_files=str(files / "ca.pem"),
            cert_key_file=str(files / "client.both"),
        )
        peer.dial(ours.lastEndpoint, block=True)
        peer.send(b"x")
        assert ours.recv() == b"x"
        told = events.recvTable()
        assert (told["event"], told["common_name"]) == ("add_pre", "a client")
        assert told["tls"].startswith("TLSv1.")


def test_nng_asks_for_our_certificate(files):
    ours = nnmsg.socket.push()
    with ours, pynng.Pull0(recv_timeout=20_000) as peer:
        trust(ours, files)
        ours.setopt(nnmsg.NN_TLS_CERT, str(files / "client.both"))
        ours.setopt(nnmsg.NN_TLS_KEY, str(files / "client.both"))
        peer.tls_config = theirs(files, True, auth_mode=pynng.TLSConfig.AUTH_MODE_REQUIRED)
        listener = peer.listen(endpoint("tls+tcp"))
        ours.connect(endpoint("tls+tcp", port(listener)))
        ours.send(b"x")
        assert peer.recv() == b"x"


def test_the_other_dialect_has_the_same_options(files, context):
    for scheme in SCHEMES:
        rep, req = context.socket(zmq.REP), context.socket(zmq.REQ)
        rep.set_string(zmq.TLS_CERT, str(files / "server.pem"))
        rep.wss_key_pem = (files / "server.key").read_bytes()
        req.tls_ca = (files / "ca.pem").read_bytes()
        rep.bind(endpoint(scheme, "*"))
        req.connect(rep.last_endpoint.decode())
        for size in (1, len(BIG)):
            req.send(BIG[:size])
            rep.send(rep.recv())
            assert req.recv() == BIG[:size]


def test_what_is_wrong_is_named(files):
    with nnmsg.socket.pair() as ours:
        with pytest.raises(nnmsg.NNError, match="TLS_CERT, TLS_KEY"):
            ours.bind(endpoint("tls+tcp"))
        ours.setopt(nnmsg.NN_TLS_CA, "/no/such/file")
        with pytest.raises(nnmsg.NNError, match="TLS_CA: cannot read /no/such/file"):
            ours.connect(endpoint("wss", 9))
        with pytest.raises(nnmsg.NNError, match="TLS_MIN_VERSION"):
            ours.setopt(nnmsg.NN_TLS_MIN_VERSION, 0x302)
