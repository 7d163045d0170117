"""What can be done to many intents at once. Another action is a module beside these, and a line here."""

from inbox.operations.bulk.actions import cancel, reassign, replay, resume, retry, run_again, set_deadline, transfer
from inbox.operations.bulk.actions.action import BulkAction

ACTIONS: dict[str, BulkAction] = {
    action.name: action
    for action in (
        cancel.ACTION,
        retry.ACTION,
        run_again.ACTION,
        transfer.ACTION,
        resume.ACTION,
        set_deadline.ACTION,
        replay.ACTION,
        reassign.ACTION,
    )
}
