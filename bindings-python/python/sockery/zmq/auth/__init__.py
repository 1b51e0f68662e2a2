"""Certificates of CURVE keys, by pyzmq's names.

>>> public_file, secret_file = create_certificates("keys", "server")
>>> public, secret = load_certificate(secret_file)
"""

from .certs import create_certificates, load_certificate, load_certificates

__all__ = ["create_certificates", "load_certificate", "load_certificates"]
