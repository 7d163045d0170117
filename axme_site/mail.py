"""The servers that mail goes to, which tell what they answered last as `answer`."""

import os
import smtplib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends import filebased, smtp


class _Answering:
    """An SMTP connection that keeps the answer to the last mail it sent."""

    last: tuple[int, bytes] = (0, b"")

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.last = super().data(msg)  # type: ignore[misc]
        return self.last


class _Plain(_Answering, smtplib.SMTP):
    pass


class _Tls(_Answering, smtplib.SMTP_SSL):
    pass


class Server(smtp.EmailBackend):
    """The mail server of EMAIL_URL."""

    answer = ""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _Tls if self.use_ssl else _Plain

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        opened = self.open()
        try:
            taken = super().send_messages(email_messages)
            if isinstance(self.connection, _Answering):
                code, said = self.connection.last
                self.answer = f"{code} {said.decode(errors='replace')}"
            return taken
        finally:
            if opened:
                self.close()


class Folder(filebased.EmailBackend):
    """Where mail goes while no mail server is set: into files that only this user can read."""

    answer = "kept in a file"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Mail holds links that set passwords.
        Path(settings.EMAIL_FILE_PATH).mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(*args, **kwargs)

    def open(self) -> bool:
        opened = bool(super().open())
        if opened:
            os.fchmod(self.stream.fileno(), 0o600)
        return opened
