#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes cron_reference.txt: due times of cron lines around clock changes and leap days, found by trying every minute
with Python's own calendar and zoneinfo, so that nothing is shared with the code under test.

A local time that clocks jump over counts at the jump; one that they pass twice counts the first time only."""
import datetime
import sys
import zoneinfo

UTC = datetime.timezone.utc
MINUTE = datetime.timedelta(minutes=1)

CASES = [
    # zone, line, from (UTC), how many
    ("UTC", "0 0 29 2 *", "2025-01-01T00:00", 3),
    ("UTC", "0 0 29 2 *", "2096-02-29T00:00", 1),
    ("UTC", "0 0 31 * *", "2026-01-30T12:00", 7),
    ("UTC", "30 12 13 * 5", "2026-02-01T00:00", 8),
    ("UTC", "0 12 */10 * mon", "2026-01-01T00:00", 4),
    ("UTC", "59 23 31 12 *", "2026-12-31T23:58", 2),
    ("UTC", "*/20 22-23 28,29 feb *", "2028-02-28T22:50", 9),
    ("Europe/Berlin", "30 2 * * *", "2026-03-27T12:00", 4),
    ("Europe/Berlin", "*/15 * * * *", "2026-03-29T00:40", 6),
    ("Europe/Berlin", "0 3 * * *", "2026-03-28T12:00", 3),
    ("Europe/Berlin", "30 2,3 * * *", "2026-03-28T12:00", 4),
    ("Europe/Berlin", "30 2 * * *", "2026-10-23T12:00", 4),
    ("Europe/Berlin", "*/20 * * * *", "2026-10-24T23:50", 8),
    ("Europe/Berlin", "*/20 * * * *", "2026-10-25T01:10", 3),
    ("Europe/Berlin", "0 * * * *", "2026-10-24T22:30", 5),
    ("Europe/Berlin", "30 2 * 3 sun", "2050-03-20T12:00", 2),
    ("America/New_York", "30 2 * * *", "2026-03-07T12:00", 3),
    ("America/New_York", "30 1 * * *", "2026-10-31T12:00", 3),
    ("America/New_York", "59 1 * * *", "2026-11-01T05:58", 3),
    ("America/New_York", "0 2 * * 0", "2038-03-10T00:00", 3),
    ("America/St_Johns", "1 0 * * *", "2010-03-13T12:00", 3),
    ("America/St_Johns", "*/30 0 * * *", "2010-11-06T12:00", 4),
    ("America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00", 3),
    ("America/Sao_Paulo", "30 23 * * *", "2019-02-15T12:00", 4),
    ("Australia/Lord_Howe", "15 2 * * *", "2026-10-02T12:00", 3),
    ("Australia/Lord_Howe", "*/10 1 * * *", "2026-04-04T12:00", 14),
    ("Australia/Sydney", "30 2 * * *", "2026-10-03T00:00", 3),
    ("Australia/Sydney", "0 2,3 * * *", "2026-04-04T00:00", 5),
    ("Asia/Kathmandu", "0 6 * * *", "2026-01-01T00:00", 2),
    ("Asia/Kathmandu", "0 0 * * *", "1985-12-30T00:00", 4),
    ("Asia/Kolkata", "45 23 28-31 * *", "2027-02-27T00:00", 3),
    ("Pacific/Apia", "0 9 * * *", "2011-12-28T00:00", 4),
    ("Pacific/Apia", "0 0 30 12 *", "2010-12-31T00:00", 2),
    ("Pacific/Apia", "*/30 12 30 dec *", "2011-12-01T00:00", 3),
    ("Africa/Cairo", "30 0 * * fri", "2026-04-20T00:00", 3),
    ("Africa/Cairo", "30 23 * * *", "2026-10-28T00:00", 4),
    ("Asia/Gaza", "0 2 * * sat", "2025-04-08T00:00", 3),
    ("Antarctica/Troll", "0 2 * * *", "2026-03-28T00:00", 3),
    ("Antarctica/Troll", "*/30 1-2 * * *", "2026-10-24T12:00", 9),
    ("Europe/London", "30 1 * * *", "2026-03-28T12:00", 3),
    ("Europe/London", "30 1 * * *", "2026-10-24T12:00", 3),
    ("Europe/Dublin", "0 1 * * *", "2026-03-28T12:00", 3),
    ("America/Nuuk", "30 23 * * sat", "2026-03-22T00:00", 2),
    ("Asia/Tokyo", "0 9 1 1,4,7,10 *", "2026-01-02T00:00", 4),
]

NAMES = {name: i for i, name in enumerate("sun mon tue wed thu fri sat".split())}
NAMES |= {name: i + 1 for i, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())}


def values(field, low, high):
    found = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        first, _, last = ("%d-%d" % (low, high) if span == "*" else span).partition("-")
        number = lambda text: NAMES[text] if text in NAMES else int(text)
        found |= set(range(number(first), number(last or first) + 1, int(step or 1)))
    return found


class Line:
    def __init__(self, text):
        fields = text.split()
        bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
        self.minute, self.hour, self.day, self.month, self.weekday = (
            values(field, *bound) for field, bound in zip(fields, bounds))
        self.both_restricted = fields[2][0] != "*" and fields[4][0] != "*"

    def names(self, local):
        day = local.day in self.day
        weekday = bool({local.isoweekday() % 7, 7 if local.isoweekday() == 7 else -1} & self.weekday)
        fits = (day or weekday) if self.both_restricted else (day and weekday)
        return fits and local.month in self.month and local.hour in self.hour and local.minute in self.minute


def first_instant(local, zone):
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    # Jumped over: the first minute whose local time is later.
    instant = local.replace(tzinfo=UTC) - datetime.timedelta(hours=26)
    while instant.astimezone(zone).replace(tzinfo=None) < local:
        instant += MINUTE
    return instant


def due_times(zone_name, text, start, count):
    zone, line = zoneinfo.ZoneInfo(zone_name), Line(text)
    start = datetime.datetime.fromisoformat(start).replace(tzinfo=UTC)
    local = start.astimezone(zone).replace(tzinfo=None) - datetime.timedelta(days=2)
    found = []
    while len(found) < count:
        if line.names(local):
            instant = first_instant(local, zone)
            if instant > start and instant not in found:
                found.append(instant)
        local += MINUTE
        if local.hour == 0 and local.minute == 0 and (local.month not in line.month):
            local += datetime.timedelta(hours=23, minutes=59)
    return found


for case in CASES:
    dues = " ".join(due.strftime("%Y-%m-%dT%H:%M") for due in due_times(*case))
    print("|".join([case[0], case[1], case[2], dues]))
    sys.stdout.flush()
