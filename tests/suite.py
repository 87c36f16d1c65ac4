#!/usr/bin/env python3
"""suite.py FOLDER [PATTERN]: runs the unittest files test_*.py of a folder, those tests whose name contains PATTERN.

The last line is `N passed, N failed`, counted in tests; a skipped test is neither and is named with its reason.
"""
import os
import sys
import time
import unittest


class Report(unittest.TextTestResult):
    """One line per test, with its time."""

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        self.stream.writeln("     %6.1f s  %s" % (time.monotonic() - self.began, test.id()))
        self.stream.flush()


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


def main():
    folder = os.path.abspath(sys.argv[1])
    pattern = sys.argv[2] if len(sys.argv) > 2 else ""
    found = unittest.TestLoader().discover(folder, pattern="test_*.py", top_level_dir=folder)
    chosen = unittest.TestSuite(test for test in tests_in(found) if pattern in test.id())
    result = unittest.TextTestRunner(stream=sys.stdout, resultclass=Report, verbosity=0).run(chosen)
    for test, reason in result.skipped:
        print("skipped: %s: %s" % (test.id(), reason))
    bad = {test.id() for test, _ in result.failures + result.errors}
    passed = result.testsRun - len(bad) - len(result.skipped)
    print("%d passed, %d failed" % (max(passed, 0), len(bad)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
