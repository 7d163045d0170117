"""Celery's entry points. Each looks whether something is due; a doubled or lost call does no harm."""

from celery import shared_task

from inbox.notifications.services import conversations, fan_out, posts
from inbox.operations import counting, numbers
from inbox.operations.bulk import runner
from inbox.tasks.services import missing, out_of_office, unroutable


@shared_task(ignore_result=True)
def alarm() -> None:
    """Every minute: see to those who go out of office and come back, alert owners to tasks that reach nobody, and see to
    those that reach too few, and to chats that ask what is over. Queued under this name by beat, of other versions too."""
    missing.look(actor=missing.SERVER)
    unroutable.alert()
    out_of_office.tend()
    posts.tend(actor=missing.SERVER)


@shared_task(ignore_result=True)
def prune() -> None:
    """Every hour: forget notices, answers in chats and bulks that nobody will look at any more, and how many large lists
    hold."""
    fan_out.prune()
    conversations.prune(actor=missing.SERVER)
    runner.prune()
    counting.prune()


@shared_task(ignore_result=True)
def carry_out(seconds: float) -> None:
    """Every few seconds: carry out the bulks that were ordered, for some time at most, and keep what searches read."""
    numbers.keep_now_and_then(seconds)
    runner.work(seconds)
