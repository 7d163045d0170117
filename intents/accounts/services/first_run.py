"""The first owner of a fresh server, made by whoever can read its log."""

from django.utils.crypto import salted_hmac
from django.utils.text import slugify

from intents.accounts.models import User
from intents.accounts.services import tenancy
from intents.kernel import statements
from intents.kernel.actors import Role, System
from intents.kernel.errors import Conflict
from intents.kernel.unit_of_work import unit

ACTOR = System(name="setup")


def is_needed() -> bool:
    """Whether nobody is registered here yet."""
    return not User.objects.exists()


def code() -> str:
    """What setting up asks for. All processes of a server have the same; it is of no use once somebody is registered."""
    digest = salted_hmac("axme.first_run", "code", algorithm="sha256").hexdigest()
    return "-".join(digest[at : at + 4] for at in range(0, 16, 4))


@unit
def set_up(*, organization: str, workspace: str, email: str, name: str, password: str) -> User:
    """The first person, as the owner of a first workspace; `organization` and `workspace` are names. Of several at once one
    is the first, the others raise Conflict."""
    statements.rows("SELECT pg_advisory_xact_lock(hashtextextended('axme.first_run', 0))", ())
    if not is_needed():
        raise Conflict("this server is set up already; sign in, or ask its owner to invite you")
    user = tenancy.create_person(actor=ACTOR, email=email, name=name, password=password)
    at = tenancy.create_organization(actor=ACTOR, slug=slug(organization), name=organization).object
    made = tenancy.create_workspace(actor=ACTOR, organization=at, slug=slug(workspace), name=workspace).object
    tenancy.set_member(actor=ACTOR, workspace=made, user=user, role=Role.OWNER)
    return user


def slug(name: str) -> str:
    """The part of addresses that stands for `name`, which may be of letters that addresses cannot have."""
    plain = slugify(name)[:120].strip("-_").replace("_", "-")
    return plain if len(plain) > 1 else "main"
