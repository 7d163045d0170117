"""On a phone the bars leave room to read, say what they are in words, and hide nothing that is needed."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests import turns
from tests.browser.conftest import Desk, Desks, Site
from tests.browser.hands import ready
from tests.browser.places import BOTH, REFUND, soon

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SIZES = [(360, 740), (320, 640)]


def phone(desks: Desks, width: int = 360, height: int = 740, **options: Any) -> Desk:
    return desks.manager(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True, **options)


def box(shown: Locator) -> Any:
    found = shown.bounding_box()
    assert found
    return found


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    "task",
    [
        {
            "outcome_labels": {"approved": "Pay back", "rejected": "Don't pay"},
            "consequence": {"approved": "Pays 129.00 EUR. " * 9},
        },
        {"task_type": "review", "required_comment": True},
        {"task_type": "manual_action"},
        {"task_type": "override", "required_comment": True},
    ],
    ids=["approval", "review with a comment", "manual step", "override with a comment"],
)
def test_the_bars_of_a_task_take_less_than_a_fifth_of_the_height(
    desks: Desks, site: Site, width: int, height: int, task: dict[str, Any]
) -> None:
    maria = phone(desks, width, height)
    maria.open(site.ask({"title": "On the road"} | BOTH | task, REFUND, deadline_at=soon(90)))
    ready(maria)
    bar = box(maria.page.locator("#decide-bar"))
    assert bar["y"] + bar["height"] == height
    expect(maria.page.get_by_role("navigation", name="Main")).to_be_hidden()
    assert bar["height"] <= height / 5
    for one in maria.page.locator("#decide-bar :is(button, summary):visible").all():
        inside = box(one)
        assert inside["x"] >= 0
        assert inside["x"] + inside["width"] <= width
        assert inside["height"] >= 44


BROKEN_WORDS = """bar => [...bar.querySelectorAll(".row > .outcomes > .button .words")].flatMap(one => {
    const text = document.createTreeWalker(one, NodeFilter.SHOW_TEXT).nextNode();
    return [...text.data.matchAll(/[^ \\n]+/g)].filter(word => {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return range.getClientRects().length > 1;
    }).map(word => word[0]);
})"""
"""The words of answers that stand on two lines."""


def test_no_answer_in_german_is_broken_in_a_word(desks: Desks, site: Site) -> None:
    maria = phone(desks)
    maria.page.context.add_cookies([{"name": "axme_language", "value": "de", "url": site.url}])
    maria.open(site.ask({"title": "Lang", "task_type": "review"} | BOTH, REFUND, deadline_at=soon(90)))
    bar = maria.page.locator("#decide-bar")
    answers = ["Genehmigen", "Änderungen verlangen", "Ablehnen"]
    expect(bar.locator(".row > .outcomes > .button .words")).to_have_text(answers)
    assert bar.evaluate(BROKEN_WORDS) == []
    assert maria.page.evaluate("document.documentElement.scrollWidth") == 360


@turns.one(1, of=2)
def test_how_a_task_stands_is_told_whole_where_there_is_room(desks: Desks, site: Site) -> None:
    stages = [{"name": "Law"} | BOTH | {"quorum": 2}, {"name": "Board"} | BOTH]
    site.ask({"title": "Standing", "risk": "low", "stages": stages}, REFUND, deadline_at=soon(90))
    maria = phone(desks)
    maria.look("/inbox?q=standing")
    state = maria.page.locator("#rows .about > .state").first
    expect(state).to_contain_text("Stage 1 of 2")
    assert box(state)["width"] > 120
    risk = maria.page.locator("#rows .about > .risk").first
    assert box(risk)["y"] < box(state)["y"] + box(state)["height"], "on the same line"


@turns.one(0, of=2)
def test_the_last_tab_is_not_faded_once_it_is_reached(desks: Desks, site: Site) -> None:
    maria = phone(desks)
    maria.page.context.add_cookies([{"name": "axme_language", "value": "de", "url": site.url}])
    maria.look("/inbox?view=over")
    last = maria.page.locator(".list-head .tabs a").last
    tabs = box(maria.page.locator(".list-head .tabs"))
    maria.page.locator(".list-head .tabs").evaluate("one => one.scrollTo(1000, 0)")
    assert box(last)["x"] + box(last)["width"] <= tabs["x"] + tabs["width"] - 15


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_places_stand_below_the_list_with_their_words(desks: Desks, width: int, height: int) -> None:
    maria = phone(desks, width, height)
    maria.look()
    bar = box(maria.page.locator(".rail"))
    assert bar["y"] + bar["height"] == height
    assert bar["height"] <= height / 8
    end = 0.0
    for words in ("Inbox", "Notifications", "Policies", "Settings", "You"):
        label = maria.page.locator(".rail").get_by_text(words, exact=True)
        expect(label).to_be_visible()
        found = box(label)
        assert found["x"] >= end, words
        end = found["x"] + found["width"]
    assert end <= width


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_list_begins_high_and_its_filters_stand_on_one_line(desks: Desks, site: Site, language: str) -> None:
    for risk in ("low", "medium"):
        site.ask({"title": "Filtered", "risk": risk} | BOTH, REFUND, deadline_at=soon(90))
    maria = phone(desks)
    maria.page.context.add_cookies([{"name": "axme_language", "value": language, "url": site.url}])
    for path in ("/inbox?q=filtered", "/inbox?q=filtered+risk:low"):
        maria.look(path)
        chips = [box(one) for one in maria.page.locator(".facets summary.chip").all()]
        assert len(chips) > 1
        assert len({one["y"] for one in chips}) == 1
        assert min(min(one["width"], one["height"]) for one in chips) >= 44
        told = sum(box(one)["height"] for one in maria.page.locator(".list-head > .notice").all())
        assert box(maria.page.locator(".list-head"))["height"] - told <= 740 * 0.3
        assert maria.page.evaluate("innerWidth") == 360, "nothing is wider than the phone"
    chip = maria.page.locator(".facets > .menu").last
    chip.locator("summary").tap()
    expect(chip.locator(".items")).to_be_in_viewport(ratio=1)


def test_the_dot_of_what_is_new_touches_neither_the_box_nor_the_words(desks: Desks, site: Site) -> None:
    site.ask({"title": "A dot"} | BOTH, REFUND, deadline_at=soon(90))
    maria = phone(desks)
    maria.look("/inbox?q=dot")
    row = maria.page.locator("#rows li:has(.unread)").first
    chosen, dot, words = (box(row.locator(one)) for one in (".pick input", ".unread", ".what"))
    assert chosen["x"] + chosen["width"] + 4 <= dot["x"]
    assert dot["x"] + dot["width"] + 4 <= words["x"]
    middles = [one["y"] + one["height"] / 2 for one in (chosen, dot)]
    assert abs(middles[0] - middles[1]) < 3


def test_the_workspaces_are_in_the_menu_of_the_person(desks: Desks) -> None:
    maria = phone(desks)
    maria.look()
    maria.page.locator(".who > summary").tap()
    expect(maria.page.locator(".who").get_by_role("button", name="My organization: Production")).to_be_in_viewport(ratio=1)
    expect(maria.page.locator(".who").get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)


@turns.one(0, of=2)
def test_who_refuses_is_asked_why_once_and_may_say_nothing(desks: Desks, site: Site) -> None:
    maria = phone(desks)
    said, unsaid = (site.ask({"title": "Why not"} | BOTH, REFUND, deadline_at=soon(90)) for _ in range(2))
    for intent_id, reason in ((said, "Not needed"), (unsaid, "")):
        maria.open(intent_id)
        ready(maria)
        expect(maria.page.locator(".reasons")).to_be_hidden()
        maria.page.get_by_role("button", name="Reject", exact=True).tap()
        why = maria.page.get_by_role("dialog", name="Why?")
        expect(why).to_be_in_viewport(ratio=1)
        assert site.state(intent_id) == "open"
        if reason:
            why.get_by_text(reason, exact=True).tap()
        ready(maria)
        why.get_by_role("button", name="Reject", exact=True).tap()
        expect(maria.page.locator(".toast").first).to_contain_text("Rejected · Why not")
        assert site.result(intent_id).get("comment") == (reason or None)


def test_a_comment_opens_above_the_answers_and_stays_when_it_is_folded(desks: Desks, site: Site) -> None:
    maria = phone(desks)
    intent_id = site.ask({"title": "Say something"} | BOTH, REFUND, deadline_at=soon(90))
    maria.open(intent_id)
    ready(maria)
    say = maria.page.get_by_role("button", name="Comment", exact=True)
    say.tap()
    expect(say).to_have_attribute("aria-expanded", "true")
    expect(maria.page.locator("#comment")).to_be_focused()
    maria.page.keyboard.type("As agreed")
    say.tap()
    expect(maria.page.locator("#comment")).to_be_visible()
    maria.page.get_by_role("button", name="Approve", exact=True).tap()
    expect(maria.page.locator(".toast").first).to_contain_text("Approved")
    assert site.result(intent_id)["comment"] == "As agreed"


def test_without_javascript_the_comment_and_the_reasons_are_there(desks: Desks, site: Site) -> None:
    maria = phone(desks, java_script_enabled=False)
    maria.open(site.ask({"title": "Without a script"} | BOTH, REFUND, deadline_at=soon(90)))
    expect(maria.page.locator("#comment")).to_be_visible()
    expect(maria.page.locator(".reasons")).to_be_visible()
    expect(maria.page.get_by_role("button", name="Comment", exact=True)).to_be_hidden()


def test_who_is_cut_off_reads_it_above_the_list(desks: Desks) -> None:
    maria = phone(desks)
    maria.look()
    expect(maria.page.locator("#live")).to_have_text("Live")
    maria.page.context.set_offline(True)
    told = maria.page.locator("#live .words")
    expect(told).to_contain_text("Reconnecting, last update")
    expect(told).to_be_in_viewport(ratio=1)
    assert box(told)["y"] + box(told)["height"] <= box(maria.page.get_by_role("heading", name="Inbox"))["y"]
    maria.page.context.set_offline(False)


@turns.one(0, of=2)
def test_on_a_tablet_who_is_cut_off_reads_it_beside_the_rail(desks: Desks) -> None:
    maria = desks.manager(viewport={"width": 768, "height": 1024})
    maria.look()
    expect(maria.page.locator("#live")).to_have_text("Live")
    maria.page.context.set_offline(True)
    told = maria.page.locator("#live .words")
    expect(told).to_contain_text("Reconnecting, last update")
    rail, words = box(maria.page.locator(".rail")), box(told)
    assert words["x"] >= rail["x"] + rail["width"]
    for x in (words["x"] + 2, words["x"] + words["width"] - 2):
        top = "([x, y]) => document.elementFromPoint(x, y).className"
        assert maria.page.evaluate(top, [x, words["y"] + words["height"] / 2]) == "words"
    maria.page.context.set_offline(False)


def test_the_words_of_a_table_are_not_broken(desks: Desks, site: Site) -> None:
    maria = phone(desks)
    lines = [{"sku": "GB-204-X", "text": "Gearbox with housing", "quantity": 2, "price": 99.5} for _ in range(2)]
    maria.open(site.ask({"title": "A table"} | BOTH, {"lines": lines}))
    cell = maria.page.locator(".facts td", has_text="Gearbox").first
    assert box(cell)["height"] < 100
    assert maria.page.evaluate("document.documentElement.scrollWidth") == 360


def test_toasts_stand_below_the_rows_and_not_on_them(maria: Desk, site: Site) -> None:
    rows = [site.ask({"title": f"Toast {place}"} | BOTH, deadline_at=soon(20 + place / 20)) for place in range(3)]
    maria.open(rows[0])
    page = maria.page
    for count in (1, 2):
        ready(maria)
        maria.refuse()
        expect(page.locator(".toast")).to_have_count(count)
        room = page.locator("#rows")
        page.wait_for_function(
            "() => document.querySelector('#rows').getBoundingClientRect().bottom"
            " <= document.querySelector('#toasts').getBoundingClientRect().top"
        )
        assert box(room)["height"] > 300
    site.leave(rows)


@turns.one(1, of=2)
def test_of_four_toasts_the_newest_is_shown_and_the_others_are_counted(maria: Desk, site: Site) -> None:
    rows = [site.ask({"title": f"Folded {place}"} | BOTH, deadline_at=soon(20 + place / 20)) for place in range(4)]
    maria.page.clock.install()
    maria.page.clock.set_fixed_time(datetime.now(UTC))  # nothing leaves because the machine is slow
    maria.open(rows[0])
    page = maria.page
    for count in (1, 2, 3):
        ready(maria)
        maria.refuse()
        expect(page.locator(".toast:visible")).to_have_count(count)
        expect(page.locator(".toast kbd:visible")).to_have_count(1)  # the key undoes the newest
    ready(maria)
    maria.refuse()
    expect(page.locator(".toasts > .folded")).to_have_text("3 more before it. Undo takes back the last first.")
    expect(page.locator(".toast:visible")).to_have_count(1)
    expect(page.locator(".toast:visible")).to_contain_text("Folded 3")


@turns.one(1, of=2)
def test_a_toast_that_nothing_can_be_done_about_leaves(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Undone"} | BOTH)
    maria.open(intent_id)
    ready(maria)
    maria.refuse()
    maria.page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(maria.page.locator(".toast")).to_have_text(re.compile("Decision undone"))
    expect(maria.page.locator(".toast")).to_have_count(0)
    site.cancel(intent_id)
