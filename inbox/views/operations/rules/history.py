"""What the auditor finds in histories."""

from django.utils.translation import gettext_lazy as _

from inbox.views.operations.rules.told import HISTORY, RuleWords

RULES = {
    "an intent's status, reason, seq and hash are those of its last event": RuleWords(
        _("Intent disagrees with its history"),
        _("The intent says something else than the last event of its history."),
        HISTORY,
    ),
    "an intent's events are numbered from 1 without gaps": RuleWords(
        _("Gap in the history"),
        _("An event of the intent is missing, or stands twice."),
        HISTORY,
    ),
    "an intent begins as CREATED": RuleWords(
        _("History without a beginning"),
        _("The intent's history does not begin with its submission."),
        HISTORY,
    ),
    "every move is in the table of moves": RuleWords(
        _("Impossible change of status"),
        _("The intent went from one status to another that cannot follow it."),
        HISTORY,
    ),
    "nothing follows a terminal event": RuleWords(
        _("Went on after its end"),
        _("The intent was over, and something happened to it all the same."),
        HISTORY,
    ),
    "a terminal status is reached by its own event": RuleWords(
        _("Ended by the wrong event"),
        _("The intent is over, but its history does not tell of that end."),
        HISTORY,
    ),
    "events are in the order of time": RuleWords(
        _("Events out of order"),
        _("An event of the intent is older than the one before it."),
        HISTORY,
    ),
    "every event's hash covers it and the one before": RuleWords(
        _("History was changed"),
        _("An event does not match its fingerprint: it was changed after it was written."),
        HISTORY,
    ),
    "an event is the one in the tree of all events": RuleWords(
        _("Event differs from the signed tree"),
        _("An event is not the one that was signed when it happened."),
        HISTORY,
    ),
    "the tree of all events agrees with its newest checkpoint": RuleWords(
        _("Signed tree was changed"),
        _("The tree of all events is not the one that the newest checkpoint signs."),
        HISTORY,
    ),
    "what an intent carried is there, unless it was erased": RuleWords(
        _("Data is missing"),
        _("What the intent carried is gone, and nobody erased it."),
        HISTORY,
    ),
    "an event in the feed is of its workspace and type": RuleWords(
        _("Feed tells something else"),
        _("An event is in the feed under another type or workspace than its own."),
        HISTORY,
    ),
}
