"""Running the site's web server: `daphne.run` and `uvicorn.run` block until the process is told to stop, then drain.

Both take the same steps on SIGTERM and SIGINT: readiness turns 503, streams end so that they can be taken up elsewhere,
what is in flight finishes, the process ends with code 0. A second signal ends it at once.
"""

import gc
import socket
import sys

KEEP_ALIVE_SECONDS = 75
"""How long a connection may idle between requests; longer than the 60 s for which common proxies keep theirs."""
WATCHED_SECONDS = 3600
"""The same for one whose end somebody waits for."""
_BACKLOG = 2048
SWITCH_SECONDS = 0.0005
"""For so long a thread may compute while another wants to. With Python's own 5 ms the loop, which lets go of its turn each
time it looks for what has come, waits as long for each thread that computes, and all requests with it."""


def listen(host: str, port: int, *, reuse_port: bool = False) -> socket.socket:
    """A listening TCP socket. `reuse_port` lets several processes share the port, connections spread among them.

    Raises OSError, with the reason in words, when the address can't be had.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        _notice_vanished_clients(listener)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def settle() -> None:
    """What a process does before it serves."""
    # What was loaded at start lives for good: the collector need not walk it again and again.
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)


def _notice_vanished_clients(listener: socket.socket) -> None:
    """Accepted sockets inherit this: a machine that went without a word is found out after about a minute."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):  # Linux has them all
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
