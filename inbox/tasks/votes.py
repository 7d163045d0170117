"""The rules of voting: when the votes of several people settle what they were asked. Nothing here touches a database.

Counted are people, each once: a delegate's vote is that of whom they stand in for. Outcomes that refuse are counted
together, of all others each by itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.vocabulary.kinds import is_negative, kind_of
from intents.kernel import canonical
from intents.kernel.clock import rfc3339


@dataclass(frozen=True, slots=True)
class Vote:
    """`by` voted; `against` when it counts as a refusal. `asked_as` is what the request calls whom it counts for, where it
    names them."""

    by: UUID
    outcome: str
    against: bool
    asked_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """What is voted on now: a stage of a task, counted from 0, of `stages`; `turn` counts the stages that have begun, also
    again. `approve` and `reject` are how many votes it takes, fixed when it began. `waiting` are the names of whom it was
    put to, each with their users where one of each must agree (`seats`). `required` must be among those who agree. `people`
    are all whom it was put to, also those who could not vote. `votes`
    are by the user that each counts for. `short` is how many people are lacking, once that was noticed; `until` when the
    wait ends, whatever the time of a stage is."""

    stage: int = 0
    stages: int = 1
    turn: int = 0
    revision: int = 1
    name: str | None = None
    approve: int = 1
    reject: int = 1
    asked: int = 1
    waiting: tuple[str, ...] = ()
    seats: tuple[tuple[UUID, ...], ...] = ()
    required: tuple[UUID, ...] = ()
    people: tuple[UUID, ...] = ()
    votes: Mapping[UUID, Vote] = field(default_factory=dict)
    short: int = 0
    until: datetime | None = None

    @property
    def in_favour(self) -> dict[UUID, Vote]:
        return {user: one for user, one in self.votes.items() if not one.against}

    @property
    def against(self) -> dict[UUID, Vote]:
        return {user: one for user, one in self.votes.items() if one.against}

    @property
    def voted(self) -> list[UUID]:
        """Those whom nobody needs to ask any more."""
        return sorted({*self.votes, *(one.by for one in self.votes.values())})

    @property
    def is_last(self) -> bool:
        return self.stage + 1 >= self.stages

    @property
    def given(self) -> int:
        """How many of `approve` there are; of several outcomes, of the one that has the most."""
        outcomes = {one.outcome for one in self.in_favour.values()}
        return max((self._count(self._who(outcome)) for outcome in outcomes), default=0)

    def with_vote(self, user: UUID, vote: Vote) -> "Ballot":
        """`vote` counts for `user`, in the place of any earlier one of either."""
        kept = {one: was for one, was in self.votes.items() if one != user and was.by != vote.by}
        return replace(self, votes=kept | {user: vote})

    def without(self, user: UUID) -> "Ballot":
        return replace(self, votes={one: vote for one, vote in self.votes.items() if one != user})

    def settled_by(self, user: UUID, *, able: Collection[UUID]) -> bool:
        """Whether the vote of `user`, which is counted, settles it. `able` are those who could still vote."""
        vote = self.votes[user]
        if not vote.against:
            return self._enough(self._who(vote.outcome))
        left = self._left(able)
        return len(self.against) >= self.reject or (not self._enough(left) and self._enough([*left, *self.against]))

    def settled_in_favour(self) -> UUID | None:
        """The user whose vote is the last of those by which it is settled already."""
        for vote in reversed(self.in_favour.values()):
            who = self._who(vote.outcome)
            if self._enough(who):
                return who[-1]
        return None

    def is_possible(self, able: Collection[UUID]) -> bool:
        """Whether there can still be enough agreement, if all who are `able` give theirs."""
        return self._enough(self._left(able))

    def lacking(self, able: Collection[UUID]) -> int:
        """How many people more it would take."""
        left = self._left(able)
        return max(self.approve - self._count(left), len(set(self.required) - set(left)), 0)

    def with_short(self, short: int) -> "Ballot":
        return replace(self, short=short)

    def waits_for(self) -> list[str]:
        """The names of those who have not agreed yet, of those whom it was put to. Who was named and has voted is waited for
        no more; a group or a role is, until it is settled."""
        if not self.seats:
            heard = {one.asked_as for one in self.votes.values()}
            return [name for name in self.waiting if name not in heard]
        taken = seated(self.seats, list(self.in_favour))
        return [name for place, name in enumerate(self.waiting) if place not in taken]

    def called(self, user: UUID, email: str) -> str | None:
        """What the request calls a user of that address, where it names them and no group or role."""
        return next((name for name in self.waiting if name.strip().lower() in (email.lower(), str(user))), None)

    def missing(self, able: Collection[UUID]) -> list[UUID]:
        """Those whom it was put to who have not voted and cannot any more."""
        return [one for one in self.people if one not in able and one not in self.votes]

    def with_seated(self, users: Sequence[UUID]) -> "Ballot":
        """`users` may take any seat that nobody has taken yet."""
        taken = seated(self.seats, list(self.in_favour))
        seats = ((*was, *users) if place not in taken else was for place, was in enumerate(self.seats))
        return replace(self, seats=tuple(seats))

    def with_approver(self, user: UUID, name: str, *, needed: bool) -> "Ballot":
        """One more is asked, called `name`, whose agreement is `needed` beside the others', or is one of theirs."""
        new = user not in self.people
        ballot = replace(self, asked=self.asked + new, people=(*self.people, user) if new else self.people)
        if needed and self.seats and user not in self.required:
            seats = (*self.seats, (user,))
            return replace(ballot, seats=seats, waiting=(*self.waiting, name), approve=len(seats), asked=len(seats))
        if (new or needed) and not self.seats and name not in self.waiting:
            ballot = replace(ballot, waiting=(*self.waiting, name))
        if not needed or user in self.required:
            return ballot
        return replace(ballot, approve=self.approve + new, required=(*self.required, user))

    def with_substitutes(self, managers: Mapping[UUID, UUID]) -> "Ballot":
        """`managers` in the places of others."""
        return replace(
            self,
            people=tuple(dict.fromkeys(managers.get(one, one) for one in self.people)),
            required=tuple(dict.fromkeys(managers.get(one, one) for one in self.required)),
            seats=tuple(
                tuple(dict.fromkeys((*users, *(managers[one] for one in users if one in managers)))) for users in self.seats
            ),
        )

    def with_names(self, names: Mapping[str, str]) -> "Ballot":
        """It waits for `names`, by those in whose places they are; an empty one is waited for no more, unless a seat is left
        that another may take."""
        if self.seats:
            return replace(self, waiting=tuple(names.get(one.strip().lower()) or one for one in self.waiting))
        waiting = (names.get(one.strip().lower(), one) for one in self.waiting)
        return replace(self, waiting=tuple(dict.fromkeys(one for one in (*waiting, *names.values()) if one)))

    def without_missing(self, able: Collection[UUID]) -> "Ballot":
        """It takes no more than those who are left can give."""
        left = self._left(able)
        taken = sorted(seated(self.seats, left))
        seats = tuple(self.seats[place] for place in taken)
        return replace(
            self,
            approve=min(self.approve, len(seats) if self.seats else len(left)),
            required=tuple(one for one in self.required if one in left),
            people=tuple(one for one in self.people if one in able or one in self.votes),
            seats=seats,
            waiting=tuple(self.waiting[place] for place in taken) if self.seats else self.waiting,
            short=0,
        )

    def _left(self, able: Collection[UUID]) -> list[UUID]:
        return [*self.in_favour, *(one for one in able if one not in self.votes)]

    def _who(self, outcome: str) -> list[UUID]:
        return [user for user, one in self.votes.items() if one.outcome == outcome and not one.against]

    def _count(self, who: Sequence[UUID]) -> int:
        return len(seated(self.seats, who)) if self.seats else len(who)

    def _enough(self, who: Sequence[UUID]) -> bool:
        return self._count(who) >= self.approve and set(self.required) <= set(who)


