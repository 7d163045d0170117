"""Many people at once on tasks that take several: each votes by one of the ways there are, some by two at once."""

import json
import random
import sys
from collections import Counter, defaultdict
from functools import partial
from typing import Any
from uuid import UUID

from inbox.tasks import votes
from inbox.tasks.votes import Vote
from tests.load import checks, quick
from tests.load.decisions import Asked, Person, signed_in, succeeded
from tests.load.quick import Crowd, Wish
from tests.load.sites import ORGANIZATION, Scaled
from tests.load.trouble import Tell, quiet

PEOPLE = 10
AT_ONCE = 20
"""Tasks that are voted on at any time, each by all in one moment."""
BATCH = 100
SECOND_TAB = 0.1

_ENDS = """
SELECT t.id::text, t.state, t.outcome, t.ballot, i.status,
       (SELECT count(*) FROM intents_intentevent e WHERE e.intent_id = i.id AND e.details::jsonb ? 'decision'),
       (SELECT json_agg(json_build_array(d.person_id, d.outcome, d.final, d.void_reason, d.counts_for))
        FROM inbox_decision d WHERE d.task_id = t.id)
FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id WHERE i.mailbox = %s
"""


def voters(site: Scaled, count: int = PEOPLE) -> list[Person]:
    """Approvers who are made for this, each with a token, and signed in."""
    emails = [f"voter-{number}@myorg.example" for number in range(count)]

    def told(verb: str, *more: str) -> list[str]:
        """The secret that a command shows of each, the one line without blanks."""
        program = [sys.executable, "manage.py", verb]
        running = [site.run(verb, [*program, email, "--workspace", ORGANIZATION, *more]) for email in emails]
        for one in running:
            assert one.wait() == 0, one.output
        return [next(line for line in one.output.splitlines() if line and " " not in line) for one in running]

    passwords, tokens = told("create_person", "--role", "approver"), told("create_token", "--name", "votes")
    return [
        Person(email, token, *signed_in(site, email, password))
        for email, password, token in zip(emails, passwords, tokens, strict=True)
    ]


def _quorum(chance: random.Random) -> Any:
    approve = chance.choice([chance.randint(1, PEOPLE), "all", "any", f"{chance.randint(1, 10) * 10}%"])
    return {"approve": approve, "reject": chance.randint(2, PEOPLE)}


def _way(chance: random.Random, one: Person, asked: Asked) -> tuple[str, Wish]:
    """One vote of one person: its kind, and the request."""
    outcome = chance.choice(["approved", "approved", "rejected"])
    verdict = {"decision": {"approved": "approve", "rejected": "reject"}[outcome]}
    ways = {
        "decide": one.calls(f"/v1/tasks/{asked.task}/decide", {"outcome": outcome}),
        "decide by its intent": one.calls(f"/v1/approvals/{asked.intent}/decision", verdict),
        "decide by resuming": one.calls(f"/v1/intents/{asked.intent}/resume", {"task_result": {"outcome": outcome}}),
        "decide on the page": one.sends(f"/inbox/{asked.task}/decide", outcome=outcome, payload_digest=asked.digest),
    }
    kind = chance.choice(list(ways))
    return kind, ways[kind]


