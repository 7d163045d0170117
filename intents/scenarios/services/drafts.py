"""Drafts of scenarios: each is one person's, and kept as it is typed."""

from uuid import UUID

from intents.kernel import canonical, clock
from intents.kernel.actors import Person
from intents.kernel.errors import ChangedMeanwhile, Conflict, InvalidField
from intents.kernel.unit_of_work import unit, unless_taken
from intents.scenarios import permissions, selectors
from intents.scenarios.models import ScenarioDraft, ScenarioVersion
from intents.scenarios.trying import Rehearsal

MOST_DRAFTS = 100
"""Of a person in a workspace."""
LONGEST_TEXT = 500_000
"""Characters of a draft."""


@unit
def begin(*, actor: Person, text: str, version: ScenarioVersion | None = None) -> ScenarioDraft:
    """A new draft, of a new scenario or from a version; or the one that the person has of that scenario. Raises Denied for
    who may not apply, Conflict for one who has too many."""
    permissions.ensure_may_apply(actor)
    if version is not None and (row := selectors.draft_of(actor, version.scenario_id)) is not None:
        return row
    if selectors.count_drafts(actor) >= MOST_DRAFTS:
        raise Conflict(f"you have {MOST_DRAFTS} drafts already: discard one first")
    row = ScenarioDraft(
        workspace_id=actor.workspace_id,
        user_id=actor.user_id,
        scenario_id=version.scenario_id if version else "",
        base=version.version if version else 0,
        title=_title(text) or "",
        text=text,
        changed_at=clock.now(),
    )
    with unless_taken(Conflict("you have a draft of this scenario already; open it")):
        row.save(force_insert=True)
    return row


@unit
def keep(
    *, actor: Person, draft_id: UUID, text: str, revision: int | None, window: str = "", base: int | None = None
) -> ScenarioDraft:
    """Keep what was typed. `revision` is that of the draft which was changed in the page `window`, None to replace it
    whatever it is; `base` the version that it goes on from now, if that is another. A page that numbers what it sends says
    so after its name, as in `name.7`: of that the latest counts, in whatever order it arrives. Raises Missing, Denied,
    InvalidField for a text that is too long, ChangedMeanwhile where the same person changed it in another window."""
    permissions.ensure_may_apply(actor)
    if len(text) > LONGEST_TEXT:
        raise InvalidField("text", f"at most {LONGEST_TEXT} characters")
    row = selectors.lock_draft(actor, draft_id)
    (name, turn), (last, reached) = _turn(window), _turn(row.window)
    if revision is not None and name and name == last and turn is not None and reached is not None and turn < reached:
        return row  # what one window sends may pass itself by on its way
    elsewhere = revision is not None and revision != row.revision and name != last
    if elsewhere and text != row.text:
        raise ChangedMeanwhile("this draft was changed in another window", revision=row.revision)
    if text == row.text and base in (None, row.base):
        return row
    title = _title(text)
    row.title = row.title if title is None else title
    row.text, row.base, row.revision = text, row.base if base is None else base, row.revision + 1
    row.window, row.changed_at = window, clock.now()
    row.save(update_fields=["title", "text", "base", "revision", "window", "changed_at"])
    return row


def _title(text: str) -> str | None:
    """What a document is called, nothing when that is not said yet; None where the text is no document."""
    try:
        document = canonical.parse(text.encode())
    except (InvalidField, UnicodeEncodeError):
        return None
    if not isinstance(document, dict):
        return None
    named = [document.get("title"), document.get("scenario_id")]
    return next((name.strip()[:255] for name in named if isinstance(name, str) and name.strip()), "")


def _turn(window: str) -> tuple[str, int | None]:
    """The name of a page, and how manieth it sent; None where that is not said, as before its script has come."""
    name, _point, turn = window.partition(".")
    return name, int(turn) if turn.isascii() and turn.isdecimal() else None


@unit
def keep_try(*, actor: Person, draft_id: UUID, revision: int, rehearsal: Rehearsal, played: dict[str, str]) -> None:
    """Keep how the last try of a draft went, which was of this `revision`. Raises Missing, Denied."""
    permissions.ensure_may_apply(actor)
    row = selectors.lock_draft(actor, draft_id)
    row.tried = canonical.dumps(rehearsal.shown() | {"played": played, "revision": revision})
    row.save(update_fields=["tried"])


@unit
def discard(*, actor: Person, draft_id: UUID) -> None:
    """Forget a draft. Raises Missing."""
    selectors.lock_draft(actor, draft_id).delete()
