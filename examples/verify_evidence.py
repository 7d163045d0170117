#!/usr/bin/env python3
"""Verify the evidence of an intent, offline, with nothing but Python.

    python verify_evidence.py evidence.json --key 'inbox.example.com+1a2b3c4d+AX...'

`evidence.json` is the answer of GET /v1/intents/{id}/evidence; the key is what `manage.py audit_key` prints on the server:
get it once, by another way than the evidence. Without --key the one in the bundle is used, which proves nothing about who
wrote it.
`--checkpoint FILE` compares with checkpoints that were kept elsewhere: the file, or what was posted to AUDIT_URL.

Exits with 0 when everything is proved, 1 when anything was changed, 2 when the newest events are in no checkpoint yet.
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path

FORMAT = "axme.evidence.v1"
GENESIS = bytes(32)


class Changed(Exception):
    """What is not as it was written."""


def ensure(holds, what):
    if not holds:
        raise Changed(what)


def decoded(text):
    """The bytes of Base64 in its one form. Raises Changed."""
    raw = base64.b64decode(text, validate=True)
    ensure(base64.b64encode(raw).decode() == text, "this is no Base64")
    return raw


# Ed25519, RFC 8032: verification only, on points as (x, y) in affine form kept projective as (X, Y, Z, T).
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    minus, plus = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    both, z = 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = plus - minus, z - both, z + both, plus + minus
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def point(encoded):
    """The point that 32 bytes stand for. Raises ValueError."""
    number = int.from_bytes(encoded, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if y >= P:
        raise ValueError
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square or (x == 0 and sign):
        raise ValueError
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    try:
        key, r = point(public), point(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    (x1, y1, z1, _), (x2, y2, z2, _) = times(s, BASE), add(r, times(k, key))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


# Checkpoints, as C2SP writes them.
def parsed_key(text):
    """The name and the bytes of a key such as name+hash+base64. Raises Changed."""
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    raw = decoded(encoded)
    ensure(raw[:1] == b"\x01" and len(raw) == 33, "the key is no Ed25519 key")
    ensure(hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() == identity, "the key is not what its name says")
    return name, raw[1:]


def opened(note, key):
    """The size and root that a checkpoint signs. Raises Changed."""
    name, public = parsed_key(key)
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    lines = text.split("\n")
    ensure(len(lines) >= 4 and lines[0] == name, "the checkpoint is of another server than the key")
    mark = "\u2014 " + name + " "
    given = [decoded(line[len(mark) :]) for line in signatures.split("\n") if line.startswith(mark)]
    # Before a signature stands whose it is: the hash in the key's text.
    identity = bytes.fromhex(key.split("+")[1])
    signed = any(one[:4] == identity and is_signed(public, text.encode(), one[4:]) for one in given)
    ensure(signed, "the checkpoint is not signed by the key")
    return int(lines[1]), decoded(lines[2])


def kept_notes(text):
    """The checkpoints of a file."""
    found, start, lines = [], 0, text.split("\n")
    for place, line in enumerate(lines):
        if line.startswith("\u2014 "):
            found.append("\n".join(lines[start : place + 1]).lstrip("\n") + "\n")
            start = place + 1
    return found


def root_of(leaf, index, size, proof):
    """The root of a tree of `size` leaves, one of which is `leaf`, by its proof (RFC 9162, 2.1.3.2)."""
    at, last, node = index, size - 1, leaf
    for one in proof:
        ensure(last > 0, "a proof is too long")
        if at & 1 or at == last:
            node = hashlib.sha256(b"\x01" + one + node).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + one).digest()
        at, last = at >> 1, last >> 1
    ensure(last == 0, "a proof is too short")
    return node


# The history of the intent.
def event_hash(intent_id, event, prev):
    lines = (
        "axme.event.v1",
        prev.hex(),
        intent_id,
        str(event["seq"]),
        event["event_type"],
        event["status"],
        event["waiting_reason"] or "",
        event["handler"] or "",
        event["actor"],
        event["at"],
        event["digest"],
    )
    return hashlib.sha256("\n".join(lines).encode()).digest()


def is_redacted(intent_id, event, key):
    """Whether the server signed that of an event it replaced nothing but a person's address."""
    if event.get("redaction") is None:
        return False
    lines = (
        "axme.redaction.v1",
        event["hash"],
        event["prev_hash"],
        intent_id,
        str(event["seq"]),
        event["event_type"],
        event["status"],
        event["waiting_reason"] or "",
        event["handler"] or "",
        event["actor"],
        event["at"],
        event["digest"],
        "" if event["details"] is None else hashlib.sha256(event["details"].encode()).hexdigest(),
        event["redaction"]["at"],
    )
    text = "".join(f"{line}\n" for line in lines)
    return is_signed(parsed_key(key)[1], text.encode(), bytes.fromhex(event["redaction"]["signature"]))


