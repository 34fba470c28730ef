"""Runs pytest and closes with our line of counts. One line a test, with its time."""
import signal
import sys
import time

import pytest


class Counts:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.started = time.monotonic()

    def pytest_configure(self, config):
        config.option.tbstyle = 'short'

    def pytest_runtest_logstart(self, nodeid):
        self.started = time.monotonic()

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.split('::', 1)[-1]
        if report.skipped:
            self.skipped += 1
            print('skip  %s: %s' % (name, report.longrepr[2] if isinstance(report.longrepr, tuple) else ''), flush=True)
        elif report.failed:
            self.failed += 1
            print('FAIL  %s (%s)' % (name, report.when), flush=True)
            print('\n'.join('      ' + line for line in report.longreprtext.splitlines()), flush=True)
        elif report.when == 'call':
            self.passed += 1
            print('ok    %-70s %5.1f s' % (name, time.monotonic() - self.started), flush=True)

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed += 1
            print('FAIL  %s\n%s' % (report.nodeid, report.longreprtext), flush=True)


# So that servers are stopped when somebody ends us.
signal.signal(signal.SIGTERM, signal.default_int_handler)
counts = Counts()
status = pytest.main(['-p', 'no:terminal', *sys.argv[1:]], plugins=[counts])
if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
    counts.failed += 1
print('%d passed, %d failed, %d skipped' % (counts.passed, counts.failed, counts.skipped))
sys.exit(1 if counts.failed or not counts.passed else 0)
