"""The phones and browsers on which a person is told although no page is open."""

import re

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from inbox.notifications.channels.push import Device
from inbox.notifications.selectors import DEVICE
from inbox.notifications.services import preferences
from inbox.views.kit.acting import Request, acts

_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
# By what stands in the User-Agent header: the first that is there counts, for most name others too.


@acts
def add_device(request: Request) -> HttpResponse:
    """Told by what the browser says of itself; asked again by the same browser, the device stays one."""
    device = Device.of(request.POST)
    name = called(request.headers.get("User-Agent", ""))
    preferences.add_device(actor=request.person, name=name, service=DEVICE, text=device.text(), endpoint=device.endpoint)
    messages.success(request, _("Notifications are on for %(device)s. Send it a test.") % {"device": name})
    return redirect("settings-notifications")


def called(agent: str) -> str:
    """What people call a browser on its device: Chrome on Android."""
    browser = next((name for mark, name in _BROWSERS.items() if re.search(rf"\b{mark}/", agent)), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in agent), "")
    known = {"browser": browser or _("Browser"), "system": system}
    return _("%(browser)s on %(system)s") % known if system else known["browser"]