class Polls:
    """Has tasks voted on and remembers how many votes each took."""

    def __init__(self, site: Scaled, crowd: Crowd, who: list[Person], chance: random.Random) -> None:
        self.taken: dict[str, int] = {}
        """By task."""
        self.calls: Counter[str] = Counter()
        self.address = site.address()
        self._site, self._crowd, self._who, self._chance = site, crowd, who, chance

    async def ask(self, count: int) -> list[Asked]:
        """Tasks that all of the people are asked."""
        emails = [one.email for one in self._who]
        asked = {"title": "May we?", "assignees": emails}
        item = {"intent_type": "test.vote.v1", "to_agent": self.address, "payload": {}}
        items = [item | {"human_task": asked | {"quorum": _quorum(self._chance)}} for _ in range(count)]
        body = {"intents": items}
        batch = await self._crowd.ask(quick.post("/v1/intents/batch", body, {"x-api-key": self._site.api_key}))
        ids = [one["intent_id"] for one in batch.json()["intents"]]
        query = "SELECT intent_id::text, id::text, encode(digest, 'hex') FROM inbox_task WHERE intent_id = ANY(%s::uuid[])"
        return [Asked(*row, midway=False) for row in self._site.rows(query, ids)]

    async def vote(self, asked: Asked) -> None:
        """All vote in one moment, now and then somebody in two tabs."""
        twice = [one for one in self._who if self._chance.random() < SECOND_TAB]
        calls = [_way(self._chance, one, asked) for one in [*self._who, *twice]]
        self._chance.shuffle(calls)
        answers = await self._crowd.at_once([call for _, call in calls])
        self.taken[asked.task] = sum(
            succeeded(kind, asked, answer) for (kind, _), answer in zip(calls, answers, strict=True)
        )
        self.calls.update(kind for kind, _ in calls)


def many_votes(site: Scaled, *, votes: int, seed: int, tell: Tell = quiet) -> dict[str, Any]:
    """At least so many votes on tasks that take several people. Every vote that was accepted is on record and no other,
    each person is counted once, and a task has one outcome, given by the vote that settled it, or none."""
    chance = random.Random(seed)
    who = voters(site)

    async def run(crowd: Crowd) -> Polls:
        made = Polls(site, crowd, who, chance)
        while sum(made.calls.values()) < votes:
            asked = await made.ask(BATCH)
            await quick.several([partial(made.vote, one) for one in asked], AT_ONCE)
            tell(f"{sum(made.calls.values())} votes of {votes}")
        return made

    made: Polls = quick.crowded(site.urls, run)
    mailbox = checks.mailbox(made.address)
    held = "SELECT count(*) FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id WHERE i.mailbox = %s AND"
    checks.eventually(lambda: site.rows(f"{held} t.state = 'held'", mailbox) == [(0,)], "nothing is held any more")
    able = {row[0] for row in site.rows("SELECT id FROM intents_user WHERE email = ANY(%s)", [one.email for one in who])}
    assert len(able) == PEOPLE
    ends = site.rows(_ENDS, mailbox)
    assert len(ends) == len(made.taken)
    found: dict[str, int] = defaultdict(int)
    for task, *told in ends:
        found[_counted(task, made.taken[task], able, *told)] += 1
    checks.nothing_is_broken(site)
    taken = sum(made.taken.values())
    return {"tasks": len(ends), "people": PEOPLE, "calls": dict(made.calls), "votes_taken": taken, "ends": dict(found)}


def _counted(
    task: str,
    taken: int,
    able: set[UUID],
    state: str,
    outcome: str | None,
    ballot_text: str,
    status: str,
    told: int,
    rows: list[Any] | None,
) -> str:
    """Replay what is on record of a task by the rules alone. Returns how it ended."""
    shown = json.dumps([task, taken, state, outcome, ballot_text, status, told, rows])
    every = [(UUID(person), *row) for person, *row in rows or ()]
    assert len(every) == taken, shown
    assert {reason for *_, reason, _ in every} <= {None, "changed"}, shown
    kept = sorted((row for row in every if row[3] is None), key=lambda row: row[2])  # the one that settled it comes last
    ballot = votes.loads(ballot_text)
    assert {person for person, *_ in kept} <= able, shown
    assert {person: said for person, said, *_ in kept} == {user: one.outcome for user, one in ballot.votes.items()}, shown
    assert len(kept) == len(ballot.votes), shown
    again, settled = votes.anew(ballot, revision=ballot.revision), []
    for person, said, *_ in kept:
        again = again.with_vote(person, Vote(person, said, votes.is_against("approval", said)))
        settled.append(again.settled_by(person, able=able))
    assert settled == [final for _, _, final, *_ in kept], shown
    assert sum(settled) <= 1, shown
    assert (state, told, status) == (("decided", 1, "COMPLETED") if any(settled) else ("open", 0, "WAITING")), shown
    assert outcome == (kept[-1][1] if any(settled) else None), shown
    return outcome or "open"
