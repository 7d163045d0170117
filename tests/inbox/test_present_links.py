"""A link leads to the host that is read beside it, or is none."""

import pytest

from inbox import presentation


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "data:text/html,x", "https://", "http://a b", "//evil.example", "vbscript:x", "https:evil"),
        "https://evil.example\\@good-bank.example/x",
        "https://evil.example\\.good-bank.example/",
        "https:\\\\evil.example/",
        "https://bank.example@evil.example/",
        "https://bank.example:pass@evil.example/",
        "https://evil.example%2f@good.example/",
        "https://ev%69l.example/",
        "https://evil.exa\tmple/",
        "https://evil.example\n.good.example/",
        "https://good.example\uff0fevil.example/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://good.example:1:2/",
        "https://good.example:port/",
        "https://\u200bgood.example\u2028/",
        "https://\U0001f600.example/",
    ],
)
def test_what_could_lead_elsewhere_is_no_link(url: str) -> None:
    assert presentation.link(url) is None


@pytest.mark.parametrize(
    ("url", "host", "odd"),
    [
        ("https://good.example/x?a=b#c", "good.example", False),
        ("HTTP://GOOD.example:8080/", "good.example", False),
        ("https://\u0430pple.com/account", "xn--pple-43d.com", True),
        ("https://fa\u00df.example/", "xn--fa-hia.example", True),
        ("https://xn--pple-43d.com/", "xn--pple-43d.com", True),
        ("https://\uff45\uff56il.example/", "evil.example", True),
        ("https://good.example\u3002evil.example/", "good.example.evil.example", True),
        ("https://\u03b2\u03cc\u03bb\u03bf\u03c2.example/", "xn--nxasmm1c.example", True),
        ("https://192.0.2.7/", "192.0.2.7", False),
        ("https://[2001:db8::1]/", "[2001:db8::1]", False),
        ("https://a_b.example./", "a_b.example.", False),
    ],
)
def test_a_link_shows_the_host_that_browsers_go_to(url: str, host: str, odd: bool) -> None:
    link = presentation.link(url)
    assert link is not None
    assert (link.host, link.odd) == (host, odd)
