# SPDX-License-Identifier: BSD-3-Clause
#
# A store opened for reading.
"""Reads a store."""
from __future__ import annotations

import collections
import ctypes
import math
import numbers
import operator
import os
import time
from typing import Any, Deque, List, Optional, Tuple, Union

from . import decoding
from .errors import MISUSE, NOT_FOUND, OK, TIMEOUT, Error
from .library import EACH, EACH_NAME, Handle, OwnedReading, last_error, library, undisturbed
from .reading import Reading

# Sleeping in C keeps Python from running signal handlers: so long at most may Ctrl-C, or close(), take.
_LONGEST_SLEEP = 0.5
_LONGEST_AGE = 1e9  # seconds, beyond which every value is young enough

# Readings whose buffers are used again. Taken for the length of one call each, so that neither threads nor a signal's
# handler that reads too meet in one.
_spare: Deque[OwnedReading] = collections.deque(maxlen=64)


def _take() -> OwnedReading:
    try:
        return _spare.pop()
    except IndexError:
        return OwnedReading()


def _name(name: str) -> bytes:
    if "\0" in name:
        raise Error("a name has no NUL in it", MISUSE)
    return name.encode("utf-8", "surrogateescape")


class _Series:
    """The records of one call, as they come."""

    def __init__(self, handle: Handle, is_report: bool) -> None:
        self.readings: List[Reading] = []
        self._handle = handle
        self._is_report = is_report

    def add(self, name: bytes, record: Any) -> int:
        self.readings.append(Reading(name.decode(), record.contents, self._handle, self._is_report))
        return 0


_add = EACH(_Series.add)
_append_name = EACH_NAME(list.append)


def _count(number: Any, what: str) -> int:
    """An integer that fits 64 bits: ctypes would cut it to them."""
    try:
        count = operator.index(number)
    except TypeError:
        raise TypeError(f"{what} is an integer, not {number!r}") from None
    if not 0 <= count < 2**64:
        raise ValueError(f"{what} is from 0 to 2**64 - 1, not {number!r}")
    return count


def _seconds(timeout: Any, what: str = "timeout") -> float:
    if timeout is None:
        return math.inf
    if not isinstance(timeout, numbers.Real):
        raise TypeError(f"{what} is a number of seconds or None, not {timeout!r}")
    if math.isnan(timeout):
        raise ValueError(f"{what} is a number of seconds, not nan")
    return float(timeout)


def _none(code: int, default: Any) -> Any:
    """The answer to a call that failed: `default` if there is nothing, else its exception."""
    if code != NOT_FOUND:
        raise last_error(code)
    return default