def check_history(bundle, key):
    """The chain of events, and that the intent is what its last event says."""
    intent, prev = bundle["intent"], GENESIS
    ensure(bundle["events"], "there are no events")
    for place, event in enumerate(bundle["events"], 1):
        ensure(event["seq"] == place, f"event {place} is missing or moved")
        redacted = is_redacted(intent["intent_id"], event, key)
        if event["details"] is not None and not redacted:
            salted = bytes.fromhex(event["salt"] or "") + event["details"].encode()
            ensure(hashlib.sha256(salted).hexdigest() == event["digest"], f"the details of event {place} were changed")
        ensure(event["prev_hash"] == prev.hex(), f"event {place} does not follow the one before")
        computed = event_hash(intent["intent_id"], event, prev)
        prev = bytes.fromhex(event["hash"])
        ensure(prev == computed or redacted, f"event {place} was changed")
    last = bundle["events"][-1]
    same = (intent["seq"], intent["last_hash"], intent["status"]) == (last["seq"], last["hash"], last["status"])
    ensure(same, "the intent is not what its last event says")


def check_erasure(bundle, key):
    """That what is gone was erased by the server, as it signed: the decisions that were kept. None when all is there."""
    erasure, intent = bundle.get("erasure"), bundle["intent"]
    gone = bundle["payload"] is None or any(event["details"] is None for event in bundle["events"])
    if erasure is None:
        ensure(not gone, "something is gone, and nothing says that it was erased")
        return None
    lines = (
        "axme.erasure.v1",
        erasure["intent_id"],
        erasure["workspace_id"],
        erasure["status"],
        str(erasure["seq"]),
        erasure["last_hash"],
        erasure["at"],
        erasure["by"],
        erasure["reason"],
        hashlib.sha256(erasure["kept"].encode()).hexdigest(),
        erasure["removed_at"] or "",
    )
    public = parsed_key(key)[1]
    text = "".join(f"{line}\n" for line in lines)
    ensure(is_signed(public, text.encode(), bytes.fromhex(erasure["signature"])), "the erasure is not signed by the key")
    same = (intent["intent_id"], intent["seq"], intent["last_hash"], intent["status"])
    ensure(tuple(erasure[name] for name in ("intent_id", "seq", "last_hash", "status")) == same, "another intent was erased")
    ensure(bundle["payload"] is None, "what was erased is there")
    ensure(all(event["details"] is None for event in bundle["events"]), "what was erased is there")
    return json.loads(erasure["kept"])["decisions"]


def check_kept_tasks(bundle, decisions):
    """That each task's decision is the one that was kept when the rest was erased."""
    kept = {one["decision"]["task_id"]: one for one in decisions}
    tasks = {task["task_id"]: task for task in bundle["tasks"]}
    ensure(len(tasks) == len(bundle["tasks"]), "a task is there twice")
    ensure(set(kept) <= set(tasks), "a task that was decided is missing")
    for task_id, task in tasks.items():
        ensure(task["shown"] is None, "what was erased is there")
        made = [one for one in task["decisions"] if one["void_at"] is None]
        ensure((task_id in kept) == bool(made), f"the decision of {task_id} is missing")
        if made:
            (one,), found = made, kept[task_id]
            for name in ("revision", "digest", "outcome", "authority", "channel"):
                ensure(one[name] == found["decision"][name], f"the {name} of the decision of {task_id} was changed")
            ensure(one["delegated_by"] == found["decision"].get("delegated_by"), f"the delegate of {task_id} was changed")
            event = bundle["events"][found["seq"] - 1]
            ensure((found["actor"], found["at"]) == (event["actor"], event["at"]), f"the decision of {task_id} was moved")
            ensure(one["person"] == event["actor"], f"the decision of {task_id} is by somebody else")
            ensure(one["digest"] == task["digest"], f"the decision of {task_id} was made on something else")
            ensure(one["at"] <= event["at"], f"the decision of {task_id} is later than its effect")
            ensure(not one["comment"] and one["data"] is None, "what was erased is there")


def check_payload(bundle):
    """That the payload is the one that was submitted. Returns its digest."""
    first = json.loads(bundle["events"][0]["details"] or "{}")
    digest = hashlib.sha256(bytes.fromhex(bundle["payload_salt"]) + bundle["payload"].encode()).hexdigest()
    ensure(first.get("payload_sha256") in (None, digest), "the payload was changed")
    return digest


