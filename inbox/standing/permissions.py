"""Who may make a standing grant."""

from inbox.standing import pattern, selectors
from inbox.vocabulary import principals
from intents.kernel.actors import Person
from intents.kernel.errors import Denied


def ensure_may_grant(person: Person, *, risk: str) -> None:
    """Raises Denied for who decides nothing, and where the workspace allows no standing grants up to `risk`."""
    if person.role not in principals.DECIDERS:
        raise Denied("viewers decide nothing, and grant nothing", role=str(person.role))
    highest = selectors.highest_risk(person.workspace_id)
    if not highest:
        raise Denied("this workspace allows no standing grants")
    if not pattern.covers(highest, risk):
        raise Denied(f"this workspace allows standing grants up to {highest} risk", highest_risk=highest)
