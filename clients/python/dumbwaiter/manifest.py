# SPDX-License-Identifier: BSD-3-Clause
#
# The one key of a manifest that a reader needs. As much of TOML as it takes to tell what is inside a string, a comment,
# an array or another table; the host has checked the rest. clients/node/lib/manifest.js is its twin.
"""Finds `store` in a manifest, for Pythons without tomllib (before 3.11)."""
from __future__ import annotations

import re
from typing import Optional, Tuple

STORE = ("dumbwaiter", "store")

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# Two quotes may stand right before the closing three.
_STRING = re.compile(r'"""(?:\r?\n)?([^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"{0,2})"""(?!")'
                     r"|'''(?:\r?\n)?([^']*(?:'(?!'')[^']*)*'{0,2})'''(?!')"
                     r'|"(?!"")([^"\\\n]*(?:\\.[^"\\\n]*)*)"'
                     r"|'(?!'')([^'\n]*)'")
_SCALAR = re.compile(r"[^\s,\[\]{}#\"'=][^,\[\]{}#\"'=\n]*")
_ESCAPE = re.compile(r"\\(?:[ \t]*\r?\n\s*|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}

Path = Tuple[str, ...]


def store_key(text: str) -> Optional[str]:
    """`store` of the table [dumbwaiter]; None: there is none. ValueError: it is no string, or this is no TOML."""
    return _Scanner(text).find_store()


class _Scanner:
    """Goes through the text once; `at` is where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.store: Optional[str] = None

    def find_store(self) -> Optional[str]:
        table: Path = ()
        while self.store is None:
            self._skip(_BLANK)
            if self.at == len(self.text):
                return None
            if self._take("["):
                table = self._header()
            else:
                self._entry(table)
        return self.store

    def _header(self) -> Path:
        is_array = self._take("[")
        self._skip(_SPACE)
        path = self._key()
        self._need("]]" if is_array else "]")
        return ("[[",) + path if is_array else path

    def _entry(self, table: Path) -> None:
        path = table + self._key()
        self._need("=")
        self._skip(_SPACE)
        self._value(path)

    def _key(self) -> Path:
        parts = []
        while True:
            bare = self._match(_BARE_KEY)
            parts.append(bare[0] if bare else self._string())
            self._skip(_SPACE)
            if not self._take("."):
                return tuple(parts)
            self._skip(_SPACE)

    def _value(self, path: Path) -> None:
        if path == STORE and self.text[self.at:self.at + 1] not in ('"', "'"):
            raise ValueError(f"{self._line()}: store is not a string")
        if self._take("["):
            self._items("]", lambda: self._value(()))
        elif self._take("{"):
            self._items("}", lambda: self._entry(path or ("[",)))
        elif self.text[self.at:self.at + 1] in ('"', "'"):
            string = self._string()
            self.store = string if path == STORE else self.store
        elif not self._match(_SCALAR):
            raise ValueError(f"{self._line()}: a value is missing")

    def _items(self, end: str, item) -> None:
        self._skip(_BLANK)
        while not self._take(end):
            item()
            self._skip(_BLANK)
            if not self._take(","):
                return self._need(end)
            self._skip(_BLANK)

    def _string(self) -> str:
        found = self._match(_STRING)
        if found is None:
            raise ValueError(f"{self._line()}: a key or a string is missing, or does not end")
        basic = found[1] if found[1] is not None else found[3]
        if basic is not None:
            return _ESCAPE.sub(_unescaped, basic)
        return found[2] if found[2] is not None else found[4]

    def _match(self, pattern: "re.Pattern[str]") -> "Optional[re.Match[str]]":
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found

    def _skip(self, pattern: "re.Pattern[str]") -> None:
        self._match(pattern)

    def _take(self, token: str) -> bool:
        is_there = self.text.startswith(token, self.at)
        self.at += len(token) if is_there else 0
        return is_there

    def _need(self, token: str) -> None:
        self._skip(_SPACE)
        if not self._take(token):
            raise ValueError(f"{self._line()}: {token} is missing")

    def _line(self) -> str:
        return f"line {self.text.count(chr(10), 0, self.at) + 1}"


def _unescaped(found: "re.Match[str]") -> str:
    code, letter = found[1] or found[2], found[3]
    if code:
        return chr(int(code, 16))
    if letter is None:
        return ""  # a line that is continued
    if letter not in _ESCAPED:
        raise ValueError(f"\\{letter} is no escape")
    return _ESCAPED[letter]
