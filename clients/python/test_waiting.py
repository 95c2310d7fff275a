# SPDX-License-Identifier: BSD-3-Clause
"""Waiting, threads, forks and restarts, beside a running host."""
import math
import os
import resource
import signal
import threading
import time
import unittest

import dumbwaiter
from running_host import HostCase, python

CHILDREN = 8


class Waiting(HostCase):
    def test_a_commit_wakes_who_waits(self):
        now = self.store.get("slow").sequence
        reading = self.store.wait("slow", after=now, timeout=20)
        self.assertGreater(reading.sequence, now)

    def test_who_waits_sleeps(self):
        before = resource.getrusage(resource.RUSAGE_THREAD)
        self.assertIsNone(self.store.wait("nothing", timeout=1.2))
        after = resource.getrusage(resource.RUSAGE_THREAD)
        self.assertLess(after.ru_nvcsw - before.ru_nvcsw, 20)

    def test_no_time_is_one_look(self):
        self.assertIsNone(self.store.wait("nothing", timeout=0))
        self.assertIsNone(self.store.wait("nothing", timeout=-1))
        self.assertIsNotNone(self.store.wait("tick", timeout=0))

    def test_what_is_no_sequence_or_no_time_is_refused(self):
        for after, error in ((-1, ValueError), (2**64, ValueError), (1.5, TypeError), ("x", TypeError),
                             (math.nan, TypeError), (None, TypeError)):
            with self.subTest(after=after), self.assertRaisesRegex(error, "after"):
                self.store.wait("tick", after, 0)
            with self.subTest(n=after), self.assertRaisesRegex(error, "n is"):
                self.store.history("tick", after)
        for timeout, error in ((math.nan, ValueError), ("x", TypeError)):
            with self.subTest(timeout=timeout), self.assertRaisesRegex(error, "timeout"):
                self.store.wait("tick", 0, timeout)
        self.assertIsNone(self.store.wait("tick", 2**64 - 1, 0))
        self.assertIsNotNone(self.store.wait("tick", 0, math.inf))

    def test_a_value_that_is_too_old_is_computed_anew_once_for_all_who_ask(self):
        before = self.store.get("once").sequence
        young = self.store.get_fresh("once", 3600)
        self.assertEqual(young.sequence, before)
        asked = [None] * 8

        def ask(place):
            asked[place] = self.store.get_fresh("once", 0, 20)

        threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(asked))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(all(reading.sequence > before for reading in asked))
        self.assertIsNone(self.store.get_fresh("nobody-knows-it", 1))
        with self.assertRaisesRegex(dumbwaiter.Error, "the well is dry"):
            self.store.get_fresh("fails", 0, 20)
        with self.assertRaisesRegex(ValueError, "max_age"):
            self.store.get_fresh("once", math.nan)

    def test_a_waiting_thread_leaves_the_others_running(self):
        woken = []
        thread = threading.Thread(target=lambda: woken.append(self.store.wait("nothing", timeout=1)))
        thread.start()
        turns = 0
        while thread.is_alive():
            self.store.get_value("tick")
            turns += 1
        self.assertEqual(woken, [None])
        self.assertGreater(turns, 100)

    def test_ctrl_c_ends_a_wait(self):
        def interrupt(*_):
            raise KeyboardInterrupt

        old = signal.signal(signal.SIGALRM, interrupt)
        self.addCleanup(signal.signal, signal.SIGALRM, old)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with self.assertRaises(KeyboardInterrupt):
            self.store.wait("nothing", timeout=30)

    def test_close_ends_the_waits_of_other_threads(self):
        store = dumbwaiter.open(self.host.store)
        failures = []

        def wait():
            try:
                store.wait("nothing", timeout=30)
            except dumbwaiter.Error as error:
                failures.append(str(error))

        thread = threading.Thread(target=wait)
        thread.start()
        store.close()
        thread.join(10)
        self.assertEqual(len(failures), 1)


