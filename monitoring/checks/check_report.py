"""Checks that are counted: a line each, and the line of counts at the end."""
import sys


class CheckReport:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, name, complaints):
        """complaints: none, and the check has passed."""
        complaints = list(complaints)
        self.passed += not complaints
        self.failed += bool(complaints)
        print('%s  %s' % ('FAIL' if complaints else 'ok  ', name))
        for complaint in complaints:
            print('      ' + complaint)

    def skip(self, name, reason):
        self.skipped += 1
        print('skip  %s: %s' % (name, reason))

    def end(self):
        print('%d passed, %d failed, %d skipped' % (self.passed, self.failed, self.skipped))
        sys.exit(1 if self.failed else 0)
