import django.db.models.deletion
from django.db import migrations, models

FEW = "a workspace has at most 500 subscriptions: checked in milliseconds"


class Migration(migrations.Migration):
    dependencies = [("intents", "0050_sign_in")]

    safe_because = {
        "AddConstraint subscription.subscription_once": FEW,
        "AddConstraint subscription.subscription_of_completions_once": FEW,
    }

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="completions_of",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="intents.agent",
            ),
        ),
        migrations.RemoveConstraint(model_name="subscription", name="subscription_once"),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(revoked_at__isnull=True, completions_of=None),
                fields=("workspace", "owner_agent", "callback_url"),
                name="subscription_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(revoked_at__isnull=True),
                fields=("completions_of",),
                name="subscription_of_completions_once",
            ),
        ),
    ]
