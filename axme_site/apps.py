"""Registers the site's system checks."""

from django.apps import AppConfig

from axme_site import checks  # noqa: F401 - importing registers them


class SiteConfig(AppConfig):
    name = "axme_site"
    verbose_name = "Site"
