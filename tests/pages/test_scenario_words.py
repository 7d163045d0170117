"""What is wrong in a scenario's document, in the language of the page."""

import copy
from typing import Any

import pytest
from django.utils import translation

from inbox.views.kit.refusals import in_words
from intents.schemas import bundles
from tests.callers import PersonCaller
from tests.inbox.conftest import person
from tests.pages.browser import Browser
from tests.pages.drafting import DOCUMENT, new, send

LONG = "x" * 300
AGENT = {"role": "clerk", "address": "order-service"}


def steps(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return copy.deepcopy(DOCUMENT) | {"workflow": {"steps": list(found)}} | more


def step(**more: Any) -> dict[str, Any]:
    return {"step_id": "check", "assigned_to": "clerk"} | more


def runtime(kind: str, **config: Any) -> dict[str, Any]:
    return {"step_id": "wait", "runtime_type": kind, "runtime_config": config}


ODD: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no steps": steps(agents=[], humans=[]),
    "types": steps(step(step_deadline_seconds="soon", retry=7), title=5, agents="x", humans=[7]),
    "long": steps(step(step_id=LONG), title=LONG),
    "small": steps(step(step_deadline_seconds=0, remind_after_seconds=-1, retry={"max_retries": 900})),
    "form": steps(step(), scenario_id="a b", intent={"type": "x"}),
    "twice": steps(step(), step(), agents=[AGENT, AGENT]),
    "nowhere": steps(step(on_success="mars", on_failure="venus"), entry_step="moon"),
    "nobody": steps(step(assigned_to="ghost"), {"step_id": "x", "tool_id": "t"}, {"step_id": "y"}),
    "unnamed tool": steps({"step_id": "x", "tool_id": "t"}, agents=[AGENT, {"role": "b", "address": "b"}]),
    "no kind": steps({"step_id": "x", "runtime_type": "teleport"}),
    "delays": steps(runtime("delay"), runtime("delay", seconds="soon") | {"step_id": "b"}),
    "long delay": steps(runtime("delay", days=900), runtime("delay", until="soon") | {"step_id": "b"}),
    "early": steps(runtime("delay", until="0001-01-01T00:00:00Z")),
    "told": steps(
        runtime("notification", channels="email"), runtime("notification", channels=["pigeon"]) | {"step_id": "b"}
    ),
    "told whom": steps(runtime("notification", to=7), runtime("notification", subject=7) | {"step_id": "b"}),
    "round": steps(runtime("notification", subject="a") | {"on_success": "wait"}),
    "odd": steps(step(), scenario_id="Order-it.v1", humans=[{"role": "boss"}], extra=1),
    "old": {key: value for key, value in steps().items() if key != "workflow"} | {"workflow_steps": [step()]},
    "two places": steps(step(), workflow_steps=[step(step_id="other")]),
    "called": steps(step(), agents=[{"role": "clerk", "delivery_mode": "http"}]),
    "address": steps(step(), agents=[{"role": "clerk", "address": "a/b/c/d"}, {"role": "x", "address": "scenarios/x"}]),
    "other": steps(step(), agents=[{"role": "clerk", "address": "agent://rivals/production/x"}]),
    "no macro": copy.deepcopy(DOCUMENT) | {"workflow": {"macro_id": "no.such"}},
    "policy": steps(step(policy={"max_delivery_attempts": 0})),
}


@pytest.mark.parametrize("language", ["de", "ar"])
def test_whatever_is_wrong_or_odd_is_told_in_the_language_of_the_page(alice: PersonCaller, language: str) -> None:
    left: set[str] = set()
    for name, document in ODD.items():
        _, made = bundles.compiled(document, actor=person(alice))
        found = made.errors + made.warnings
        assert found, name
        with translation.override(language):
            left |= {f"{name}: {path}: {said}" for path, said in found if in_words(said) == said}
    assert not left


def test_the_page_of_a_draft_tells_its_faults_in_german(olga: PersonCaller) -> None:
    olga.user.language = "de"
    olga.user.save()
    client = Browser().sign_in(olga.user)
    page = send(client, new(client), "add:workflow.steps", scenario_id="order.sign.v1", title="Unterschrift")
    assert "is required" not in page.text
    assert "must not be" not in page.text
