# SPDX-License-Identifier: BSD-3-Clause
#
# Points in time: a datetime in UTC that still knows its nanoseconds.
"""Times as they are stored."""
from __future__ import annotations

import datetime

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MICROSECOND = datetime.timedelta(microseconds=1)


class Time(datetime.datetime):
    """A datetime in UTC. What lies below its microseconds is in `unix_ns`, and lost by arithmetic and replace()."""

    _below = 0  # nanoseconds, 0 to 999

    @classmethod
    def from_unix_ns(cls, unix_ns: int) -> Time:
        """The time of this many nanoseconds since the Unix epoch."""
        microseconds, below = divmod(unix_ns, 1000)
        at = _EPOCH + datetime.timedelta(microseconds=microseconds)
        time = cls(at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, datetime.timezone.utc)
        time._below = below
        return time

    @property
    def unix_ns(self) -> int:
        """Nanoseconds since the Unix epoch, exact."""
        return (self - _EPOCH) // _MICROSECOND * 1000 + self._below

    def __reduce_ex__(self, protocol):
        return Time.from_unix_ns, (self.unix_ns,)
