"""Server-sent events from bytes, without I/O."""

from __future__ import annotations

from collections.abc import Iterator

_BOM = b"\xef\xbb\xbf"


class EventParser:
    """Bytes in pieces of any size ─► the data of each event that is whole.

    Lines end at LF, CR or CRLF and nowhere else. What is not whole when the bytes end is not handed out: who resumes gets it.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._begun = False
        self._after_cr = False

    def feed(self, piece: bytes) -> Iterator[str]:
        """The data of each event that this piece completes; one without data is none."""
        for line in self._lines(piece):
            if line:
                self._field(line)
            elif self._data:
                data, self._data = b"\n".join(self._data), []
                if data:
                    yield data.decode("utf-8", "replace")

    def _lines(self, piece: bytes) -> Iterator[bytes]:
        if self._after_cr and piece:
            piece = piece.removeprefix(b"\n")
            self._after_cr = False
        text = self._rest + piece
        if not self._begun:
            if len(text) < len(_BOM) and _BOM.startswith(text):
                self._rest = text
                return
            text = text.removeprefix(_BOM)
            self._begun = True
        self._after_cr = text.endswith(b"\r")
        lines = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop()
        yield from lines

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
