"""Whether people see who else looks at a task. For owners and admins."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from inbox.views.kit.acting import Request, acts
from intents.accounts.services import organizations
from intents.engine import selectors


@acts
def choose_presence(request: Request) -> HttpResponse:
    shown = request.POST.get("shown") == "yes"
    workspace = selectors.workspace(request.person)
    organizations.update_workspace(actor=request.person, workspace=workspace, shows_presence=shown)
    messages.success(request, _("People see who is looking.") if shown else _("Nobody sees who is looking."))
    return redirect("settings-people")
