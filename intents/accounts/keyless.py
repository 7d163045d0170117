"""What a command line does that has no credential yet, but a secret or a code: it asks to be signed in, by an emailed code,
by a page that a signed-in person approves it on, or by both; it learns what came of it; and it refreshes what it carries.
The acting person is whoever the secret is of."""

import secrets as random
from datetime import timedelta
from enum import Enum, auto
from uuid import UUID

from django.utils.crypto import constant_time_compare

from intents.accounts import bearers, requirements, selectors, sign_in_codes
from intents.accounts.bearers import Carried
from intents.accounts.models import CommandLine, CommandLineGrant, GrantState
from intents.accounts.selectors import grants, places
from intents.accounts.services import command_lines
from intents.kernel import clock, secrets
from intents.kernel.actors import Author
from intents.kernel.errors import Conflict, Denied, Expired, InvalidActorToken, InvalidField, Missing
from intents.kernel.unit_of_work import unit

LASTS = timedelta(minutes=10)
MOST_TRIES = 5
"""So many wrong codes, and it is over."""
AGAIN = timedelta(seconds=30)
"""For so long an approved grant gives the same answer again: it may have been lost on its way."""
KEPT = timedelta(days=1)
"""How long what is over is kept."""
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Of codes that people compare: no vowels, so that they say nothing, and nothing that looks like a digit."""


@unit
def ask(*, email: str = "", device: str, address: str) -> tuple[CommandLineGrant, str]:
    """Let a command line ask to be signed in, and the secret by which it learns of the answer. With an `email`, a code goes
    there."""
    now, secret = clock.now(), secrets.new_token()
    letters = "".join(random.choice(LETTERS) for _each in range(8))
    code = f"{random.randbelow(10**6):06}"
    grant = CommandLineGrant(
        fingerprint=secrets.fingerprint(secret),
        user_code=f"{letters[:4]}-{letters[4:]}",
        email=email.strip().lower(),
        sealed=secrets.encrypt(code) if email else None,
        device=device,
        address=address,
        created_at=now,
        expires_at=now + LASTS,
    )
    grant.save(force_insert=True)
    if email:
        sign_in_codes.ask(grant, secret)
    return grant, secret


class _Tried(Enum):
    EXPIRED = auto()
    USED = auto()
    WRONG = auto()
    NEEDS_PAGE = auto()


def by_code(*, grant_id: UUID, code: str) -> tuple[CommandLine, Carried]:
    """Sign in by the emailed code. Who has a second step, or whose workspace wants an identity provider, approves it on the
    page of the link first. Raises Missing, Expired, Conflict when it was used, InvalidField when it is wrong, Denied."""
    match _by_code(grant_id=grant_id, code=code):
        case None:
            raise Missing("there is no such sign-in")
        case _Tried.EXPIRED:
            raise Expired("this code has expired; ask for another one")
        case _Tried.USED:
            raise Conflict("this code was used already")
        case _Tried.WRONG:
            raise InvalidField("code", "this is not the code in the email")
        case _Tried.NEEDS_PAGE:
            raise Denied(
                "this account has a second step: open the link in the email, approve the sign-in there, then enter the code"
            )
        case CommandLine() as line:
            return line, bearers.carried(line)


@unit
def _by_code(*, grant_id: UUID, code: str) -> CommandLine | _Tried | None:
    grant = grants.asked(grant_id, lock=True)
    if grant is None or not grant.email:
        return None
    if grant.state == GrantState.USED or grant.sealed is None:
        return _Tried.USED
    if grant.expires_at <= clock.now() or grant.tries >= MOST_TRIES or grant.state == GrantState.REFUSED:
        return _Tried.EXPIRED
    user = selectors.known_as(grant.email)
    right = constant_time_compare(secrets.decrypt(bytes(grant.sealed)), code.strip())
    if not right or user is None or not user.is_active or user.email_verified_at is None:
        grant.tries += 1
        grant.save(update_fields=["tries"])
        return _Tried.WRONG
    if grant.state == GrantState.PENDING:
        if selectors.authenticators(user).exists():
            return _Tried.NEEDS_PAGE
        grant.user = user
    return _use(grant)


def collect(*, secret: str) -> tuple[CommandLine, Carried] | None:
    """What came of a grant, None while nobody has approved it. Raises Missing, Expired, also when it was refused."""
    line = _collect(secret=secret)
    return None if line is None else (line, bearers.carried(line))


@unit
def _collect(*, secret: str) -> CommandLine | None:
    grant, now = grants.by_secret(secret, lock=True), clock.now()
    if grant is None:
        raise Missing("there is no such sign-in")
    if grant.state == GrantState.USED and grant.line is not None and grant.used_at and now - grant.used_at <= AGAIN:
        return grant.line
    if grant.state in (GrantState.USED, GrantState.REFUSED) or grant.expires_at <= now:
        raise Expired("this sign-in has expired, was refused, or was used already; ask anew")
    return _use(grant) if grant.state == GrantState.APPROVED else None


def _use(grant: CommandLineGrant) -> CommandLine:
    """Raises Denied when no workspace lets the person in like this."""
    user = grant.user
    assert user is not None
    found = places.of(user.id, provider=grant.provider)
    place = next((one for one in found if not one.lacks and grant.workspace_id in (None, one.workspace_id)), None)
    if place is None:
        lacks = next((one.lacks for one in found if one.lacks), "")
        raise Denied(requirements.refusal(lacks) if lacks else "no workspace lets you in")
    line = command_lines.begin(
        actor=Author(label=user.email),
        user=user,
        place=place,
        provider=grant.provider,
        device=grant.device,
        address=grant.address,
    )
    grant.state, grant.user, grant.line, grant.used_at, grant.sealed = GrantState.USED, user, line, clock.now(), None
    grant.save(update_fields=["state", "user", "line", "used_at", "sealed"])
    return line


def refresh(*, refresh_token: str) -> Carried:
    """What the command line carries from now on; what it was refreshed with is worth nothing any more, and the session ends
    when it comes again. Raises InvalidActorToken."""
    session_id = bearers.named_in(refresh_token)
    done = _refresh(session_id=session_id, refresh_token=refresh_token) if session_id else None
    if done is None:
        raise InvalidActorToken("this session has ended, or this is not its token any more: sign in again")
    return done


@unit
def _refresh(*, session_id: UUID, refresh_token: str) -> Carried | None:
    line = places.line(session_id, lock=True)
    if line is None or (given := bearers.generation_of(line, refresh_token)) is None:
        return None
    now = clock.now()
    if given == line.generation:
        line.generation, line.refreshed_at = line.generation + 1, now
        line.save(update_fields=["generation", "refreshed_at"])
        line.token.expires_at = now + command_lines.LASTS
        line.token.save(update_fields=["expires_at"])
    elif given != line.generation - 1 or now - line.refreshed_at > AGAIN:
        # Somebody else has it: which of the two is the thief nobody knows.
        by = Author(label=line.token.user.email)
        command_lines.end(actor=by, lines=[line], reason="a token to refresh with came twice")
        return None
    return bearers.carried(line)


def prune() -> None:
    """Forget what was asked for, and tickets, that are long over."""
    before = clock.now() - KEPT
    grants.over(before).delete()
    grants.tickets_over(before).delete()
