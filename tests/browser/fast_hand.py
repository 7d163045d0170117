"""A hand that is faster than any person's: every two acts in a row, at every pace, by mouse, by finger and by keys.

Whatever it does, nothing is decided that was not on screen for a second: neither a task, nor what asks about it once more.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from playwright.sync_api import Error, Locator, Page

from tests.browser.conftest import Desk, Desks, Site, chromium
from tests.browser.hands import STILL_MS

Tell = Callable[[str], None]

INEXACT_MS = 10
GAPS_MS = (50, 330, 900)
STOCK = 37
"""Tasks that wait at once: a list shows fifty. The first is of low risk."""
SPARE = 6
READY_SECONDS = 60.0
_TIMES = {"twice": 2, "three times": 3}
ONCE = {
    "mouse": ("approve", "reject", "confirm", "next row", "undo"),
    "finger": ("approve", "reject", "confirm", "undo"),
    "keys": ("a", "r", "j", "Enter", "Space", "Control+Enter", "z"),
}
AGAIN = {
    "mouse": tuple(f"{one} {times}" for one in ONCE["mouse"] for times in _TIMES),
    "finger": tuple(f"{one} {times}" for one in ONCE["finger"] for times in _TIMES),
    "keys": tuple(f"{one} held" for one in ("a", "r", "Enter", "Space")),
}
HANDS = {hand: ONCE[hand] + AGAIN[hand] for hand in ONCE}
_AT = {"min": 0.0, "p50": 0.5, "max": 1.0}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

NOTED = """() => {
    if (location.protocol === "about:") return;
    const noted = JSON.parse(sessionStorage.getItem("noted") ?? "[]");
    let [task, since, dialog, asked] = [undefined, 0, null, 0];
    const look = () => {
        const shown = document.getElementById("task")?.dataset.task;
        if (shown !== task) [task, since] = [shown, performance.now()];
        const open = document.querySelector("#detail dialog.confirm");
        if (open !== dialog) [dialog, asked] = [open, performance.now()];
    };
    addEventListener("DOMContentLoaded", () => {
        look();
        new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
        document.addEventListener("htmx:configRequest", ({ target, detail }) => {
            const form = target.closest("#decide-form");
            if (!form || "back" in detail.parameters || detail.triggeringEvent?.submitter?.name === "back") return;
            const now = performance.now();
            noted.push({ task, seen: Math.round(now - since), asked: dialog ? Math.round(now - asked) : null });
            sessionStorage.setItem("noted", JSON.stringify(noted));
        });
    });
}"""
"""Notes of every answer that is sent which task it is about, and for how long that and its dialog have been on screen."""

STATE = """() => ({
    at: location.href, seen: document.getElementById("detail")?.dataset.seen,
    focus: document.activeElement?.outerHTML.slice(0, 200),
    answers: document.getElementById("decide-bar")?.innerText, page: document.body.innerText.slice(0, 300),
    asked: [...document.querySelectorAll(".htmx-request, dialog[open]")].map((one) => one.outerHTML.slice(0, 200)),
})"""
"""What is on screen, where somebody waits in vain."""


@dataclass
class Found:
    """What a hand did, and what it brought about."""

    sequences: int = 0
    answers: int = 0
    decided: int = 0
    paces: list[float] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


def sequences(hand: str, seed: int, gaps: Sequence[int] = GAPS_MS) -> list[tuple[str, str, int]]:
    """Every two acts of a hand, at each pace; where one of them is a double or triple press, at one between the least and
    the most."""
    chance = random.Random(f"{seed} {hand} paces")
    every = list(product(ONCE[hand], ONCE[hand], gaps))
    again = [pair for pair in product(HANDS[hand], HANDS[hand]) if not set(pair).isdisjoint(AGAIN[hand])]
    return every + [(*pair, chance.randint(min(gaps), max(gaps))) for pair in again]


def act(
    desk: Desk, site: Site, hand: str, tried: Sequence[tuple[str, str, int]], *, tell: Tell, stock: int = STOCK
) -> Found:
    """Do these, each from a task that can be decided, and look at what was decided. Whose `desk` it is has no tasks yet."""
    desk.page.context.add_init_script(f"({NOTED})()")
    found, left = Found(), list(tried)
    while left:
        intents = stocked(site, desk, stock)
        desk.look("/inbox?sort=newest")
        desk.page.evaluate("sessionStorage.removeItem('noted')")
        desk.open(intents[-1], "?sort=newest")
        while left and ready(desk.page):
            first, second, gap = left.pop(0)
            _try(desk.page, hand, first, second, gap, found)
            tell(f"{hand}: {len(left)} left")
        _settle(desk.page, site, intents, found)
    return found


def stocked(site: Site, desk: Desk, number: int) -> list[str]:
    """Tasks of this person alone, every third of high risk, which is asked about once more. The last stands first."""
    fields = {"assignees": [desk.email], "separation_of_duties": False}
    risks = ("low", "medium", "high")
    asked = [site.ask({"title": f"Row {n}", "risk": risks[n % 3]} | fields) for n in range(number)]
    for one in asked:
        site.task_id(one)  # no list has it any more once it is over
    return asked


def ready(page: Page) -> bool:
    """Wait until what is open can be decided. False once there is too little left to go on."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if page.locator("#rows .item:not(.over)").count() < SPARE:
            return False
        if page.locator("dialog:modal").count():  # one may come late, for what was pressed before
            page.keyboard.press("Escape")
        elif not page.locator("#decide-bar .row [name=outcome]").count():  # it was decided, and stays open
            page.locator("#rows .item:not(.over)").first.evaluate("one => one.click()")
        elif page.locator("#detail[data-seen=yes]").count() and not page.locator(".htmx-request").count():
            page.evaluate("document.activeElement?.blur()")
            return True
        page.wait_for_timeout(200)
    raise AssertionError(f"nothing that can be decided came: {page.evaluate(STATE)}")


