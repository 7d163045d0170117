"""Out of office: who stands in, for what, from when until when, and who is told."""

import pytest

from inbox import jobs
from inbox.notifications.models import Notification
from inbox.notifications.services import fan_out
from inbox.tasks import selectors
from inbox.tasks.models import Task
from intents.accounts.models import Absence
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.absent import ANN, BOB, ann, at_once, away, dan, listed
from tests.inbox.conftest import ask

__all__ = ["ann", "at_once", "dan"]


# The clock stands at Tuesday 15 January 2030, 09:00 in UTC.


def test_open_and_new_tasks_go_to_the_stand_in_as_well_who_decides_with_both_names_on_record(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller
) -> None:
    before = ask(shop, assignees=[BOB])
    assert before.decide(ann, "approved").code == "policy_denied"
    told = away(bob, message="At the sea")
    assert (told["active"], told["stand_in"]["email"], told["message"]) == (True, ANN, "At the sea")
    after = ask(shop, assignees=[BOB])
    for who in (ann, bob):
        assert set(listed(who)) == {before.task_id, after.task_id}
    assert [one["email"] for one in after.task(ann)["deciders"]] == [ANN, BOB]
    decided = before.decide(ann, "approved").ok()["decision"]
    assert (decided["authority"], decided["decided_by"], decided["delegated_by"]) == ("delegate", ANN, BOB)
    assert after.decide(bob, "rejected").ok()["decision"]["authority"] == "direct"


def test_it_begins_and_ends_by_itself_in_the_time_zone_of_who_is_away(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller
) -> None:
    bob.user.time_zone = "Pacific/Auckland"
    bob.user.save()
    asked = ask(shop, assignees=[BOB])
    told = away(bob, first="2030-01-17", until="2030-01-18")
    assert (told["starts_at"], told["ends_at"]) == ("2030-01-16T11:00:00.000000Z", "2030-01-18T11:00:00.000000Z")
    assert (told["active"], listed(ann)) == (False, [])
    now.advance(hours=26)
    assert (listed(ann), bob.get("/me/out-of-office").ok()["out_of_office"]["active"]) == ([asked.task_id], True)
    now.advance(hours=48)
    assert (listed(ann), bob.get("/me/out-of-office").ok()["out_of_office"]) == ([], None)
    assert asked.decide(ann, "approved").code == "policy_denied"
    assert listed(bob) == [asked.task_id]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("decide", {"outcome": "approved"}),
        ("decide", {"outcome": "rejected"}),
        ("claim", None),
        ("comment", {"comment": "I look at it"}),
        ("ask", {"question": "Why?"}),
        ("approvers", {"to": "dan@myorg.example", "reason": "knows them", "needed": False}),
        ("decide", {"outcome": "approved", "data": {"approved": {"amount": 80}}}),
    ],
)
@pytest.mark.parametrize("how", ["delegate", "stand-in"])
def test_a_delegate_and_a_stand_in_may_do_all_that_who_is_asked_may(
    now: SettableClock,
    shop: KeyCaller,
    bob: PersonCaller,
    ann: PersonCaller,
    dan: PersonCaller,
    how: str,
    verb: str,
    body: object,
) -> None:
    asked = ask(shop, {"amount": 100}, assignees=[BOB], editable_fields=["amount"])
    if how == "delegate":
        asked.post(bob, "delegate", {"to": ANN}).ok()
    else:
        away(bob)
    asked.post(ann, verb, body).ok()


def test_what_was_delegated_or_is_kept_apart_goes_no_further(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller, dan: PersonCaller
) -> None:
    asked = ask(shop, assignees=["dan@myorg.example"])
    asked.post(dan, "delegate", {"to": BOB}).ok()
    away(bob)
    assert (listed(ann), asked.decide(ann, "approved").code) == ([], "policy_denied")
    # Nor does a stand-in delegate it on.
    own = ask(shop, assignees=[BOB])
    assert own.post(ann, "delegate", {"to": "dan@myorg.example"}).code == "policy_denied"
    # Who must not decide has nothing that a stand-in could get, and a stand-in who must not does not get it.
    for kept in (bob, ann):
        apart = ask(shop, assignees=[BOB])
        Task.objects.filter(id=apart.task_id).update(excluded=[kept.user.id])
        assert (apart.task_id in listed(ann), apart.decide(ann, "approved").code) == (False, "policy_denied")


