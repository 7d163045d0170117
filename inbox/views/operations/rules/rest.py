"""What else the auditor finds: decisions, limits, messages, and what lies in another workspace."""

from django.utils.translation import gettext_lazy as _

from inbox.views.operations.rules.told import APART, DECIDED, LIMITS, NOBODY, SENT, RuleWords

RULES = {
    "every event older than a minute is in the feed": RuleWords(
        _("Event missing from the feed"),
        _("An event has not come into the feed, so subscribers do not hear of it."),
        SENT,
    ),
    "a push is scheduled, or over and wiped": RuleWords(
        _("Call of an agent hangs"),
        _("A call to an agent's URL is neither to be made nor over."),
        SENT,
    ),
    "an email is scheduled, or over and wiped": RuleWords(
        _("Email hangs"),
        _("An email is neither to be sent nor over."),
        SENT,
    ),
    "a message is scheduled, or over": RuleWords(
        _("Message hangs"),
        _("A message to a person is neither to be sent nor over."),
        SENT,
    ),
    "an event to an endpoint is scheduled, or over": RuleWords(
        _("Event to an endpoint hangs"),
        _("An event to an endpoint is neither to be posted nor over."),
        SENT,
    ),
    "a change told to a client is scheduled, or over": RuleWords(
        _("Message to a client hangs"),
        _("A change that a client is to be told of over A2A is neither to be sent nor over."),
        SENT,
    ),
    "an intent and what belongs to it are of one workspace": RuleWords(
        _("Intent mixed up between workspaces"),
        _("Something that belongs to the intent is of another workspace."),
        APART,
    ),
    "a key and its agent are of one workspace": RuleWords(
        _("Key of another workspace"),
        _("A key belongs to an agent of another workspace."),
        APART,
    ),
    "a member and their group are of one workspace": RuleWords(
        _("Group of another workspace"),
        _("Somebody is in a group of another workspace."),
        APART,
    ),
    "what is set aside was within the budget when its intent was admitted": RuleWords(
        _("Budget exceeded"),
        _("More was set aside for an intent than the agent's budget allowed."),
        LIMITS,
    ),
    "a run, its steps and its version are of one workspace": RuleWords(
        _("Run mixed up between workspaces"),
        _("A run, its steps and its scenario are not of one workspace."),
        APART,
    ),
    "a task is decided by one decision, which says the same": RuleWords(
        _("Task disagrees with its decision"),
        _("The task says something else than the decision on record, or has none."),
        DECIDED,
    ),
    "nobody decides who stands behind the agent that asks, where duties are separate": RuleWords(
        _("Decided their own request"),
        _("Somebody decided who stands behind the agent that asked."),
        DECIDED,
    ),
    "a held decision has the timer by which it takes effect, and no other has": RuleWords(
        _("Decision does not take effect"),
        _("A decision that can still be undone has nothing that lets it take effect."),
        DECIDED,
    ),
    "a delegate decides for somebody who was asked or delegated it": RuleWords(
        _("Decided without being asked"),
        _("Somebody decided as a delegate for whom nobody had delegated."),
        DECIDED,
    ),
    "who decided in the place of others said why": RuleWords(
        _("Override without a reason"),
        _("Somebody decided in the place of others without saying why."),
        DECIDED,
    ),
    "what belongs to a task belongs to its workspace": RuleWords(
        _("Task mixed up between workspaces"),
        _("Something that belongs to the task is of another workspace."),
        APART,
    ),
    "a decision says on what it was made, by whom, by what right and where": RuleWords(
        _("Decision is incomplete"),
        _("A decision does not say on what it was made, by whom, by what right or where."),
        DECIDED,
    ),
    "nobody counts twice in what is decided of a task": RuleWords(
        _("Vote counted twice"),
        _("Somebody's vote counts twice in one decision."),
        DECIDED,
    ),
    "votes are counted as they are on record: distinct people, each once": RuleWords(
        _("Votes miscounted"),
        _("The count of votes differs from the votes on record."),
        DECIDED,
    ),
    "what several decide was agreed to by as many as it takes": RuleWords(
        _("Decided by too few"),
        _("The task was settled although fewer agreed than it takes."),
        DECIDED,
    ),
    "what standing grants decide never exceeds their limits": RuleWords(
        _("Standing grant exceeded its limits"),
        _("A standing grant decided more, or larger sums, than it may."),
        LIMITS,
    ),
    "each decision by a standing grant is a use of it, by its grantor, while it was in force": RuleWords(
        _("Decision by an invalid grant"),
        _("A decision names a standing grant that was not in force, or of somebody else."),
        LIMITS,
    ),
    "who waits for people waits for one who may decide, or the owners are alerted": RuleWords(
        _("Nobody can decide it"),
        _("A task waits that nobody may decide, and the owners were not alerted."),
        NOBODY,
    ),
}
