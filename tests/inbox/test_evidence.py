"""Whatever is changed of a history afterwards is found: by `verify_audit` on the server, and offline in a bundle."""

import copy
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples import verify_evidence
from examples.verify_evidence import Changed
from intents.audit import notes, tree
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.inbox.sealing import TIMES
from tests.pages.browser import Browser


def bundle(who: PersonCaller, asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = who.get(f"/intents/{asked.intent_id}/evidence").ok()
    return found


def test_a_bundle_is_verified_offline_by_the_key_of_the_server(decided: Asked, vera: PersonCaller, tmp_path: Path) -> None:
    found = bundle(vera, decided)
    (task,) = found["tasks"]
    assert json.loads(task["shown"])["asked"]["title"] == "Refund 129.00 EUR to ACME?"
    assert (task["decisions"][0]["person"], task["decisions"][0]["outcome"]) == ("bob@myorg.example", "approved")
    assert json.loads(found["payload"]) == {"amount": 129, "to": "ACME"}
    path, script = tmp_path / "evidence.json", verify_evidence.__file__
    path.write_text(json.dumps(found))
    asked = [sys.executable, "-I", "-S", script, str(path), "--key", notes.verifier_key()]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"All {len(found['events'])} events are as they were written and signed.\n")
    path.write_text(json.dumps(found | {"payload": '{"amount":1290,"to":"ACME"}'}))
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "CHANGED: the payload was changed\n")


def test_what_is_in_no_checkpoint_yet_is_said_and_not_proved(decided: Asked, shop: KeyCaller, vera: PersonCaller) -> None:
    fresh = ask(shop, {"n": 1}, title="New?")
    found = bundle(vera, fresh)
    assert verify_evidence.verify(found, notes.verifier_key()) == len(found["events"])


def test_a_bundle_signed_by_another_key_is_refused(decided: Asked, vera: PersonCaller, settings: Any) -> None:
    real = notes.verifier_key()
    found = bundle(vera, decided)
    assert verify_evidence.verify(found, real) == 0
    settings.AUDIT_KEY = b"m" * 32
    found["log"]["checkpoint"] = notes.signed(notes.TreeHead(tree.size(), bytes(32)))
    found["log"]["public_key"] = notes.verifier_key()
    with pytest.raises(Changed):
        verify_evidence.verify(found, real)


UNPROVED = {"made_at", "deliveries", "trace_id", "request_id", "headline", "plan", "notified", "state", "public_key"}
"""What a bundle tells beside what is proved."""
BESIDE = {"intent": {"intent_id", "seq", "last_hash", "status"}}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a bundle that is proved, down to the values."""
    if isinstance(value, dict):
        for name, inner in value.items():
            beside = path == ("intent",) and name not in BESIDE["intent"]
            beside |= path[-2:] == ("policy", "spec") or (path[2:3] == ("decisions",) and name in ("at", "void_reason"))
            if name not in UNPROVED and not beside:
                yield from places(inner, (*path, name))
    elif isinstance(value, list) and value:
        yield path
        for place, inner in enumerate(value):
            yield from places(inner, (*path, place))
    else:
        yield path


def changed_at(found: dict[str, Any], path: tuple[Any, ...], chance: random.Random) -> dict[str, Any]:
    """A copy of a bundle with another value at a place."""
    made: dict[str, Any] = copy.deepcopy(found)
    inner: Any = made
    for part in path[:-1]:
        inner = inner[part]
    value = inner[path[-1]]
    match value:
        case list():
            inner[path[-1]] = chance.choice((value[:-1], value[::-1], [*value, value[0]], value[1:]))
        case str() if value:
            place = chance.randrange(len(value))
            inner[path[-1]] = (
                value[:place] + chance.choice([one for one in "0aZ-" if one != value[place]]) + value[place + 1 :]
            )
        case bool():
            inner[path[-1]] = not value
        case int():
            inner[path[-1]] = value + chance.choice((-1, 1))
        case _:
            inner[path[-1]] = "x"
    return made


def test_whatever_is_changed_in_a_bundle_is_found(decided: Asked, vera: PersonCaller) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    found, key = bundle(vera, decided), notes.verifier_key()
    every = list(places(found))
    for _ in range(TIMES):
        path = chance.choice(every)
        made = changed_at(found, path, chance)
        if made != found:
            with pytest.raises(Changed):
                print(path, verify_evidence.verify(made, key))


def test_a_signature_that_says_it_is_of_another_key_is_found(decided: Asked, vera: PersonCaller) -> None:
    found, key = bundle(vera, decided), notes.verifier_key()
    head, _, signature = found["log"]["checkpoint"].rpartition(" ")
    other = "b" if signature[0] != "b" else "c"  # within the four bytes that name the key
    found["log"]["checkpoint"] = f"{head} {other}{signature[1:]}"
    with pytest.raises(Changed):
        verify_evidence.verify(found, key)


def test_a_page_gives_the_same_evidence_as_a_file(decided: Asked, vera: PersonCaller, bob: PersonCaller) -> None:
    path = f"/operations/intents/{decided.intent_id}"
    viewer = Browser().sign_in(vera.user)
    assert f'href="{path}/evidence"' in viewer.get(path).html
    file = viewer.get(f"{path}/evidence")
    assert verify_evidence.verify(json.loads(file.html), notes.verifier_key()) == 0
    assert json.loads(file.html)["events"] == bundle(vera, decided)["events"]
    assert Browser().sign_in(bob.user).get(f"{path}/evidence").status == 403


def test_evidence_is_for_those_who_watch(decided: Asked, shop: KeyCaller, bob: PersonCaller, charlie: PersonCaller) -> None:
    path = f"/intents/{decided.intent_id}/evidence"
    assert shop.get(path).status == 403
    assert bob.get(path).status == 403
    assert charlie.get(path).status == 404
