"""Scenarios as they were applied, their runs, and each step that a run went through."""

from django.db import models
from django.db.models import Q

from intents.accounts.models.people import User
from intents.accounts.models.tenancy import Workspace
from intents.engine.models import Intent
from intents.kernel.models import Row


class ScenarioVersion(Row):
    """A version of a scenario, written once: another document is another version. `program` is what the server made of the
    `document`, both JSON texts, without what one run brings: its payload and deadline. `digest` tells documents apart."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    scenario_id = models.CharField(max_length=255)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=255)
    digest = models.BinaryField(max_length=32)
    document = models.TextField()
    program = models.TextField()
    created_by = models.CharField(max_length=383)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # The newest version of a scenario; and no two are called the same.
            models.UniqueConstraint(fields=["workspace", "scenario_id", "version"], name="scenario_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scenario_id} v{self.version}"


class ScenarioDraft(Row):
    """What a person writes: the `text` of a document that is no version yet, and may be no JSON yet. `base` is the version
    of `scenario_id` that it was begun from, 0 for a new scenario; `revision` counts its changes, of which the page `window`
    made the last. `tried` is canonical JSON of how its last try went, `title` what the document is called, or was while it
    was JSON last."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    scenario_id = models.CharField(max_length=255, default="")
    base = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=255, default="", db_default="")
    text = models.TextField()
    revision = models.PositiveIntegerField(default=1)
    window = models.CharField(max_length=36, default="")
    tried = models.TextField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            # A person has one draft of a scenario.
            models.UniqueConstraint(
                fields=["workspace", "user", "scenario_id"], condition=Q(base__gt=0), name="scenario_draft_once"
            ),
        ]
        # The drafts of a person, newest first.
        indexes = [models.Index(fields=["workspace", "user", "-changed_at"], name="scenario_drafts_of")]

    def __str__(self) -> str:
        return f"draft of {self.scenario_id or 'a new scenario'}"


class ScenarioRun(models.Model):
    """A run of a version: an intent that the server carries on. `applied_by` is the email address of the person who applied
    it where approvers alone would not include them, `defaults` canonical JSON of what the run says for all its steps."""

    intent = models.OneToOneField(Intent, models.CASCADE, primary_key=True, related_name="run", db_constraint=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False)
    version = models.ForeignKey(ScenarioVersion, models.PROTECT, related_name="runs", db_index=False)
    applied_by = models.CharField(max_length=254, default="")
    defaults = models.TextField(default="{}")

    class Meta:
        # The runs of a version, newest first.
        indexes = [models.Index(fields=["version", "-intent"], name="run_of_version")]

    def __str__(self) -> str:
        return f"run {self.intent_id}"

    def another(self, intent: Intent) -> "ScenarioRun":
        """A run as this one, not stored yet, that a new intent is."""
        return ScenarioRun(
            intent_id=intent.id,
            workspace_id=intent.workspace_id,
            version_id=self.version_id,
            applied_by=self.applied_by,
            defaults=self.defaults,
        )


class StepState(models.TextChoices):
    RETRYING = "retrying"
    """It is tried again when its time comes."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REUSED = "reused"
    """Another run did it, and this one goes on from there."""


UNFINISHED = Q(state__in=[StepState.RETRYING, StepState.RUNNING])


class RunStep(Row):
    """A step that a run entered, once for each try. `number` counts them all, `attempt` the tries; `child_id` is the intent
    that does it. `result` and `error` are canonical JSON, what it ended with. At the end of a run from outside the step that
    it is at stays so."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False)
    run = models.ForeignKey(ScenarioRun, models.CASCADE, related_name="steps", db_constraint=False, db_index=False)
    number = models.PositiveIntegerField()
    step_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=32)
    attempt = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=16, choices=StepState.choices, default=StepState.RUNNING)
    child_id = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    result = models.TextField(null=True)
    error = models.TextField(null=True)

    class Meta:
        constraints = [
            # The steps of a run in order.
            models.UniqueConstraint(fields=["run", "number"], name="run_step_once"),
            # A run is at one step.
            models.UniqueConstraint(fields=["run"], condition=UNFINISHED, name="run_at_one_step"),
        ]
        # What an intent that is erased did.
        indexes = [models.Index(fields=["child_id"], condition=Q(child_id__isnull=False), name="run_step_of_child")]

    def __str__(self) -> str:
        return f"{self.step_id} of {self.run_id}"
