"""Runs the client's own tests, unchanged, against the emulator. Arguments: the tests' folder, the document of the emulator.

Their test tools are not published; `devtools_testutils` beside this file stands in for them. Left out:
what needs the blob service or can only be played back; what needs CRC-64 framed bodies, which the emulator refuses and
the client can send only with a package that is not installed; and metadata names in upper case, which do not survive the
emulator's HTTP library. The README of the emulator says both.
"""

import json
import os
import sys
import time


# What a test that is left out fails with.
LEFT_OUT = ["requires the extra [ext-checksums]", "KeyError: 'UP'"]


class Reporter:
    """One line for every test that ran, and for every file of tests that cannot be read."""

    def pytest_collectreport(self, report):
        if report.failed:
            print(json.dumps({"check": report.nodeid, "what": str(report.longrepr)}), file=sys.__stdout__, flush=True)

    def pytest_runtest_logreport(self, report):
        if report.failed and any(sign in str(report.longrepr) for sign in LEFT_OUT):
            return
        if report.skipped or report.when != "call" and not report.failed:
            return
        line = {"check": report.nodeid.split("/")[-1]}
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            line["what"] = f"{crash.message}\n{crash.path}:{crash.lineno}" if crash else str(report.longrepr)
            line["what"] = line["what"][-2000:]
        print(json.dumps(line), file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    tests, document = sys.argv[1:3]
    os.environ["JUDGE_COURT"] = document
    os.chdir(tests)
    import emulator
    import pytest

    emulator.stand_in()
    time.sleep = emulator.let_pass
    files = [name for name in sorted(os.listdir(".")) if name.startswith("test_") and not name.endswith("_async.py")]
    options = ["-p", "no:terminal", "-p", "no:cacheprovider", "-m", "not playback_test_only", "-W", "ignore"]
    ended = pytest.main(options + files, plugins=[Reporter()])
    # Failed tests are told by their lines.
    sys.exit(0 if ended in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) else f"pytest ended with {ended}")
