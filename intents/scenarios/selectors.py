"""Runs of scenarios, with their versions and steps."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from intents.engine import selectors as engine
from intents.engine.models import Intent
from intents.kernel import canonical, statements
from intents.kernel.actors import Person, Tenant
from intents.kernel.errors import Missing
from intents.scenarios.models import RunStep, ScenarioDraft, ScenarioRun, ScenarioVersion, StepState


@dataclass(slots=True)
class Loaded:
    """A run with its version, what the version's program is, and its steps so far in order. `tenant` is what the
    organization and the workspace are called in addresses, `speaker` the agent whose key began it, whatever name that spoke
    under; None where no key did."""

    run: ScenarioRun
    version: ScenarioVersion
    program: Mapping[str, Any]
    tenant: tuple[str, str]
    speaker: str | None
    steps: list[RunStep] = field(default_factory=list)

    @property
    def unfinished(self) -> RunStep | None:
        """The step that the run is at, or was when it ended from outside."""
        return next((one for one in reversed(self.steps) if one.state in (StepState.RETRYING, StepState.RUNNING)), None)

    def step(self, step_id: str | None) -> Mapping[str, Any] | None:
        """A step of the program."""
        return next((one for one in self.program["steps"] if one["step_id"] == step_id), None)

    def results(self) -> dict[str, Any]:
        """What steps ended with, the last time each did."""
        return {one.step_id: canonical.loads(one.result) for one in self.steps if one.result is not None}

    def errors(self) -> dict[str, Any]:
        """What steps failed with that did not succeed later."""
        last = {one.step_id: one for one in self.steps if one.ended_at is not None}
        return {step_id: canonical.loads(one.error) for step_id, one in last.items() if one.error is not None}


# So written, an array is as long as the planner guesses, and the statement is planned once (`statements.array`).
_IDS = "ARRAY(SELECT unnest(%s::uuid[]))"
_RUNS = f"""
SELECT o.slug, w.slug,
    (SELECT a.name FROM intents_intent i JOIN intents_agent a ON a.id = i.account_id WHERE i.id = r.intent_id),
    {statements.columns(ScenarioRun, "r")} FROM intents_scenariorun r