def check_tasks(bundle, payload_digest):
    """That each decision that is on record is in the history, on what people were shown."""
    recorded = {}
    for event in bundle["events"]:
        decision = json.loads(event["details"] or "{}").get("decision")
        if decision:
            recorded[decision["task_id"]] = (decision, event)
    tasks = {task["task_id"]: task for task in bundle["tasks"]}
    ensure(len(tasks) == len(bundle["tasks"]), "a task is there twice")
    ensure(set(recorded) <= set(tasks), "a task that was decided is missing")
    for task_id, task in tasks.items():
        ensure(
            hashlib.sha256(task["shown"].encode()).hexdigest() == task["digest"], f"what was shown of {task_id} was changed"
        )
        seen = json.loads(task["shown"])
        ensure(seen["payload_sha256"] == payload_digest, f"the task {task_id} showed another payload")
        same = (task_id, task["revision"], task["policy"]["spec"]["risk"])
        ensure((seen["task_id"], seen["revision"], seen["risk"]) == same, f"the task {task_id} was changed")
        ensure(
            all(task["policy"]["spec"].get(name) == value for name, value in seen["asked"].items()),
            f"the policy of {task_id} is not the one that was shown",
        )
        made = [one for one in task["decisions"] if one["void_at"] is None]
        ensure((task_id in recorded) == bool(made) or task["state"] == "held", f"the decision of {task_id} is missing")
        if task_id in recorded:
            decision, event = recorded[task_id]
            (one,) = made
            for name in ("revision", "digest", "outcome", "authority", "channel"):
                ensure(one[name] == decision[name], f"the {name} of the decision of {task_id} was changed")
            ensure(one["delegated_by"] == decision.get("delegated_by"), f"the delegate of {task_id} was changed")
            ensure(one["digest"] == task["digest"], f"the decision of {task_id} was made on something else")
            ensure(one["person"] == event["actor"], f"the decision of {task_id} is by somebody else")
            ensure(one["at"] <= event["at"], f"the decision of {task_id} is later than its effect")
            details = json.loads(event["details"])
            said = details.get("result") or details.get("resume", {}).get("task_result", {})
            ensure(said.get("comment") == one["comment"], f"the comment of the decision of {task_id} was changed")
            data = None if one["data"] is None else json.loads(one["data"])
            ensure(said.get("data") == data, f"the data of the decision of {task_id} were changed")


def check_log(bundle, key, notes):
    """That every event is in the signed tree. Returns how many are not yet."""
    log, missing = bundle["log"], 0
    ensure(len(log["leaves"]) == len(bundle["events"]), "a proof is missing")
    size, root = opened(log["checkpoint"], key) if log["checkpoint"] else (0, b"")
    for note in notes:
        kept_size, kept_root = opened(note, key)
        ensure(kept_size != size or kept_root == root, "the checkpoint is another one than the one that was kept")
    for event, leaf in zip(bundle["events"], log["leaves"], strict=True):
        if leaf is None:
            missing += 1
            continue
        ensure(not missing, "an earlier event is in no checkpoint")
        ensure(0 <= leaf["index"] < size, "a leaf is outside of the tree")
        entry = hashlib.sha256(b"\x00" + bytes.fromhex(event["hash"])).digest()
        proof = [decoded(one) for one in leaf["proof"]]
        ensure(root_of(entry, leaf["index"], size, proof) == root, f"event {event['seq']} is not in the signed tree")
    return missing


def verify(bundle, key=None, notes=()):
    """How many of the newest events are in no checkpoint yet. Raises Changed."""
    try:
        ensure(bundle["format"] == FORMAT, "this is no evidence of a known form")
        key = key or bundle["log"]["public_key"]
        check_history(bundle, key)
        decisions = check_erasure(bundle, key)
        if decisions is None:
            check_tasks(bundle, check_payload(bundle))
        else:
            check_kept_tasks(bundle, decisions)
        return check_log(bundle, key, notes)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise Changed(f"the evidence is not whole: {type(error).__name__} {error}") from None


def main():
    parser = argparse.ArgumentParser(description="Verify the evidence of an intent.")
    parser.add_argument("evidence")
    parser.add_argument("--key", help="the server's public key, as `manage.py audit_key` prints it")
    parser.add_argument("--checkpoint", help="a file of checkpoints that were kept elsewhere")
    given = parser.parse_args()
    bundle = json.loads(Path(given.evidence).read_text(encoding="utf-8"))
    notes = kept_notes(Path(given.checkpoint).read_text(encoding="utf-8")) if given.checkpoint else []
    try:
        missing = verify(bundle, given.key, notes)
    except Changed as error:
        print(f"CHANGED: {error}")
        return 1
    if not given.key:
        print("No --key: signed by the key that came along, whoever's that is.")
    if any(event.get("redaction") for event in bundle["events"]):
        print("REDACTED: the address of somebody who left was replaced.")
    if erasure := bundle.get("erasure"):
        why = {"retention": "by retention", "request": "on request"}.get(erasure["reason"], erasure["reason"])
        print(f"ERASED {why} on {erasure['at']} by {erasure['by']}: what the intent carried. The decisions were kept.")
    if missing:
        print(f"All that is proved holds. The newest {missing} of {len(bundle['events'])} events are in no checkpoint yet.")
        return 2
    print(f"All {len(bundle['events'])} events are as they were written and signed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
