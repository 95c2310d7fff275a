# SPDX-License-Identifier: BSD-3-Clause
"""The reference of S8: COUNT interval jobs of APScheduler at one second, spread over it.

usage: scheduler_reads.py COUNT"""
import datetime
import signal
import sys

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler


def main(count):
    scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(5)}, timezone="UTC")
    start = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
    for i in range(count):
        scheduler.add_job(lambda: 1, "interval", seconds=1, misfire_grace_time=60,
                          start_date=start + datetime.timedelta(seconds=i / count))
    scheduler.start()
    signal.pause()


main(int(sys.argv[1]))