JOIN intents_workspace w ON w.id = r.workspace_id JOIN intents_organization o ON o.id = w.organization_id
WHERE r.intent_id = ANY({_IDS})
"""
_STEPS = f"""
SELECT {statements.columns(RunStep, "s")} FROM intents_runstep s WHERE s.run_id = ANY({_IDS}) ORDER BY s.run_id, s.number
"""
# Without the document, which is large and shown to few.
_OF_VERSION = ("id", "workspace_id", "scenario_id", "version", "title", "digest", "program")
_VERSION = f"SELECT {', '.join(_OF_VERSION)} FROM intents_scenarioversion"
_VERSIONS = f"{_VERSION} WHERE id = ANY(%s)"
_NEWEST = f"{_VERSION} WHERE workspace_id = %s AND scenario_id = %s ORDER BY version DESC LIMIT 1"


def _version(row: Sequence[Any]) -> ScenarioVersion:
    return ScenarioVersion.from_db("default", _OF_VERSION, row)


def runs(ids: Sequence[UUID]) -> dict[UUID, Loaded]:
    """The runs that these intents are. Checks no actor."""
    return _loaded(ids, statements.objects(RunStep, _STEPS, [list(ids)]))


def _loaded(ids: Sequence[UUID], steps: Iterable[RunStep]) -> dict[UUID, Loaded]:
    rows = statements.rows(_RUNS, [list(ids)])
    found = [(statements.made(ScenarioRun, row), (org, slug), speaker) for org, slug, speaker, *row in rows]
    programs = _programs({one.version_id for one, *_ in found})
    made = {one.intent_id: Loaded(one, *programs[one.version_id], tenant, speaker) for one, tenant, speaker in found}
    for step in steps:
        made[step.run_id].steps.append(step)
    return made


KEPT, KEPT_SIZE = 64, 4 * 2**20
"""Programs that a process keeps, since each step of each run needs one: so many, and so many characters of their texts."""
_kept: dict[UUID, tuple[Sequence[Any], Mapping[str, Any]]] = {}
"""Rows of versions, which are written once, each with what its program is."""


def program(version: ScenarioVersion) -> Mapping[str, Any]:
    """What the program of a version is."""
    kept = _kept.get(version.id)
    return canonical.loads(version.program) if kept is None else kept[1]


def _programs(version_ids: Set[UUID]) -> dict[UUID, tuple[ScenarioVersion, Mapping[str, Any]]]:
    """Versions, each with what its program is."""
    found = {one: kept for one in version_ids if (kept := _kept.get(one)) is not None}
    if missing := list(version_ids - found.keys()):
        read = {row[0]: (row, canonical.loads(row[-1])) for row in statements.rows(_VERSIONS, [missing])}
        for version_id, (row, known) in read.items():
            _keep(version_id, row, known)
        found |= read
    # An object of its own for each: what is read into one later, as its document, is not kept.
    return {version_id: (_version(row), known) for version_id, (row, known) in found.items()}


def _keep(version_id: UUID, row: Sequence[Any], known: Mapping[str, Any]) -> None:
    size = len(row[-1]) + sum(len(kept[-1]) for kept, _ in list(_kept.values()))
    if len(_kept) >= KEPT or size > KEPT_SIZE:
        _kept.clear()
    _kept[version_id] = (row, known)


def run(actor: Tenant, intent_id: UUID) -> tuple[Intent, Loaded]:
    """A run that `actor` may see. Raises Missing."""
    row = engine.intent(actor, intent_id)
    found = runs([row.id]).get(row.id)
    if found is None:
        raise Missing(f"no run has the id {intent_id}", run_id=str(intent_id))
    return row, found


_PAYLOADS = f"SELECT intent_id, coalesce(nullif(sent, ''), payload) FROM intents_intentbody WHERE intent_id = ANY({_IDS})"


def payload(intent_id: UUID) -> Any:
    """What an intent carries, as it was sent. Checks no actor."""
    return payloads([intent_id])[intent_id]


def payloads(ids: Sequence[UUID]) -> dict[UUID, Any]:
    """What each of these intents carries, as it was sent. Checks no actor."""
    return {intent_id: canonical.loads(text) for intent_id, text in statements.rows(_PAYLOADS, [list(ids)])}


def newest(workspace_id: UUID, scenario_id: str) -> ScenarioVersion | None:
    """The newest version of a scenario. Checks no actor."""
    found = statements.rows(_NEWEST, [workspace_id, scenario_id])
    return _version(found[0]) if found else None


def version(actor: Tenant, version_id: UUID) -> ScenarioVersion:
    """Raises Missing."""
    found = ScenarioVersion.objects.filter(workspace_id=actor.workspace_id, id=version_id).first()
    if found is None:
        raise Missing(f"no version of a scenario has the id {version_id}", compile_id=str(version_id))
    return found


_ADDRESSES = """
SELECT DISTINCT u.email FROM intents_member m JOIN intents_user u ON u.id = m.user_id
LEFT JOIN intents_groupmember gm ON gm.member_id = m.id LEFT JOIN intents_group g ON g.id = gm.group_id
WHERE m.workspace_id = %(workspace)s AND m.suspended_at IS NULL AND u.is_active AND u.email_verified_at IS NOT NULL
  AND (lower(u.email) = ANY(%(names)s) OR m.role = ANY(%(names)s) OR lower(g.name) = ANY(%(names)s))
