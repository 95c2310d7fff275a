# SPDX-License-Identifier: BSD-3-Clause
#
# One record, as it was read: a value or an error report, with its times.
"""What a read gives."""
from __future__ import annotations

import time
from typing import Any, Dict, Optional

from . import decoding
from .errors import DAMAGED, Damaged, Error
from .library import Handle, RawReading, library
from .times import Time

_OUTCOMES = ("ok", "failed", "threw", "timed out", "crashed", "too large", "refused", "cancelled", "malformed")
_CLOCK_TOLERANCE = 2_000_000_000
_UNDECODED = object()


class Reading:
    """One record. Owns its bytes, needs the store no more, and does not change but for `state` and `age`."""

    __slots__ = ("name", "sequence", "due_ns", "started_ns", "finished_ns", "fresh_until_ns", "outcome", "serializer",
                 "raw", "media_type", "_number", "_handle", "_value", "_is_report")

    name: str
    #: Counts from 1 for each name, values and error reports each.
    sequence: int
    due_ns: int
    started_ns: int
    finished_ns: int
    #: 0: always fresh.
    fresh_until_ns: int
    #: "ok" for values; "failed", "threw", "timed out", ... for error reports; "damaged" for what fails its check.
    outcome: str
    #: "raw", "json", "msgpack", "cbor", or a plugin's number.
    serializer: str
    #: The payload as stored; empty if damaged.
    raw: bytes
    #: Given by a function that returned raw bytes, else "".
    media_type: str

    def __init__(self, name: str, record: RawReading, handle: Optional[Handle], is_report: bool = False) -> None:
        payload = record.payload()
        number = record.serializer
        self.name = name
        self.sequence = record.sequence
        self.due_ns, self.started_ns, self.finished_ns = record.due, record.started, record.finished
        self.fresh_until_ns = record.fresh_until
        self.outcome = "damaged" if payload is None else _outcome(record.outcome)
        self.serializer = decoding.NAMES.get(number) or str(number)
        self.raw = payload or b""
        self.media_type = library().dw_reading_media_type(record).decode("utf-8", "replace") if number == 0 else ""
        self._number = number
        self._handle = handle if number > decoding.CBOR else None  # a plugin's options are in the store
        self._value = _UNDECODED
        self._is_report = is_report

    def __getstate__(self) -> Dict[str, Any]:
        """All but the open store: copies and pickles of a plugin's value take it along decoded."""
        if self._handle is not None:
            try:
                _ = self.value
            except Error:
                pass  # it is raised where the copy is asked for its value
        left_out = ("_handle",) if self._value is not _UNDECODED else ("_handle", "_value")
        return {name: getattr(self, name) for name in self.__slots__ if name not in left_out}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        self._handle, self._value = None, _UNDECODED
        for name, content in state.items():
            setattr(self, name, content)

    @property
    def value(self) -> Any:
        """The value; None for an error report. Damaged: its bytes fail their check, or do not decode."""
        if self._value is _UNDECODED:
            self._check()
            self._value = None if self._is_report else decoding.decode(self._handle, self._number, self.raw)
            self._handle = None
        return self._value

    @property
    def text(self) -> Optional[str]:
        """What an error report says; None for a value."""
        if not self._is_report:
            return None
        self._check()
        return self.raw.decode("utf-8", "replace")

    def _check(self) -> None:
        if self.outcome == "damaged":
            raise Damaged(f"record {self.sequence} of {self.name} fails its check", DAMAGED)

    @property
    def state(self) -> str:
        """"fresh" or "stale", as of now."""
        now = time.time_ns()
        is_young = self.fresh_until_ns == 0 or now <= self.fresh_until_ns
        return "fresh" if is_young and self.finished_ns <= now + _CLOCK_TOLERANCE else "stale"

    @property
    def age(self) -> float:
        """Seconds since it finished."""
        return (time.time_ns() - self.finished_ns) / 1e9

    @property
    def due(self) -> Time:
        """When it was due."""
        return Time.from_unix_ns(self.due_ns)

    @property
    def started(self) -> Time:
        """When the invocation began."""
        return Time.from_unix_ns(self.started_ns)

    @property
    def finished(self) -> Time:
        """When the invocation ended, or last said that nothing has changed."""
        return Time.from_unix_ns(self.finished_ns)

    @property
    def fresh_until(self) -> Optional[Time]:
        """Until when it is fresh; None: always."""
        return Time.from_unix_ns(self.fresh_until_ns) if self.fresh_until_ns else None

    def __repr__(self) -> str:
        return f"<Reading {self.name} {self.sequence} {self.outcome} finished {self.finished.isoformat()}>"


def _outcome(number: int) -> str:
    return _OUTCOMES[number] if number < len(_OUTCOMES) else f"outcome {number}"
