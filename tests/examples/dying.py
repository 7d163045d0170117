"""Runs a program as it is; it is killed when it has printed a line: python -m tests.examples.dying LINE PROGRAM ARGUMENT...

Whoever waits for the line outside and kills then comes too late on a busy machine.
"""

import builtins
import os
import runpy
import signal
import sys
from typing import Any

_, last, program, *arguments = sys.argv
plain = builtins.print


def print_and_die(*values: Any, **how: Any) -> None:
    plain(*values, **how)
    if " ".join(map(str, values)).strip() == last:
        os.kill(os.getpid(), signal.SIGKILL)


sys.argv = [program, *arguments]
builtins.print = print_and_die
runpy.run_path(program, run_name="__main__")
