"""How the reference is divided: by what one wants to do. Each operation is in one section."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the reference: the operations of some of the API's `tags`. `guides` are pages of the documentation that tell
    more, by their names in docs/."""

    slug: str
    title: str | Promise
    about: str | Promise
    tags: tuple[str, ...]
    guides: tuple[str, ...] = ()


SECTIONS = (
    Section(
        "intents",
        _("Submit and follow"),
        _("Submit an intent, see how it goes, change or end it. An intent is kept until somebody finishes it."),
        ("Intents", "Schemas"),
        ("concepts", "api", "schemas"),
    ),
    Section(
        "people",
        _("Ask a person"),
        _("Have people decide: submit an intent with a `human_task`, or let running work wait for one."),
        ("Tasks", "Out of office", "Inbox", "Standing grants", "Sessions"),
        ("inbox", "waits"),
    ),
    Section(
        "work",
        _("Do work"),
        _("What agents call: take work under a lease, report progress, store steps, wait, finish."),
        ("Work", "Agents"),
        ("delivery", "crash-recovery", "waits"),
    ),
    Section(
        "mesh",
        _("Watch and stop agents"),
        _("Heartbeats, how agents are and what they cost, and killing, pausing and quarantining them."),
        ("Mesh",),
        ("mesh",),
    ),
    Section(
        "scenarios",
        _("Run scenarios"),
        _("Work of several steps from one document: agents, people and times in order, run durably."),
        ("Scenarios",),
        ("scenarios", "waits"),
    ),
    Section(
        "tools",
        _("Wait for tools"),
        _("Let other systems complete a wait: by a callback address, or by the id that their job has."),
        ("Signals", "Tools"),
        ("waits", "delivery"),
    ),
    Section(
        "told",
        _("Get notified"),
        _("Have events posted to your endpoints, send them again, or read every event of the workspace in order."),
        ("Webhooks", "Feed"),
        ("delivery", "migrate-from-webhooks"),
    ),
    Section(
        "policies",
        _("Policies and on call"),
        _("Who is asked when nobody decides, in which hours, and who is on call."),
        ("Policies", "Schedules"),
        ("policies",),
    ),
    Section(
        "notifications",
        _("Notifications"),
        _("How you are notified of what is assigned to you."),
        ("Notifications",),
        ("notifications",),
    ),
    Section(
        "operations",
        _("Operate"),
        _("Watch and repair: the overview, lists of intents, operations over many, retention."),
        ("Operations", "Bulk operations", "Retention"),
        ("operations",),
    ),
    Section(
        "access",
        _("Keys and members"),
        _("Agents and their keys, members, workspaces, invitations and profiles."),
        ("Service accounts", "Sign-in", "Who may send to whom", "Organization", "People", "Access requests", "Quotas"),
        ("security", "quotas"),
    ),
    Section("files", _("Files"), _("Files that people and agents attach."), ("Media",), ("api",)),
    Section("server", _("This server"), _("Who you are here, and what this server can do."), ("System",), ("api",)),
)


def by_tag() -> Mapping[str, Section]:
    """The section of each tag."""
    return {tag: section for section in SECTIONS for tag in section.tags}
