"""Celery's entry points. Each looks whether something is due; a doubled or lost call does no harm."""

from celery import shared_task

from inbox.notify import sender
from inbox.services import alarming, notifying


@shared_task(ignore_result=True)
def notify() -> None:
    sender.work()


@shared_task(ignore_result=True)
def alarm() -> None:
    alarming.alarm()


@shared_task(ignore_result=True)
def prune() -> None:
    notifying.prune()
