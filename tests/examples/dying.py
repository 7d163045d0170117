"""Runs a program as it is; once it has printed a line it gets a signal, as SIGKILL or SIGSTOP:

    python -m tests.examples.dying SIGNAL LINE PROGRAM ARGUMENT...

Whoever waits for the line outside and sends it then comes too late on a busy machine.
"""

import builtins
import os
import runpy
import signal
import sys
from typing import Any

_, how, last, program, *arguments = sys.argv
plain = builtins.print


def print_and_die(*values: Any, **options: Any) -> None:
    plain(*values, **options)
    if " ".join(map(str, values)).strip() == last:
        os.kill(os.getpid(), signal.Signals[how])


sys.argv = [program, *arguments]
builtins.print = print_and_die
runpy.run_path(program, run_name="__main__")