class Sharing(HostCase):
    def test_threads_read_side_by_side(self):
        wrong = []

        def read():
            for _ in range(200):
                if not (self.store.get("slow").value >= 1 and self.store.get_value("once")[1:3] == [2.5, "x"]):
                    wrong.append("value")
                sequences = [r.value for r in self.store.history("tick")]
                if sequences != list(range(sequences[0], sequences[0] - len(sequences), -1)):
                    wrong.append(sequences)

        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_a_handler_of_signals_may_read_in_the_middle_of_a_read(self):
        old = signal.signal(signal.SIGALRM, lambda *_: self.store.get_value("once"))
        self.addCleanup(signal.signal, signal.SIGALRM, old)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        try:
            for _ in range(2000):
                self.assertEqual(self.store.get_value("png"), b"\x89PNG\r\n\x1a\n")
                self.assertGreaterEqual(self.store.history("slow")[0].value, 1)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def test_a_handler_that_raises_leaves_values_whole_and_signals_open(self):
        class Alarm(Exception):
            pass

        def ring(*_):
            raise Alarm

        old = signal.signal(signal.SIGALRM, ring)
        self.addCleanup(signal.signal, signal.SIGALRM, old)
        alarms = 0
        while alarms < 200:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0001 + alarms * 1e-6)
                while True:
                    self.assertEqual(self.store.get_value("once")[:3], [1, 2.5, "x"])
                    sequences = [r.value for r in self.store.history("tick")]
                    self.assertEqual(sequences, list(range(sequences[0], sequences[0] - len(sequences), -1)))
            except Alarm:
                alarms += 1
        self.assertNotIn(signal.SIGALRM, signal.pthread_sigmask(signal.SIG_BLOCK, ()))

    def _in_child(self, work):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                work()
                code = 0
            finally:
                os._exit(code)
        return child

    def test_a_preforking_pool_reads_on_and_so_does_its_parent(self):
        self.store.get_value("tick")

        def serve():
            for _ in range(100):
                assert self.store.get_value("once")[0] == 1
            now = self.store.get("tick").sequence
            assert self.store.wait("tick", after=now, timeout=20).sequence > now
            assert self.store.history("tick", 1)

        children = [self._in_child(serve) for _ in range(CHILDREN)]
        serve()
        self.assertEqual([os.waitpid(child, 0)[1] for child in children], [0] * CHILDREN)
        serve()

    def test_a_fork_under_reading_threads_goes_on(self):
        is_over = threading.Event()

        def read():
            while not is_over.is_set():
                self.store.get_value("tick")

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            children = [self._in_child(lambda: self.store.get_value("once")[0]) for _ in range(10)]
            self.assertEqual([os.waitpid(child, 0)[1] for child in children], [0] * 10)
        finally:
            is_over.set()
            for thread in threads:
                thread.join()

    def test_the_default_store_is_found(self):
        code = "import dumbwaiter; print(dumbwaiter.get_value('once')[2], dumbwaiter.get_value('nothing'))"
        manifest = str(self.host.folder / "dumbwaiter.toml")
        self.assertEqual(python(code, DUMBWAITER_STORE=self.host.store), "x None\n")
        self.assertEqual(python(code, DUMBWAITER_STORE="", DUMBWAITER_MANIFEST=manifest), "x None\n")


class Restart(HostCase):
    def test_values_stay_and_sequences_go_on_over_a_restart(self):
        self.host.stop()
        before = self.store.get("slow").sequence
        self.assertEqual(self.store.get_value("once")[2], "x")
        threading.Timer(0.3, self.host.start).start()
        reading = self.store.wait("slow", after=before, timeout=30)
        self.assertGreater(reading.sequence, before)

    def test_values_grow_stale_without_a_host(self):
        self.host.stop()
        reading = self.store.get("tick")
        while reading.state == "fresh":
            time.sleep(0.05)
        self.assertEqual(self.store.get("tick").state, "stale")


if __name__ == "__main__":
    unittest.main()
