"""Outcomes that a question offers: told apart, and read as their buttons say."""

import pytest

from inbox.tasks import specs
from inbox.views.kit import words
from inbox.vocabulary import kinds
from intents.kernel.errors import InvalidField
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.inbox.test_verdicts import TEXT, form, place


@pytest.mark.parametrize(
    ("outcomes", "refused"),
    [
        (["Approve", "approved"], True),
        (["approved", "APPROVED "], True),
        (["changes_requested", "Request changes"], True),
        (["Send answers", "submitted"], True),
        (["on_hold", "on hold"], True),
        (["on-hold", "On  Hold"], True),
        (["reject", "rejected"], True),
        (["ｙｅｓ", "yes"], True),
        (["approved", "approve_all"], False),
        (["yes", "no"], False),
        (["1", "2"], False),
        (["+", "-"], False),
    ],
)
def test_two_outcomes_that_read_the_same_are_refused(outcomes: list[str], refused: bool) -> None:
    spec = {"allowed_outcomes": outcomes}
    if not refused:
        specs.complete(spec, field="human_task")
        return
    with pytest.raises(InvalidField) as error:
        specs.complete(spec, field="human_task")
    assert error.value.details["field"] == "human_task.allowed_outcomes.1"


@pytest.mark.parametrize(
    "outcome", ["reject", "Rejected", "no", "NO", "deny", "decline", "denied", "refuse", "not approved"]
)
def test_an_outcome_that_reads_like_a_no_is_one(shop: KeyCaller, bob: PersonCaller, outcome: str) -> None:
    asked = ask(shop, allowed_outcomes=["approved", outcome], form_schema=form("n", n=TEXT))
    bob.post(f"/approvals/{asked.task_id}/decision", {"decision": "reject"}).ok()
    assert shop.intent(asked.intent_id)["result"] == {"outcome": outcome}
    assert shop.events(asked.intent_id)[-1]["details"]["decision"]["negative"] is True


@pytest.mark.parametrize("outcome", ["approved", "node", "notify", "now", "deferred", "changes_requested", "yes"])
def test_other_outcomes_are_none(outcome: str) -> None:
    assert kinds.is_negative("approval", outcome) is False


def test_an_approval_never_stands_for_asking_for_changes() -> None:
    assert kinds.meant("review", "approved", ["changes_requested", "rejected"]) is None


@pytest.mark.parametrize("outcome", words.VERBS)
def test_outcomes_read_as_their_buttons_say(outcome: str) -> None:
    assert kinds.word(outcome) == str(words.VERBS[outcome][0]).casefold()


@pytest.mark.parametrize(
    ("outcomes", "at", "said"),
    [
        # Beside the word that they look like, or instead of it.
        (["approved", "\u0430pproved"], 1, "mixes letters"),
        (["\u0430pproved", "rejected"], 0, "mixes letters"),
        (["yes", "reject\u0435d"], 1, "mixes letters"),
        (["ship it", "h\u03bfld it"], 1, "mixes letters"),
        (["ok", "\u0570old"], 1, "mixes letters"),
        # Whole words of another script.
        (["yes", "\u043d\u043e", "\u041d\u041e"], 2, "read the same"),
        (["HO", "\u041d\u041e"], 1, "read the same"),
        (["ace", "\u0430\u0441\u0435"], 1, "read the same"),
        (["\u0420\u0410\u0421\u0415", "pace"], 1, "read the same"),
        (["AXE", "\u0391\u03a7\u0395"], 1, "read the same"),
        (["yes", "\u03b7\u03bf"], 1, "looks like no"),
        (["yes", "\u0578\u0585"], 1, "looks like no"),
        # Marks that are easily missed, on what the server knows.
        (["\u1ea1pproved", "rejected"], 0, "looks like approve"),
        (["approved", "rejecte\u0323d"], 1, "looks like reject"),
        (["approved", "fa\u0131led"], 1, "looks like couldn't do it"),
    ],
)
def test_an_outcome_that_looks_like_another_is_refused(shop: KeyCaller, outcomes: list[str], at: int, said: str) -> None:
    refused = shop.post(
        "/intents",
        {
            "intent_type": "a.b.v1",
            "to_agent": "order-service",
            "payload": {},
            "human_task": {"title": "May I?", "allowed_outcomes": outcomes},
        },
    )
    assert place(refused) == f"human_task.allowed_outcomes.{at}"
    assert said in refused.json["detail"]


@pytest.mark.parametrize(
    "outcomes",
    [
        ["\u0434\u0430", "\u043d\u0435\u0442"],
        ["\u03bd\u03b1\u03b9", "\u03cc\u03c7\u03b9"],
        ["s\u00ed", "no"],
        ["genehmigt", "zur\u00fcckgewiesen", "sp\u00e4ter"],
        ["\u540c\u610f", "\u62d2\u7edd"],
        ["plan A", "\u043f\u043b\u0430\u043d A", "\u03b2-test"],
        ["\u0905\u0928\u0941\u092e\u094b\u0926\u093f\u0924", "\u0905\u0938\u094d\u0935\u0940\u0915\u0943\u0924"],
        ["I", "l", "1"],
    ],
)
def test_outcomes_in_any_one_script_are_taken(outcomes: list[str]) -> None:
    assert specs.complete({"allowed_outcomes": outcomes}, field="human_task")["allowed_outcomes"] == outcomes
