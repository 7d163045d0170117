"""`manage.py` without the seconds that its start takes: python -m tests.docs.commands SOCKET

Imports everything once and listens at SOCKET. For each command it forks, and the child runs `manage.py` as it is, with the
arguments and streams of whoever asked, who gets the exit code. ASK is who asks: python -c ASK SOCKET ARGUMENT...
"""

import json
import os
import runpy
import socket
import sys
from contextlib import closing

import django
from django.urls import get_resolver

ASK = """
import json, socket, sys
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect(sys.argv[1])
    socket.send_fds(asking, [json.dumps(sys.argv[2:]).encode()], [0, 1, 2])
    sys.exit(int(asking.recv(16) or b"1"))
"""
LONGEST = 1 << 16
"""Bytes of arguments, which come at once."""


def run(arguments: list[str], streams: list[int]) -> int:
    """The exit code of a command, run by a child."""
    child = os.fork()
    if not child:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        sys.argv = ["manage.py", *arguments]
        runpy.run_path("manage.py", run_name="__main__")
        sys.exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def serve(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        print("listening", flush=True)
        while True:
            asking, _ = listening.accept()
            with closing(asking):
                arguments, streams, _, _ = socket.recv_fds(asking, LONGEST, 3)
                asking.send(str(run(json.loads(arguments), streams)).encode())
                for stream in streams:
                    os.close(stream)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axme_site.settings")
    django.setup()
    assert get_resolver().url_patterns  # what the checks before a command read
    serve(sys.argv[1])
