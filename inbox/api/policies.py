"""What happens when nobody decides, kept by owners and admins."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from inbox.assignees.services.principals import Names
from inbox.assignees.services.resolution import Asker
from inbox.escalation import forecast, selectors
from inbox.escalation.services import planning, policies, replay
from inbox.schemas import policy_responses, requests, shapes
from inbox.tasks import specs
from inbox.vocabulary import roles
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.kernel import canonical, clock
from intents.kernel.batches import readable

router = Router(tags=["Policies"])


@router.get("/policies", response={200: policy_responses.Policies, **REFUSALS}, summary="List policies")
def list_policies(request: Request) -> HttpResponse:
    """What is done when nobody decides, in the order in which policies are tried. Every member reads policies; owners and
    admins keep them."""
    roles.ensure_member(request.auth)
    found = selectors.policies(request.auth.workspace_id)
    return answer({"ok": True, "policies": readable(found, shapes.policy)})


@router.post("/policies", response={200: policy_responses.OnePolicy, **REFUSALS}, summary="Create a policy")
def create_policy(request: Request, body: requests.CreatePolicy) -> HttpResponse:
    """Reminders, escalation, and what happens if nobody decides, for tasks that match. Changes apply to new tasks only."""

    def run() -> dict[str, Any]:
        row = policies.create(
            actor=request.auth,
            name=body.name,
            place=body.place,
            match=body.match,
            escalation=body.escalation,
            calendar=body.calendar,
            least=body.least,
        )
        return {"ok": True, "policy": shapes.policy(row)}

    return once(request, run)


@router.post("/policies/preview", response={200: policy_responses.Preview, **REFUSALS}, summary="Preview a policy")
def preview_policy(request: Request, body: requests.PreviewPolicy) -> HttpResponse:
    """What would happen to such a task if it came now and nobody decided. Changes nothing."""
    roles.ensure_manages(request.auth)
    workspace_id = request.auth.workspace_id

    def run() -> dict[str, Any]:
        canonical.sized(body.payload, "payload")
        spec = specs.complete(body.human_task, field="human_task")
        rows = selectors.policies(workspace_id)
        asking = planning.raised(
            asking=planning.Asking(
                intent_type=body.intent_type,
                agent=body.agent,
                payload=body.payload,
                spec=planning.checked(workspace_id=workspace_id, spec=spec, field="human_task"),
                names=Names(workspace_id),
            ),
            policies=rows,
        )
        plan = planning.choose(asking=asking, policies=rows, now=body.at or clock.now())
        steps = forecast.of_plan(plan, Asker(workspace_id=workspace_id, agent=body.agent)) if plan else []
        shown = [shapes.next_step(one) for one in steps]
        return {"ok": True, "plan": shapes.plan(plan) if plan else None, "next_steps": shown}

    return once(request, run)


@router.post(
    "/policies/replay", response={200: policy_responses.Replay, **REFUSALS}, summary="Try a policy on the last week"
)
def replay_policy(request: Request, body: requests.ReplayPolicy) -> HttpResponse:
    """What a policy would have done to the tasks of the last week, had everybody decided when they did. Changes nothing."""
    roles.ensure_manages(request.auth)

    def run() -> dict[str, Any]:
        match, escalation = body.match, body.escalation
        replayed = replay.try_on_last_week(
            actor=request.auth,
            match=match,
            escalation=escalation,
            calendar=policies.checked(actor=request.auth, match=match, escalation=escalation, calendar=body.calendar),
            place=body.place,
            instead_of=body.policy_id,
        )
        return {"ok": True} | shapes.replay(replayed)

    return once(request, run)


@router.get("/policies/{policy_id}", response={200: policy_responses.OnePolicy, **REFUSALS}, summary="Get a policy")
def get_policy(request: Request, policy_id: str) -> HttpResponse:
    """One policy by its id."""
    roles.ensure_member(request.auth)
    row = selectors.policy(request.auth, as_id(policy_id, "policy"))
    return answer({"ok": True, "policy": shapes.policy(row)})


@router.patch("/policies/{policy_id}", response={200: policy_responses.OnePolicy, **REFUSALS}, summary="Change a policy")
def update_policy(request: Request, policy_id: str, body: requests.UpdatePolicy) -> HttpResponse:
    """Change what is sent of a policy, each part as a whole. Open tasks keep their current plan."""
    wanted = as_id(policy_id, "policy")
    changes = requests.changes(body, nullable="calendar")

    def run() -> dict[str, Any]:
        row = policies.update(actor=request.auth, policy_id=wanted, **changes)
        return {"ok": True, "policy": shapes.policy(row)}

    return once(request, run)


@router.delete("/policies/{policy_id}", response={200: policy_responses.OnePolicy, **REFUSALS}, summary="Delete a policy")
def delete_policy(request: Request, policy_id: str) -> HttpResponse:
    """Take a policy away. Open tasks keep their current plan."""
    row = policies.delete(actor=request.auth, policy_id=as_id(policy_id, "policy"))
    return answer({"ok": True, "policy": shapes.policy(row)})
