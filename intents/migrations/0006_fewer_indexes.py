"""Indexes of the workspace alone serve no query: those that begin with it do. Each cost a write on every hot path."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0005_search"),
    ]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="workspace",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"
            ),
        ),
        migrations.AlterField(
            model_name="idempotencyrecord",
            name="workspace",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
        ),
        migrations.AlterField(
            model_name="intent",
            name="workspace",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"),
        ),
        migrations.AlterField(
            model_name="intentbody",
            name="workspace",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"
            ),
        ),
        migrations.AlterField(
            model_name="intentevent",
            name="workspace",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"
            ),
        ),
        migrations.AlterField(
            model_name="timer",
            name="workspace",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"
            ),
        ),
        migrations.AlterField(
            model_name="wait",
            name="workspace",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"
            ),
        ),
    ]
