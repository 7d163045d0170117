"""`manage.py restore FOLDER`: make this server's database and files those of a backup."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from axme_site import backup
from axme_site.backup import BackupError


class Command(BaseCommand):
    help = "Restore a backup into an empty database, or with --replace over what it holds; or only --verify it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="what `manage.py backup` wrote")
        parser.add_argument("--replace", action="store_true", help="lose what the database holds now")
        parser.add_argument("--other-keys", action="store_true", help="go on although what is encrypted cannot be read")
        parser.add_argument("--verify", action="store_true", help="change nothing: restore beside the database only")

    def handle(self, *, folder: Path, replace: bool, other_keys: bool, verify: bool, **options: Any) -> None:
        try:
            with backup.database(alone=not verify):
                if verify:
                    made = backup.verify(folder, say=self.stdout.write)
                else:
                    made = backup.restore(folder, replace=replace, other_keys=other_keys, say=self.stdout.write)
        except BackupError as problem:
            raise CommandError(str(problem)) from None
        if verify:
            self.stdout.write(f"{folder} can be restored: every row, rule, history and file is as it was at {made.at}.")
            return
        self.stdout.write(f"This server is as it was at {made.at}. Start it: what fell due since then is done once.")
