"""Tries to post something to somebody's URL."""

from django.db import models

from intents.kernel.models import Row

LONGEST_ANSWER = 2048


class Attempt(Row):
    """The `number`th try to post the message `message_id`. `status` is that of the answer and `answer` the beginning of its
    body; without an answer `fault` is why, as of the connector. `warning` tells what was wrong with an answer that counts.
    `retry_at` is when the next try was due, null after the last."""

    message_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    ended_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    fault = models.CharField(max_length=16, null=True)
    answer = models.TextField(null=True)
    warning = models.TextField(null=True)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message_id", "number"], name="attempt_once")]

    def __str__(self) -> str:
        return f"{self.message_id} #{self.number}: {self.status or self.fault}"
