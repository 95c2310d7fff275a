# SPDX-License-Identifier: BSD-3-Clause
#
# What reading can raise, by the library's return codes.
"""Exceptions of the reader."""
from __future__ import annotations

OK = 0
NOT_FOUND = -10
MISUSE = -13
UNSUPPORTED = -14
TIMEOUT = -15
DENIED = -16
DAMAGED = -17
NO_STORE = -18


class Error(Exception):
    """A read that could not be done. The text says why and what to do; `code` is the library's return code."""

    def __init__(self, text: str, code: int = MISUSE) -> None:
        super().__init__(text)
        self.code = code

    def __reduce__(self):
        return type(self), (str(self), self.code)


class NoStore(Error):
    """There is no store, or it cannot be used."""


class Denied(Error):
    """This user may not read the store."""


class Damaged(Error):
    """Stored bytes fail their check."""


class Unsupported(Error):
    """The record was written in a way that this library does not know."""


_BY_CODE = {NO_STORE: NoStore, DENIED: Denied, DAMAGED: Damaged, UNSUPPORTED: Unsupported}


def error_of(code: int, text: str) -> Error:
    """The exception for a return code other than OK."""
    return _BY_CODE.get(code, Error)(text, code)