ORDER BY 1 LIMIT 50
"""


def addresses(workspace_id: UUID, names: Sequence[str]) -> list[str]:
    """The verified addresses of the members that names mean: addresses, roles or groups."""
    known = [one.strip().lower() for one in names]
    return [email for (email,) in statements.rows(_ADDRESSES, {"workspace": workspace_id, "names": known})]


def definitions(actor: Tenant, *, after: str = "", limit: int) -> list[ScenarioVersion]:
    """The newest version of each scenario, by id, without its document and program."""
    rows = ScenarioVersion.objects.filter(workspace_id=actor.workspace_id, scenario_id__gt=after)
    newest = rows.order_by("scenario_id", "-version").distinct("scenario_id").defer("document", "program", "digest")
    return list(newest[:limit])


def versions(actor: Tenant, scenario_id: str, *, limit: int, before: int | None = None) -> list[ScenarioVersion]:
    """The versions of a scenario, newest first. Raises Missing where there is none."""
    rows = ScenarioVersion.objects.filter(workspace_id=actor.workspace_id, scenario_id=scenario_id)
    if before is not None:
        rows = rows.filter(version__lt=before)
    found = list(rows.order_by("-version")[:limit])
    if not found and before is None:
        raise Missing(f"no scenario has the id {scenario_id[:80]}", scenario_id=scenario_id[:80])
    return found


# The newest of each version by its index: of a scenario that ran a million times no more is read.
_NEWEST_RUNS = """
SELECT r.intent_id FROM intents_scenarioversion v CROSS JOIN LATERAL (
    SELECT intent_id FROM intents_scenariorun WHERE version_id = v.id ORDER BY intent_id DESC LIMIT %(limit)s
) r WHERE v.workspace_id = %(workspace)s AND v.scenario_id = %(scenario)s ORDER BY r.intent_id DESC LIMIT %(limit)s
"""


def runs_of(actor: Tenant, scenario_id: str, *, limit: int) -> list[ScenarioRun]:
    """The newest runs of a scenario with their intents and versions."""
    params = {"workspace": actor.workspace_id, "scenario": scenario_id, "limit": limit}
    newest = [intent_id for (intent_id,) in statements.rows(_NEWEST_RUNS, params)]
    rows = ScenarioRun.objects.filter(intent_id__in=newest).select_related("intent", "version")
    return list(rows.defer("version__document", "version__program", "version__digest").order_by("-intent_id"))


def drafts(actor: Person) -> list[ScenarioDraft]:
    """The drafts of a person, the latest first, without their texts and tries."""
    rows = ScenarioDraft.objects.filter(workspace_id=actor.workspace_id, user_id=actor.user_id)
    return list(rows.order_by("-changed_at").defer("text", "tried"))


def count_drafts(actor: Person) -> int:
    """How many drafts a person has."""
    return ScenarioDraft.objects.filter(workspace_id=actor.workspace_id, user_id=actor.user_id).count()


def draft_of(actor: Person, scenario_id: str) -> ScenarioDraft | None:
    """The draft that a person has of a scenario, without its text and try."""
    rows = ScenarioDraft.objects.filter(workspace_id=actor.workspace_id, user_id=actor.user_id)
    return rows.filter(scenario_id=scenario_id, base__gt=0).defer("text", "tried").first()


def draft(actor: Person, draft_id: UUID) -> ScenarioDraft:
    """Raises Missing for what is no draft of theirs."""
    return _draft(actor, draft_id, ScenarioDraft.objects.defer("tried"))


def lock_draft(actor: Person, draft_id: UUID) -> ScenarioDraft:
    """As `draft`, until the transaction ends."""
    return _draft(actor, draft_id, ScenarioDraft.objects.select_for_update().defer("tried"))


def _draft(actor: Person, draft_id: UUID, rows: QuerySet[ScenarioDraft]) -> ScenarioDraft:
    found = rows.filter(workspace_id=actor.workspace_id, user_id=actor.user_id, id=draft_id).first()
    if found is None:
        raise Missing(f"you have no draft with the id {draft_id}", draft_id=str(draft_id))
    return found


class Cut(NamedTuple):
    """The beginning of a JSON text, and how many bytes the whole has."""

    text: str
    size: int


class TryContents(NamedTuple):
    """What a try was given, and what it ended with: JSON values, or Cut where they are long."""

    given: Any
    result: Any
    error: Any


_ENDED = """
SELECT number, left(result, %(lead)s), octet_length(result), left(error, %(lead)s), octet_length(error)
FROM intents_runstep WHERE run_id = %(run)s AND number = ANY(%(numbers)s)
"""
_GIVEN = """
SELECT intent_id, left(coalesce(sent, payload), %(lead)s), octet_length(coalesce(sent, payload))
FROM intents_intentbody WHERE intent_id = ANY(%(ids)s::uuid[])
"""


def watched(actor: Tenant, intent_id: UUID) -> tuple[Intent, Loaded]:
    """As `run`, for showing: what its steps ended with is `contents`."""
    row = engine.intent(actor, intent_id)
    steps = RunStep.objects.filter(run_id=row.id).order_by("number").defer("result", "error")
    found = _loaded([row.id], steps).get(row.id)
    if found is None:
        raise Missing(f"no run has the id {intent_id}", run_id=str(intent_id))
    return row, found


def contents(steps: Sequence[RunStep], *, most: int | None) -> dict[int, TryContents]:
    """What these tries of a run were given and ended with, by number; of what is longer than `most` bytes its beginning.
    Checks no actor."""
    if not steps:
        return {}
    asked = {"lead": 2**30 if most is None else most, "run": steps[0].run_id, "numbers": [one.number for one in steps]}
    given = {}
    if children := [one.child_id for one in steps if one.child_id]:
        found = statements.rows(_GIVEN, asked | {"ids": children})
        given = {intent_id: _piece(text, size, most) for intent_id, text, size in found}
    rows = {
        number: (_piece(result, result_size, most), _piece(error, error_size, most))
        for number, result, result_size, error, error_size in statements.rows(_ENDED, asked)
    }
    return {one.number: TryContents(given.get(one.child_id), *rows.get(one.number, (None, None))) for one in steps}


def _piece(text: str | None, size: int | None, most: int | None) -> Any:
    if text is None or size is None:
        return None
    return Cut(text, size) if most is not None and size > most else canonical.loads(text)


def child_statuses(steps: Sequence[RunStep]) -> dict[UUID, str]:
    """The statuses of the intents that do these steps. Checks no actor."""
    ids = [one.child_id for one in steps if one.child_id]
    return dict(Intent.objects.filter(id__in=ids).values_list("id", "status")) if ids else {}
