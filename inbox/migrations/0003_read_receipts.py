"""Read receipts by their name, in the models alone: the table keeps the name it has."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inbox", "0002_task_listed")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelTable("opened", "inbox_opened"),
                migrations.RenameModel("Opened", "ReadReceipt"),
            ],
        ),
    ]
