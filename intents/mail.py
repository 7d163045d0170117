"""Mail to people. It is sent where it is asked for, on the threads that may wait: it is never the only way to anything."""

from smtplib import SMTPException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

log = structlog.get_logger()


def send(to: str, template: str, context: dict[str, Any]) -> bool:
    """Send the mail of the templates `<template>_subject.txt` and `<template>_message.txt`. Whether a server took it."""
    known = {"base_url": settings.BASE_URL} | context
    subject = " ".join(render_to_string(f"{template}_subject.txt", known).split())
    return deliver(EmailMessage(subject, render_to_string(f"{template}_message.txt", known).strip() + "\n", to=[to]))


def deliver(message: EmailMessage) -> bool:
    """Whether a server took it; why not is in the log."""
    try:
        message.send()
    except (OSError, SMTPException) as error:
        # Its name alone: messages of mail servers quote addresses.
        log.error("mail_failed", error=type(error).__name__)
        return False
    return True
