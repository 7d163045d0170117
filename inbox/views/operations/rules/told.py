"""What is told of a rule that rows break, and what to do about it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule by what is wrong where it is broken: its `name`, what that `means`, and what `to_do`, each a sentence."""

    name: str | Promise
    means: str | Promise
    to_do: str | Promise


HISTORY = _(
    "Somebody may have changed the database directly: keep your backups, and compare the checkpoints you keep elsewhere."
)
STUCK = _("Open the intent: if it does not move on, cancel it or run it again.")
DECIDED = _("Check the decision with whoever made it before you rely on it.")
NOBODY = _("Assign the task, or give somebody the right to decide it.")
LIMITS = _("Revoke the grant or pause the agent, then look at what was used.")
SENT = _("Look at the messages and deliveries of that time, and send again what is missing.")
APART = _("Find out who can write to the database: the program mixes up no workspaces.")
