"""Currencies: codes of ISO 4217, signs, names, and how many digits their smaller unit has."""

# ruff: noqa: SIM905

from collections.abc import Mapping
from typing import Any

CODES = frozenset(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD "
    "HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN "
    "PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY "
    "TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG".split()
)
MAJOR = frozenset(
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF INR JPY KRW MXN NOK NZD PLN RON SEK SGD THB UAH USD ZAR BTC ETH".split()
)
"""Codes that are known in small letters too, where those of others may be words: 5 all, 3 try."""
COINS = frozenset("BTC ETH SOL XRP LTC DOGE USDT USDC DAI BNB ADA DOT POL".split())
_NONE = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())
_THREE = frozenset("BHD IQD JOD KWD LYD OMR TND".split())

SIGNS: Mapping[str, frozenset[str]] = {
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP", "GIP", "FKP", "SHP", "LBP", "SYP"}),
    "$": frozenset(
        "USD AUD CAD NZD SGD HKD MXN TWD ARS CLP COP BRL BBD BSD BMD BND BZD FJD GYD JMD KYD LRD NAD SBD SRD TTD UYU "
        "XCD USDT USDC".split()
    ),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "₽": frozenset({"RUB"}),
    "₺": frozenset({"TRY"}),
    "₩": frozenset({"KRW", "KPW"}),
    "₪": frozenset({"ILS"}),
    "₴": frozenset({"UAH"}),
    "₫": frozenset({"VND"}),
    "₦": frozenset({"NGN"}),
    "฿": frozenset({"THB"}),
    "₿": frozenset({"BTC"}),
    "zł": frozenset({"PLN"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "US$": frozenset({"USD"}),
    "A$": frozenset({"AUD"}),
    "C$": frozenset({"CAD"}),
    "R$": frozenset({"BRL"}),
}
"""What a sign may stand for."""

NAMES: Mapping[str, str] = {
    **dict.fromkeys(("euro", "euros"), "EUR"),
    **dict.fromkeys(("dollar", "dollars", "bucks"), "$"),
    **dict.fromkeys(("pound", "pounds", "sterling", "quid"), "£"),
    **dict.fromkeys(("yen", "yuan"), "¥"),
    **dict.fromkeys(("rupee", "rupees"), "₹"),
    **dict.fromkeys(("franc", "francs", "franken"), "CHF"),
    **dict.fromkeys(("zloty", "złoty", "zlotys"), "PLN"),
    **dict.fromkeys(("krona", "kronor", "krone", "kroner"), "kr"),
    **dict.fromkeys(("bitcoin", "bitcoins"), "BTC"),
    "ether": "ETH",
    "renminbi": "CNY",
    "rmb": "CNY",
}
"""Names in words, lower case, and the code or sign they mean."""


def code(value: Any) -> str | None:
    """The currency that a payload names, by a code in any case, or by a sign or name of one alone. Codes in capitals are
    taken as they are: new ones come up."""
    if not isinstance(value, str) or not value or len(value) > 8:
        return None
    upper = value.upper()
    if upper in CODES or upper in COINS or (len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()):
        return upper
    if value.lower() in NAMES:
        value = NAMES[value.lower()]
        return next(iter(SIGNS[value])) if value in SIGNS and len(SIGNS[value]) == 1 else value
    if value in SIGNS:
        return next(iter(SIGNS[value])) if len(SIGNS[value]) == 1 else value
    return None


def meant(mark: str) -> frozenset[str]:
    """All the currencies that a code, sign or name in a text may mean."""
    mark = NAMES.get(mark.lower(), mark)
    if mark in SIGNS:
        return SIGNS[mark]
    upper = mark.upper()
    return frozenset({upper}) if upper in CODES or upper in COINS else frozenset()


def minor_digits(currency: str) -> int:
    """How many decimals amounts of a currency (ISO 4217) have. Of unknown ones: 2."""
    if currency in _NONE:
        return 0
    return 3 if currency in _THREE else 2
