"""Where mail goes while no mail server is set: into files that only this user can read."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends import filebased


class Folder(filebased.EmailBackend):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Mail holds links that set passwords.
        Path(settings.EMAIL_FILE_PATH).mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(*args, **kwargs)
