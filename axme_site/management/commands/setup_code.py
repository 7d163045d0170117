"""`manage.py setup_code`: how a fresh server is set up, for whoever starts it."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.urls import reverse

from intents.accounts.services import first_run


class Command(BaseCommand):
    help = "Tell where this server is set up and the code that is asked for there, while nobody is registered yet."

    def handle(self, *args: Any, **options: Any) -> None:
        if first_run.is_needed():
            where = f"{settings.BASE_URL}{reverse('setup')}"
            self.stdout.write(f"Nobody is registered yet. Set this server up at {where} with the code {first_run.code()}")
        else:
            self.stdout.write("This server is set up: people come by invitation.")