class Store:
    """An open store. Thread-safe; goes on in the child after a fork. Each call reads one fresh snapshot."""

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        self.path = os.fspath(path)
        self._handle: Optional[Handle] = Handle(self.path)

    def _open(self) -> Handle:
        handle = self._handle
        if handle is None:
            raise Error(f"the store {self.path} was closed", MISUSE)
        return handle

    def allow_plugins(self, folder: Union[str, "os.PathLike[str]"]) -> None:
        """Lets this store's values be decoded by serializer plugins from `folder` too: their code then runs in this
        process. Without it only those of the installed plugin folder are loaded; other values raise Unsupported."""
        code = library().dw_reader_allow_plugins(self._open(), os.fsencode(folder))
        if code:
            raise last_error(code)

    def get_value(self, name: str, default: Any = None) -> Any:
        """The newest value, or `default` if there is none. Damaged: it fails its check."""
        handle, raw = self._open(), _take()
        try:
            code = library().dw_get_value(handle, _name(name), raw)
            if code:
                return _none(code, default)
            serializer, payload = raw.serializer, raw.payload()
        finally:
            _spare.append(raw)
        return decoding.decode(handle, serializer, payload or b"")

    def get(self, name: str) -> Optional[Reading]:
        """The newest value with all that is known of it, or None if there is none. Damaged: it fails its check."""
        handle, raw = self._open(), _take()
        try:
            code = library().dw_get_value(handle, _name(name), raw)
            return _none(code, None) if code else Reading(name, raw, handle)
        finally:
            _spare.append(raw)

    def history(self, name: str, n: int = 0) -> List[Reading]:
        """The newest value and those before it, newest first, at most `n` (0: all that are kept)."""
        return self._series(library().dw_get_history, _name(name), n, False)

    def errors(self, name: Optional[str] = None, n: int = 0) -> List[Reading]:
        """Error reports, newest first, at most `n` a name (0: all); without a name those of every name."""
        return self._series(library().dw_get_errors, None if name is None else _name(name), n, True)

    def _series(self, function: Any, name: Optional[bytes], n: int, is_report: bool) -> List[Reading]:
        n = _count(n, "n")
        handle = self._open()
        series = _Series(handle, is_report)
        code = undisturbed(function, handle, name, n, _add, series)
        return _none(code, []) if code else series.readings

    def wait(self, name: str, after: int = 0, timeout: Optional[float] = None) -> Optional[Reading]:
        """Sleeps until there is a value of a sequence above `after` (0: a first one), woken by its commit. None: there
        was none after `timeout` seconds (None: for ever; 0 or less: look once). Ctrl-C ends it."""
        after = _count(after, "after")
        end = time.monotonic() + _seconds(timeout)
        encoded = _name(name)
        while True:
            left = end - time.monotonic()
            reading = self._wait_once(name, encoded, after, max(0.0, min(left, _LONGEST_SLEEP)))
            if reading is not None or left <= _LONGEST_SLEEP:
                return reading

    def _wait_once(self, name: str, encoded: bytes, after: int, seconds: float) -> Optional[Reading]:
        handle, raw = self._open(), _take()
        try:
            code = library().dw_wait(handle, encoded, after, int(seconds * 1e9), raw)
            if code not in (OK, TIMEOUT):
                raise last_error(code)
            return Reading(name, raw, handle) if code == OK else None
        finally:
            _spare.append(raw)

    def get_fresh(self, name: str, max_age: float, timeout: Optional[float] = None) -> Optional[Reading]:
        """A value at most `max_age` seconds old. Where it is older, or there is none, the host is asked for it: all who
        ask, in all processes, share one run. None: none came within `timeout` seconds (None: for ever), or there is no
        such name. Error: the run failed, or no host is running. Ctrl-C ends it."""
        age = _seconds(max_age, "max_age")
        age_ns = 2**64 - 1 if age > _LONGEST_AGE else int(max(0.0, age) * 1e9)
        end = time.monotonic() + _seconds(timeout)
        encoded = _name(name)
        while True:
            left = end - time.monotonic()
            # Who asks again joins the run that is under way.
            slice_ns = int(max(0.0, min(left, _LONGEST_SLEEP)) * 1e9)
            code, reading = self._fresh_once(name, encoded, age_ns, slice_ns)
            if code != TIMEOUT or left <= _LONGEST_SLEEP:
                return reading

    def _fresh_once(self, name: str, encoded: bytes, age_ns: int, slice_ns: int) -> Tuple[int, Optional[Reading]]:
        handle, raw = self._open(), _take()
        try:
            code = library().dw_get_value_fresh(handle, encoded, age_ns, slice_ns, raw)
            if code not in (OK, TIMEOUT, NOT_FOUND):
                raise last_error(code)
            return code, Reading(name, raw, handle) if code == OK else None
        finally:
            _spare.append(raw)

    def names(self) -> List[str]:
        """Names with a value, in byte order."""
        names: List[bytes] = []
        code = library().dw_each_name(self._open(), _append_name, names)
        if code:
            raise last_error(code)
        return [name.decode() for name in names]

    def close(self) -> None:
        """Closes the store; readings stay valid. Calls of other threads end as they would have."""
        self._handle = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
