"""What can go wrong when people decide. The kinds are the domain's."""

from intents.kernel.errors import Conflict


class AlreadyDecided(Conflict):
    """Somebody was first. The details tell who (`decided_by`), when (`decided_at`) and what (`outcome`)."""

    code = "already_decided"


class AlreadyVoted(Conflict):
    """Who somebody stands in for has voted themselves. `outcome` in the details is what they said."""


class DigestMismatch(Conflict):
    """What was shown is not what would be decided."""

    code = "digest_mismatch"


class TaskClaimed(Conflict):
    """Somebody has taken this task on. `claimed_by` in the details is their email address."""


class TaskClosed(Conflict):
    """Nobody can decide this task any more. `state` in the details is expired or withdrawn."""


class NoReceipt(Conflict):
    """There is no receipt to act on: nothing was approved yet, or it counts no more. The details tell why."""

    code = "no_receipt"


class AlreadyRedeemed(Conflict):
    """Somebody acts on this receipt already. The details tell who (`redeemed_by`) and when (`redeemed_at`)."""

    code = "already_redeemed"
