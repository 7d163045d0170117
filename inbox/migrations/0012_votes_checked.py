"""The reasons why decisions are void are checked in all rows, while others write."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inbox", "0011_votes")]

    operations = [ValidateConstraint("decision", "decision_void_has_reason")]