def _try(page: Page, hand: str, first: str, second: str, gap: int, found: Found) -> None:
    spots = _spots(page)
    _do(page, hand, first, spots, gap)
    began = time.monotonic()
    page.wait_for_timeout(gap)  # what is tried, not a wait for something
    found.paces.append(time.monotonic() - began)
    _do(page, hand, second, spots, gap)
    found.sequences += 1
    page.wait_for_function("() => !document.querySelector('.htmx-request')")


def _spots(page: Page) -> dict[str, tuple[float, float]]:
    """Where the buttons are as the sequence begins: a fast hand does not look again."""
    row = page.locator("#decide-bar .row")
    spots = {
        "approve": row.locator("[name=outcome][data-kind=primary]"),
        "reject": row.locator("[name=outcome][data-refuses]"),
        "next row": page.locator("#rows .item:not(.over, [aria-current])"),
    }
    return {name: spot for name, one in spots.items() if (spot := _middle(one.first))}


def _middle(one: Locator) -> tuple[float, float] | None:
    if not one.count() or not one.is_visible():
        return None
    box = one.bounding_box()
    return (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) if box else None


def _do(page: Page, hand: str, name: str, spots: dict[str, tuple[float, float]], gap: int) -> None:
    """A double or triple press is as fast as it goes, or, by the pace, as slow as that."""
    if hand == "keys":
        return _press(page, name)
    times = next((times for times in _TIMES if name.endswith(f" {times}")), "")
    what = name.removesuffix(f" {times}")
    spot = spots.get(what) or spots["approve"]
    if what == "confirm":
        spot = _found(page, "dialog:is(.confirm, .sheet) [name=outcome]:visible") or spot
    elif what == "undo":
        spot = _found(page, ".toast button:visible") or spot
    for number in range(_TIMES.get(times, 1)):
        if number and gap % 2:
            page.wait_for_timeout(gap)  # what is tried
        if hand == "finger":
            page.touchscreen.tap(*spot)
        else:
            page.mouse.click(*spot)
    return None


def _found(page: Page, selector: str) -> tuple[float, float] | None:
    try:
        return _middle(page.locator(selector).first)
    except Error:  # it went while it was looked for
        return None


def _press(page: Page, name: str) -> None:
    key, _, held = name.partition(" ")
    if not held:
        return page.keyboard.press(key)
    for _ in range(4):
        page.keyboard.down(key)  # as its repeats come
    return page.keyboard.up(key)


def _settle(page: Page, site: Site, intents: Sequence[str], found: Found) -> None:
    """Look at what was sent and what is decided, and end what is left."""
    page.wait_for_load_state("networkidle")
    noted: list[dict[str, Any]] = page.evaluate("JSON.parse(sessionStorage.getItem('noted') ?? '[]')")
    found.answers += len(noted)
    least = STILL_MS - INEXACT_MS
    for one in noted:
        if one["seen"] < least or (one["asked"] is not None and one["asked"] < least):
            found.unseen.append(f"sent after {one}")
    told = {one["task"] for one in noted}
    for intent_id in intents:
        if site.state(intent_id) in ("held", "decided"):
            found.decided += 1
            if site.task_id(intent_id) not in told:
                found.unseen.append(f"{intent_id} is decided, and nobody sent that")
    page.goto("about:blank")
    site.leave(intents)


def sample(hand: str, number: int, seed: int) -> list[tuple[str, str, int]]:
    """Some of `sequences`."""
    return random.Random(f"{seed} {hand}").sample(sequences(hand, seed), number)


def all_hands(site: Site, *, gaps: Sequence[int], shares: Mapping[str, int], seed: int, tell: Tell) -> dict[str, Any]:
    """Every sequence of every hand, those of one by so many people at once as its share says. Raises AssertionError when
    something was decided unseen."""
    parts = []
    for hand, share in shares.items():
        tried = sequences(hand, seed, gaps)
        random.Random(f"{seed} {hand}").shuffle(tried)
        parts += [(hand, number, tried[number::share]) for number in range(share)]
    emails = [f"{name}-{number}@myorg.example" for name, number, _ in parts]
    people = [(email, site.password_of(email, "myorg/production", "approver")) for email in emails]
    with ThreadPoolExecutor(len(parts)) as pool:
        alone = [
            pool.submit(_alone, site, *who, hand, tried, tell) for who, (hand, _, tried) in zip(people, parts, strict=True)
        ]
        done = [one.result() for one in alone]
    figures = {}
    for hand in shares:
        of = [found for (name, *_), found in zip(parts, done, strict=True) if name == hand]
        assert not [one for found in of for one in found.unseen], of
        paces = sorted(pace for found in of for pace in found.paces)
        figures[hand] = {
            "sequences": len(paces),
            "answers_sent": sum(found.answers for found in of),
            "decided": sum(found.decided for found in of),
            "pause_ms": {name: round(paces[int(at * (len(paces) - 1))] * 1000) for name, at in _AT.items()},
        }
    return figures | {"decided_unseen": 0}


def _alone(site: Site, email: str, password: str, hand: str, tried: Sequence[tuple[str, str, int]], tell: Tell) -> Found:
    """In a browser of its own, as somebody of their own."""
    with chromium() as browser:
        desks = Desks(browser, site)
        desk = desks.nobody(**(PHONE if hand == "finger" else {}))
        desk.email = email
        desk.sign_in(password)
        found = act(desk, site, hand, tried, tell=tell)
        desks.close()
    return found