def seated(seats: Sequence[Collection[UUID]], who: Sequence[UUID]) -> dict[int, UUID]:
    """The most seats that people take, each at most one: by augmenting paths."""
    taken: dict[int, UUID] = {}

    def seat(user: UUID, tried: set[int]) -> bool:
        for place, users in enumerate(seats):
            if user in users and place not in tried:
                tried.add(place)
                if place not in taken or seat(taken[place], tried):
                    taken[place] = user
                    return True
        return False

    for user in who:
        seat(user, set())
    return taken


def is_against(task_type: str, outcome: str) -> bool:
    """Whether an outcome counts as a refusal: it refuses, or is another than its kind's own yes, like asking for changes."""
    return is_negative(task_type, outcome) or outcome in kind_of(task_type).positive[1:]


def dumps(ballot: Ballot) -> str:
    """A ballot as its task keeps it."""
    return canonical.dumps(
        {
            "stage": ballot.stage,
            "stages": ballot.stages,
            "turn": ballot.turn,
            "revision": ballot.revision,
            "name": ballot.name,
            "approve": ballot.approve,
            "reject": ballot.reject,
            "asked": ballot.asked,
            "waiting": list(ballot.waiting),
            "seats": [[str(user) for user in users] for users in ballot.seats],
            "required": [str(user) for user in ballot.required],
            # A list, for the order in which they were given.
            "people": [str(user) for user in ballot.people],
            "votes": [
                {"for": str(user), "by": str(one.by), "outcome": one.outcome, "against": one.against, "as": one.asked_as}
                for user, one in ballot.votes.items()
            ],
            "short": ballot.short,
            "until": rfc3339(ballot.until) if ballot.until else None,
        }
    )


def loads(text: str) -> Ballot:
    """What `dumps` wrote."""
    told: dict[str, Any] = canonical.loads(text)
    votes = {
        UUID(one["for"]): Vote(UUID(one["by"]), one["outcome"], one["against"], one.get("as")) for one in told.pop("votes")
    }
    return Ballot(
        **told
        | {
            "waiting": tuple(told["waiting"]),
            "seats": tuple(tuple(UUID(user) for user in users) for users in told["seats"]),
            "required": tuple(UUID(user) for user in told["required"]),
            "people": tuple(UUID(user) for user in told["people"]),
            "votes": votes,
            "until": datetime.fromisoformat(told["until"]) if told["until"] else None,
        }
    )


def anew(ballot: Ballot, *, revision: int) -> Ballot:
    """A ballot for another revision of what is asked: nobody has agreed to that yet."""
    return replace(ballot, revision=revision, votes={})


def progress(ballot: Ballot) -> dict[str, Any]:
    """How far the voting is, as events and answers tell it; stages are counted from 1."""
    return {
        "stage": ballot.stage + 1,
        "stages": ballot.stages,
        "name": ballot.name,
        "approve": {"given": ballot.given, "needed": ballot.approve},
        "reject": {"given": len(ballot.against), "needed": ballot.reject},
        "asked": ballot.asked,
        "waiting_for": ballot.waits_for(),
        "short": ballot.short,
    }
