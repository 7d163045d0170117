"""`manage.py backup FOLDER`: the database and the files of this server, while it runs."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from axme_site import backup
from axme_site.backup import BackupError


class Command(BaseCommand):
    help = "Write a backup into a new folder, and with --verify restore it into a database of its own to prove it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a new folder")
        parser.add_argument("--verify", action="store_true", help="restore it beside this database, check it, and drop that")

    def handle(self, *, folder: Path, verify: bool, **options: Any) -> None:
        try:
            with backup.database(alone=False):
                made = backup.make(folder, say=self.stdout.write)
                if verify:
                    backup.verify(folder, say=self.stdout.write)
        except BackupError as problem:
            raise CommandError(str(problem)) from None
        proved = ", restored and checked" if verify else ""
        self.stdout.write(f"{folder}: {sum(made.rows.values()):,} rows and {made.files:,} files as of {made.at}{proved}.")
        self.stdout.write("Keep SECRET_KEY, ENCRYPTION_KEYS and AUDIT_KEY apart from it: it does not hold them.")
