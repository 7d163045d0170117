"""Registers the site's system checks, its parts for the page of the system, and the agents of the demo."""

from django.apps import AppConfig

from axme_site import checks  # noqa: F401 - importing registers them


class SiteConfig(AppConfig):
    name = "axme_site"
    verbose_name = "Site"

    def ready(self) -> None:
        # Models cannot be imported before the applications are loaded.
        from axme_site import parts  # noqa: PLC0415
        from axme_site.cells import elsewhere, unfinished  # noqa: PLC0415
        from axme_site.demo import agent, sign_in  # noqa: PLC0415
        from inbox import demo  # noqa: PLC0415
        from inbox.views.kit import elsewhere as menu  # noqa: PLC0415
        from intents.audit import heartbeat  # noqa: PLC0415

        agent.register()
        demo.register_people(sign_in.people)
        parts.register()
        heartbeat.register(unfinished.none)
        menu.register(elsewhere.menu, elsewhere.unsure)
