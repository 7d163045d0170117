"""The auditor's rules in words for who runs the server."""

from django.utils.translation import gettext as _

from inbox.views.operations.rules import history, rest, work
from inbox.views.operations.rules.told import RuleWords
from intents.audit.slices import UNASKED

WORDS: dict[str, RuleWords] = {**history.RULES, **work.RULES, **rest.RULES}
"""By the name of the rule, which says what must hold."""


def told(rule: str) -> RuleWords | None:
    """What a finding of a rule says; None for a rule of another version of the program."""
    known = WORDS.get(rule.removeprefix(UNASKED))
    if known is None or not rule.startswith(UNASKED):
        return known
    return RuleWords(
        _("Couldn't check: %(name)s") % {"name": known.name},
        _("Asking took too long, or the row cannot be read."),
        _("It is asked again every minute. If it stays, look for slow queries and damaged rows in the database."),
    )
