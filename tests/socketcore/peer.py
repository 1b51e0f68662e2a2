"""The far ends of socketcore's tests: echo, TLS, HTTP and UDP servers, and mosquitto where it is.

Prints one line of words and values (ports, and the folder of certificates that it makes with openssl),
and ends when nobody reads its output any more. Uses Python's own sockets and ssl: the
tests' peers are not ours.
"""

from __future__ import annotations

import http.server
import os
import select
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

#: What the farewell server sends before it closes.
FAREWELL = 10_000
#: The name in the server's certificate.
NAME = "good.example"


def serve(answer) -> int:
    """Answers each connection in a thread; the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=guarded, args=(answer, connection), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def guarded(answer, connection):
    with connection:
        try:
            answer(connection)
        except OSError:
            # A client that goes, or that the handshake refuses, is what the tests are about.
            pass


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def farewell(connection):
    connection.sendall(b"x" * FAREWELL)
    connection.shutdown(socket.SHUT_WR)
    # Read to the end, lest closing takes back what was sent.
    while connection.recv(65536):
        pass


def silent(connection):
    while connection.recv(65536):
        pass


def udp() -> int:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def answer():
        while True:
            data, address = server.recvfrom(65536)
            server.sendto(data.upper(), address)

    threading.Thread(target=answer, daemon=True).start()
    return server.getsockname()[1]


def refused() -> tuple[socket.socket, int]:
    """A port that is taken, so that nobody else listens there, and does not listen."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return taken, taken.getsockname()[1]


def make_certificates(folder: Path):
    """An authority, a server's certificate for NAME, a client's, and one of somebody else."""

    def run(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for name in ("ca", "other"):
        run("req", "-x509", *key, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "3",
            "-subj", f"/CN={name}")
    for name in ("server", "client"):
        run("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / "ext").write_text(f"subjectAltName=DNS:{NAME}\n")
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "3", "-extfile", "ext", "-out", f"{name}.pem")


def tls(folder: Path, wants_client: bool, newest: ssl.TLSVersion) -> int:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.maximum_version = newest
    if wants_client:
        context.load_verify_locations(folder / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED

    def answer(connection):
        with context.wrap_socket(connection, server_side=True) as secured:
            while data := secured.recv(65536):
                secured.sendall(data)
            secured.unwrap()

    return serve(answer)


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"you asked for {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def page() -> int:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def mosquitto(folder: Path) -> int:
    """Debian's broker at a free port; 0 where it is not installed."""
    program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        return 0
    # It tells nobody which port it was given, so one is looked for; should somebody else take it
    # meanwhile, it ends, and another is tried.
    while True:
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = found.getsockname()[1]
        settings = folder / "mosquitto.conf"
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
        broker = subprocess.Popen(
            [program, "-c", settings], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for line in broker.stdout:
            if "running" in line:
                brokers.append(broker)
                threading.Thread(target=broker.stdout.read, daemon=True).start()
                return port
        broker.wait()


brokers: list[subprocess.Popen] = []


def main():
    folder = Path(tempfile.mkdtemp(prefix="sockery-socketcore-"))
    try:
        make_certificates(folder)
        taken, refused_port = refused()
        told = {
            "echo": serve(echo),
            "farewell": serve(farewell),
            "silent": serve(silent),
            "refused": refused_port,
            "udp": udp(),
            "tls": tls(folder, False, ssl.TLSVersion.TLSv1_3),
            "tls12": tls(folder, False, ssl.TLSVersion.TLSv1_2),
            "tlsclient": tls(folder, True, ssl.TLSVersion.TLSv1_2),
            "http": page(),
            "mqtt": mosquitto(folder),
            "folder": folder,
        }
        print(*(f"{name} {value}" for name, value in told.items()), flush=True)
        output = select.poll()
        output.register(sys.stdout, 0)
        output.poll()
        taken.close()
    finally:
        for broker in brokers:
            broker.terminate()
            broker.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
