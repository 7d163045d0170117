"""What calls and guides are called, what guides are for and how they are divided, so that it is in the catalogs of
translations. The API's document and the files in docs/ say it in English; pages translate it."""

from django.utils.translation import gettext_noop as _

from axme_site.reference.titles import keeping, people, work
from axme_site.reference.titles.headings import HEADINGS
from axme_site.reference.titles.leads import LEADS

__all__ = ["CALLS", "GUIDES", "HEADINGS", "LEADS"]

GUIDES = (
    _("A2A"),
    _("API guide"),
    _("Architecture"),
    _("Clients"),
    _("Concepts"),
    _("Crash recovery"),
    _("Delivery"),
    _("Development"),
    _("Durable execution in 10 minutes"),
    _("Glossary"),
    _("The inbox"),
    _("MCP"),
    _("The mesh"),
    _("From Celery"),
    _("From a job queue"),
    _("From polling"),
    _("From Temporal"),
    _("From webhooks to intents"),
    _("Notifications"),
    _("Operations"),
    _("Performance"),
    _("Policies"),
    _("Quotas and usage"),
    _("Reliability"),
    _("Scaling"),
    _("Scenarios"),
    _("Schemas of payloads"),
    _("Security"),
    _("Waits"),
)
CALLS = frozenset((*work.TITLES, *people.TITLES, *keeping.TITLES))
