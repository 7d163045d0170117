"""Starting a confined process for one piece of work, and waiting for what it answers."""

import json
import os
import subprocess
import sys
from typing import Any

from django.conf import settings

from intents.sending import connector
from intents.sending.channels import NotSent

PASSED_ON = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""All that the process gets of the environment: nothing secret."""
OVERTIME_SECONDS = 5
"""When a process ends itself that nobody has ended."""


def call(module: str, request: dict[str, Any], *, seconds: float) -> dict[str, Any]:
    """What `module`, run in a process of its own by `confinement.serve`, answers to `request`. Raises NotSent when it takes
    longer than `seconds` or breaks off."""
    rules = connector.rules()
    given = {
        "networks": [str(one) for one in rules.networks],
        "proxy": rules.proxy,
        "seconds": int(seconds) + OVERTIME_SECONDS,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", module],
            input=json.dumps(request | given),
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise NotSent(f"no answer within {seconds:g} s") from None
    except subprocess.CalledProcessError as error:
        raise NotSent(f"it broke off: {error.stderr.strip().rpartition(chr(10))[2][:200]}") from None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
