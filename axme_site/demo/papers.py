"""Files for the demo, made here: an invoice as PDF, a chart as PNG."""

import struct
import zlib
from collections.abc import Sequence

WIDTH, HEIGHT = 640, 240
_PAPER, _INK, _LINE, _MARK = b"\xff\xff\xff", b"\x4a\x63\xd8", b"\xd9\xdc\xe3", b"\xd0\x5a\x2a"


def pdf(lines: Sequence[str]) -> bytes:
    """One page (A4) of plain lines. ASCII only."""
    shown = " ".join(f"({line.translate({40: '[', 41: ']', 92: '/'})}) Tj T*" for line in lines)
    text = f"BT /F1 11 Tf 16 TL 56 770 Td {shown} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    body = "%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(objects) + 1
    trailer = f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {count}\n0000000000 65535 f \n{table}{trailer}".encode("ascii")


def chart(values: Sequence[float]) -> bytes:
    """Bars from zero, the highest marked."""
    top = max(values)
    step = WIDTH // len(values)
    heights = [round((HEIGHT - 20) * value / top) for value in values]
    rows = []
    for y in range(HEIGHT):
        row = bytearray()
        ground = _LINE if y % 55 == 54 else _PAPER
        for height in heights:
            filled = HEIGHT - y <= height
            colour = (_MARK if height == max(heights) else _INK) if filled else ground
            row += ground * 4 + colour * (step - 8) + ground * 4
        rows.append(b"\0" + bytes(row) + ground * (WIDTH - step * len(values)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