def test_a_stand_in_who_is_out_of_office_too_is_not_followed(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller, dan: PersonCaller
) -> None:
    asked = ask(shop, assignees=[BOB])
    away(bob)
    away(ann, "dan@myorg.example", until="2030-01-16")
    assert (listed(ann), listed(dan)) == ([], [])
    assert asked.decide(dan, "approved").code == "policy_denied"
    assert asked.decide(ann, "approved").code == "policy_denied"
    now.advance(days=2)  # Ann is back, and Bob is not.
    assert (listed(ann), listed(dan)) == ([asked.task_id], [])


def test_reminders_and_escalations_go_to_the_stand_in_in_the_place_of_who_is_away(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller
) -> None:
    def told() -> set[tuple[str, str]]:
        while fan_out.notify():
            pass
        return set(Notification.objects.values_list("user__email", "kind"))

    asked = ask(shop, assignees=[BOB])
    assert told() == {(BOB, "assigned")}
    away(bob)
    assert told() == {(BOB, "assigned"), (ANN, "assigned")}
    Notification.objects.all().delete()
    ask(shop, assignees=[BOB])
    assert told() == {(ANN, "assigned")}
    asked.post(bob, "comment", {"comment": "@bob@myorg.example yourself"}).ok()
    away(ann, None)
    Notification.objects.all().delete()
    ask(shop, assignees=[BOB])
    assert told() == {(BOB, "assigned")}, "somebody is always told"


def test_claims_end_as_one_leaves_and_as_the_stand_in_stands_in_no_more(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller
) -> None:
    asked = ask(shop, assignees=[BOB])
    asked.post(bob, "claim").ok()
    away(bob, first="2030-01-16")
    now.advance(days=1)
    jobs.alarm()
    assert asked.task(bob)["state"] == "open"
    asked.post(ann, "claim").ok()
    assert selectors.unroutable(None) == []
    now.advance(days=5)
    jobs.alarm()
    assert (asked.task(bob)["state"], Absence.objects.count(), listed(bob)) == ("open", 0, [asked.task_id])
    away(bob, until="2030-01-30")
    asked.post(ann, "claim").ok()
    bob.delete("/me/out-of-office").ok()
    assert (asked.task(bob)["state"], listed(ann)) == ("open", [])


def test_a_vote_of_the_stand_in_counts_for_who_is_away(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller, dan: PersonCaller
) -> None:
    asked = ask(shop, assignees=[BOB, "dan@myorg.example"], quorum="all")
    away(bob)
    assert asked.decide(ann, "approved").ok()["task"]["progress"]["approve"] == {"given": 1, "needed": 2}
    assert (listed(bob), listed(ann)) == ([], [])
    done = asked.decide(dan, "approved").ok()
    assert (done["task"]["state"], done["decision"]["final"]) == ("decided", True)
    assert {(one["by"], one.get("delegated_by")) for one in asked.task(bob)["votes"]} == {
        (ANN, BOB),
        ("dan@myorg.example", None),
    }


def test_in_each_stage_the_stand_in_is_asked_once_it_begins_and_votes_for_who_is_away(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller, dan: PersonCaller
) -> None:
    def told() -> list[str]:
        while fan_out.notify():
            pass
        return list(Notification.objects.order_by("id").values_list("user__email", flat=True))

    away(bob)
    finance = {"name": "Finance", "assignees": ["dan@myorg.example", BOB], "quorum": "all"}
    asked = ask(shop, stages=[finance, {"name": "Management", "assignees": [BOB], "on_reject": "return"}])
    assert set(told()) == {ANN, "dan@myorg.example"}
    asked.decide(ann, "approved").ok()
    assert listed(ann) == []
    assert asked.decide(dan, "approved").ok()["task"]["progress"]["name"] == "Management"
    assert (told()[2:], listed(ann), listed(dan)) == ([ANN], [asked.task_id], [])
    # Sent back, both stages are gone through again.
    assert asked.decide(ann, "rejected").ok()["task"]["progress"]["name"] == "Finance"
    for who in (dan, ann, ann):
        done = asked.decide(who, "approved").ok()
    assert done["task"]["state"] == "decided"
    assert (done["decision"]["authority"], done["decision"]["delegated_by"]) == ("delegate", BOB)
    votes = shop.intent(asked.intent_id)["result"]["votes"]
    assert {(one["stage"], one["by"], one.get("delegated_by")) for one in votes if one["outcome"] == "approved"} == {
        (1, ANN, BOB),
        (1, "dan@myorg.example", None),
        (2, ANN, BOB),
    }
