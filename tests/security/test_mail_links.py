"""The links of a mail name things and carry no authority: whoever follows them changes nothing."""

import re
from urllib.parse import urlsplit

from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.inbox.outgoing import send
from tests.mailbox import Mailbox
from tests.pages.browser import Browser
from tests.security.conftest import Store


def test_following_every_link_of_a_mail_changes_nothing(
    store: Store, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, charlie: PersonCaller, mailbox: Mailbox
) -> None:
    ask(shop, assignees=["bob@myorg.example"], risk="critical", title="Pay? https://evil.example/steal")
    send()
    mail = mailbox.only()
    bodies = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    links = {link for body in bodies for link in re.findall(r"https?://[^\s\"<>]+", body)}
    links |= set(re.findall(r"<(http[^>]+)>", str(mail["List-Unsubscribe"])))
    assert not [link for link in links if "evil" in link]
    assert len(links) >= 2
    browsers = [Browser(), *(Browser().sign_in(one.user) for one in (alice, bob, charlie))]
    tables = Store([table for table in store.tables if table not in ("intents_session", "inbox_opened")])
    before = tables.hashes()
    for browser in browsers:
        for link in links:
            for method in ("GET", "HEAD", "OPTIONS"):
                assert browser.send(method, urlsplit(link).path).status < 500
    assert tables.hashes() == before
