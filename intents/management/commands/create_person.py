"""`manage.py create_person alice@example.com --workspace myorg/production --role owner`."""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import CommandError, CommandParser
from django.core.validators import validate_email

from intents.accounts import selectors as accounts
from intents.accounts.services import tenancy
from intents.kernel.actors import Role
from intents.management import setup
from intents.management.setup import ACTOR, SetupCommand


class Command(SetupCommand):
    help = "Give a person a role in a workspace, in place of any they had there. Somebody new gets a password, printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        setup.add_workspace(parser)
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--name", default="", help="how pages name somebody new")

    def handle(self, *, email: str, workspace: str, role: str, name: str, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no email address") from None
        into = setup.workspace(workspace)
        known = accounts.known_as(email.lower())
        password = secrets.token_urlsafe(15)
        user = known or tenancy.create_person(actor=ACTOR, email=email, name=name, password=password)
        tenancy.set_member(actor=ACTOR, workspace=into, user=user, role=Role(role))
        self.tell(f"{user} is {role} of {into}.")
        if known is None:
            self.tell("Their password:")
            self.show_secret(password)
