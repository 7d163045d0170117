"""Words that look like others although their letters are those of another script, or carry a mark that is easily missed."""

import re
import unicodedata

# Cyrillic small and capital, Greek small and capital, Armenian, and Latin beyond ASCII: what looks like an ASCII letter.
_PAIRS = (
    ("\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455", "aeopcyxijs"),
    ("\u04bb\u0501\u051b\u051d\u04cf\u0475\u043a", "hdqwlvk"),
    ("\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422", "ABEKMHOPCT"),
    ("\u0423\u0425\u0406\u0408\u0405\u051a\u051c\u04ae\u0474\u04c0", "YXIJSQWYVI"),
    ("\u03b1\u03bf\u03bd\u03c1\u03b9\u03ba\u03c5\u03c7\u03b3\u03b7", "aovpikuxyn"),
    ("\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f", "ABEZHIKMNO"),
    ("\u03a1\u03a4\u03a5\u03a7", "PTYX"),
    ("\u0585\u057d\u0570\u0578\u0555\u054f\u053c", "ouhnOSL"),
    ("\u0131\u0251\u0261", "iag"),
)
_ALIKE = {ord(one): plain for odd, plains in _PAIRS for one, plain in zip(odd, plains, strict=True)}
_MIXED = {"CYRILLIC", "GREEK", "ARMENIAN"}
"""Scripts whose letters no word has beside Latin ones."""


def plain(text: str) -> str:
    """`text` in the ASCII letters that it looks like. What looks like none stays."""
    return unicodedata.normalize("NFKC", text).translate(_ALIKE)


def bare(text: str) -> str:
    """`plain`, without the marks on letters."""
    return "".join(one for one in unicodedata.normalize("NFKD", plain(text)) if unicodedata.category(one) != "Mn")


def mixed(text: str) -> str | None:
    """The first word that mixes Latin letters with those of a script that looks like it; None when there is none."""
    for word in re.findall(r"[^\W_]+", text):
        scripts = {unicodedata.name(one, "").partition(" ")[0] for one in word if one.isalpha()}
        if "LATIN" in scripts and scripts & _MIXED:
            return str(word)
    return None
