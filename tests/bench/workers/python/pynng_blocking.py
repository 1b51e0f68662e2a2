"""The worker of pynng, blocking."""

import roles
from pynng_sockets import open_socket

roles.play(open_socket)
