"""The addresses of the pages, by room."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from inbox.urls import account, operations, preferences, tasks
from inbox.views import design

urlpatterns: list[URLPattern | URLResolver] = [
    *account.signing_in,
    *account.coming_in,
    *tasks.patterns,
    *operations.patterns,
    *preferences.patterns,
]
if settings.DEBUG:
    urlpatterns.append(path("_design", design.pieces))
    urlpatterns += [path("_design/setup", design.setup), path("_design/code", design.code)]
    urlpatterns.append(path("_design/rare/<slug:name>", design.rare))
