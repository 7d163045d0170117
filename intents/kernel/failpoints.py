"""Places where a process can be made to die, so that tests prove what a crash there leaves behind.

AXME_FAILPOINT names one, as `name` or `name:n` for its n-th passing. Outside of tests it is unset, and nothing happens.
"""

import os
from itertools import count

EXIT_CODE = 137
"""As if killed: no handler runs, no buffer is flushed, no connection is closed in order."""

NAMES = frozenset(
    {
        "before_commit",  # the service has done its work, nothing is committed
        "after_commit",  # all is committed, nobody was told
        "after_lease",  # a lease is committed, its intent was not delivered
        "before_send",  # an intent was delivered, its agent was not told
        "fanned_out",  # messages to endpoints are made of events, nothing of it is committed
        "between_decision_and_resume",  # a decision is taken, its intent has not moved
        "message_taken",  # a mail server has a message, and nothing says so
        "mid_batch",  # some of a batch's work is done
    }
)

_name, _, _nth = os.environ.get("AXME_FAILPOINT", "").partition(":")
_passings = count(1)

if _name and _name not in NAMES:
    raise ValueError(f"AXME_FAILPOINT={_name} is no failpoint; there are {', '.join(sorted(NAMES))}")


def hit(name: str) -> None:
    """Die here if this is the failpoint asked for."""
    if name == _name and next(_passings) == int(_nth or 1):
        os._exit(EXIT_CODE)
