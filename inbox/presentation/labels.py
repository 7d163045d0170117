"""Names of fields in words."""

import re
from functools import lru_cache

from inbox.presentation.text import one_line

_ACRONYMS = (
    "ACH API AWS B2B BIC CEO CFO CI CPU CSS CSV CTO CVE CVV DB DNS ERP FAQ FX GDPR GPU HR HTML HTTP HTTPS IBAN ID "
    "IMEI IP IPO ISIN ISO IT JPEG JSON JWT KPI KYC LEI MAC MFA MVP NDA OCR OK OS PCI PDF PII PNG PO POS QA QR RAM "
    "REST ROI SDK SEPA SKU SLA SLO SMS SQL SSH SSL SSN SSO SVG SWIFT TLS TTL UI URI URL UTC UUID UX VAT VIN VIP VM "
    "VPN XML YAML ZIP AUD BRL CAD CHF CNY CZK DKK EUR GBP HUF INR JPY NOK PLN RUB SEK USD ZAR "
)
_SPELLINGS = {word.lower(): word for word in _ACRONYMS.split()} | {
    **{plural.lower(): plural for plural in ("APIs", "IDs", "IPs", "PDFs", "SKUs", "URLs", "VMs")},
    **{unit.lower(): unit for unit in ("kWh", "MWh", "GWh", "kW", "MW", "GB", "MB", "TB", "GiB", "kg", "km", "kB", "GHz")},
    **{name.lower(): name for name in ("GitHub", "IoT", "iOS", "OAuth", "PayPal", "PostgreSQL", "LinkedIn")},
}


@lru_cache(maxsize=4096)
def words(key: str) -> tuple[str, ...]:
    """The words of a key, lower case: `shippingAddress` and `shipping_address` as ("shipping", "address")."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})", " ", key[:400])
    return tuple(re.sub(r"[_\-./\s]+", " ", spaced).lower().split())


@lru_cache(maxsize=1024)
def label(key: str) -> str:
    """The name of a field in words: `shippingAddress` as "Shipping address", `old_iban` as "Old IBAN"."""
    spelled = " ".join(_SPELLINGS.get(word, word) for word in words(key))
    if not spelled or len(key) > 400:
        spelled = key or "(no name)"
    short = one_line(spelled, most=80)
    return short if short.split(" ")[0] in _SPELLINGS.values() else short[:1].upper() + short[1:]
