# SPDX-License-Identifier: BSD-3-Clause
"""Values, history and error reports of a store that a running host writes."""
import copy
import datetime
import multiprocessing
import pickle
import time
import unittest

import dumbwaiter
from running_host import HostCase


def _value_of(reading):
    return reading.value


class Values(HostCase):
    def test_the_newest_value_comes_decoded(self):
        self.assertGreaterEqual(self.store.get_value("tick"), 1)
        self.assertEqual(self.store.get_value("png"), b"\x89PNG\r\n\x1a\n")
        self.assertEqual(self.store.get_value("once")[:3], [1, 2.5, "x"])
        self.assertIs(type(self.store.get_value("once")[0]), int)

    def test_a_time_is_a_datetime_in_utc_that_knows_its_nanoseconds(self):
        at = self.store.get_value("once")[3]
        self.assertEqual(at, datetime.datetime(2026, 1, 2, 3, 4, 5, 123456, datetime.timezone.utc))
        self.assertEqual(at.unix_ns, 1767323045123456789)
        self.assertEqual(pickle.loads(pickle.dumps(at)).unix_ns, at.unix_ns)
        self.assertEqual((at + datetime.timedelta(seconds=1)).unix_ns, 1767323046123456000)

    def test_no_value_is_none_or_the_default(self):
        for name in ("nothing", "", "x" * 300, "#info", "é", "with space"):
            with self.subTest(name):
                self.assertIsNone(self.store.get_value(name))
                self.assertEqual(self.store.get_value(name, 7), 7)
                self.assertIsNone(self.store.get(name))
                self.assertEqual(self.store.history(name), [])
                self.assertEqual(self.store.errors(name), [])

    def test_a_null_value_is_none_and_no_default(self):
        self.assertIsNone(self.store.get_value("silent", 7))
        self.assertIsNone(self.store.get("silent").value)

    def test_a_name_with_a_nul_is_not_cut_short(self):
        with self.assertRaises(dumbwaiter.Error):
            self.store.get_value("tick\0x")

    def test_a_reading_tells_all_that_is_known(self):
        reading = self.store.get("slow")
        self.assertEqual((reading.name, reading.outcome, reading.serializer), ("slow", "ok", "json"))
        self.assertEqual(reading.value, reading.sequence)
        self.assertEqual(reading.raw, str(reading.sequence).encode())
        self.assertIsNone(reading.text)
        self.assertLessEqual(reading.due_ns, reading.started_ns)
        self.assertLessEqual(reading.started_ns, reading.finished_ns)
        self.assertEqual(reading.finished.unix_ns, reading.finished_ns)
        self.assertEqual(reading.fresh_until_ns, reading.finished_ns + 1_400_000_000)
        self.assertGreater(reading.fresh_until, reading.finished)
        self.assertEqual(self.store.get("png").media_type, "image/png")

    def test_copies_and_pickles_are_as_good_as_the_reading(self):
        for decoded in (False, True):
            for reading in (self.store.get("once"), self.store.get("png"), self.store.history("silent")[0]):
                value = self.store.get(reading.name).value
                if decoded:
                    self.assertEqual(reading.value, value)
                protocols = range(pickle.HIGHEST_PROTOCOL + 1)
                copies = [pickle.loads(pickle.dumps(reading, protocol)) for protocol in protocols]
                for other in (copy.copy(reading), copy.deepcopy(reading), *copies):
                    self.assertEqual((other.name, other.raw, other.value), (reading.name, reading.raw, value))
                    self.assertEqual(repr(other), repr(reading))
        self.assertIsInstance(copy.deepcopy(self.store.get("once")).value[3], dumbwaiter.Time)

    def test_another_process_may_be_sent_a_reading(self):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            self.assertEqual(pool.apply(_value_of, (self.store.get("once"),)), self.store.get_value("once"))

    def test_state_and_age_are_of_the_moment_they_are_asked_for(self):
        reading = self.store.get("slow")
        self.assertEqual(reading.state, "fresh")
        age = reading.age
        reading.fresh_until_ns = time.time_ns() - 1
        self.assertEqual(reading.state, "stale")
        self.assertGreater(reading.age, age)

    def test_history_is_newest_first_and_without_gaps(self):
        self.store.wait("tick", after=4)
        history = self.store.history("tick")
        self.assertEqual([r.sequence for r in history], list(range(history[0].sequence, history[-1].sequence - 1, -1)))
        self.assertLessEqual(len(history), 10)
        self.assertEqual(len(self.store.history("tick", 2)), 2)
        self.assertEqual([r.value for r in history], [r.sequence for r in history])

    def test_error_reports_carry_text_and_outcome(self):
        while not (self.store.errors("fails") and self.store.errors("throws")):
            time.sleep(0.02)
        report = self.store.errors("fails", 1)[0]
        self.assertEqual((report.text, report.outcome, report.value), ("the well is dry", "failed", None))
        thrown = self.store.errors("throws", 1)[0]
        self.assertEqual(thrown.outcome, "threw")
        self.assertIn("thrown on purpose", thrown.text)
        self.assertEqual({r.name for r in self.store.errors(n=1)}, {"fails", "throws"})

    def test_names_come_in_byte_order(self):
        self.assertEqual(self.store.names(), ["once", "png", "silent", "slow", "tick"])

    def test_readings_outlive_the_store(self):
        with dumbwaiter.open(self.host.store) as store:
            once = store.get("once")
        self.assertEqual(once.value[2], "x")
        with self.assertRaisesRegex(dumbwaiter.Error, "closed"):
            store.get_value("once")


if __name__ == "__main__":
    unittest.main()
