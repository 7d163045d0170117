"""What can go wrong when people decide. The kinds are the domain's."""

from intents.kernel.errors import Conflict


class AlreadyDecided(Conflict):
    """Somebody was first. The details tell who (`decided_by`), when (`decided_at`) and what (`outcome`)."""

    code = "already_decided"


class DigestMismatch(Conflict):
    """What was shown is not what would be decided."""

    code = "digest_mismatch"


class TaskClaimed(Conflict):
    """Somebody has taken this task on. `claimed_by` in the details is their email address."""


class TaskClosed(Conflict):
    """Nobody can decide this task any more. `state` in the details is expired or withdrawn."""
