"""Every path of the site, but for the streams, which answer before Django is asked."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from axme_site import health, metrics, problems, rehearsal
from axme_site.api import api
from axme_site.demo import sign_in
from axme_site.reference import pages as reference
from inbox.views.tasks import list as task_list
from intents import admin

handler400 = problems.bad_request
handler403 = problems.forbidden
handler404 = problems.not_found
handler500 = problems.server_error

urlpatterns: list[URLPattern | URLResolver] = [
    path("", task_list.home, name="home"),  # before the API, which has the rest below the root
    path("", include(reference.urlpatterns)),
    path("", api.urls),
    path("health/ready", health.ready, name="ready"),
    path("metrics", metrics.page, name="metrics"),
    path("demo/as/<str:who>/<str:secret>", sign_in.sign_in, name="demo-sign-in"),
    path("demo/continue/<str:who>", sign_in.continue_as, name="demo-continue"),
    path("", include("inbox.urls")),
]
if settings.DEBUG:
    urlpatterns += [path("_design/problem/<slug:name>", rehearsal.problem)]
if settings.ADMIN_ENABLED:
    urlpatterns.append(path("admin/", admin.site.urls))
