"""Runs the client's own tests, unchanged, against the emulator. Arguments: the folder of the tests, the document.

Their test tools are not published; `devtools_testutils` beside this file stands in for them. Left out is what can only
be played back, the same tests once more for the asynchronous client, and what the emulator lacks: `WITHOUT` says which
tests ask for it. The README of the emulator names these differences.
"""

import json
import os
import sys
import time

CRC64 = "bodies framed with CRC-64, which the client can only send with a package that is not installed"
BLOBS = "it copies from the blob service"
WITHOUT = {
    "test_download_file_large_chunks": CRC64,
    "test_update_range_from_file_url_with_oauth": BLOBS,
}
# The kinds of content validation that mean CRC-64.
KINDS = {"auto", "crc64"}


def lacking(item):
    """What the emulator lacks for a test, if anything."""
    kind = item.callspec.params.get("a") if hasattr(item, "callspec") else None
    return CRC64 if kind in KINDS else WITHOUT.get(item.name)


class Reporter:
    """One line for every test that ran, and for every file of tests that cannot be read."""

    failed = 0

    def pytest_collection_modifyitems(self, items):
        unknown = WITHOUT.keys() - {item.name for item in items}
        for name in unknown:
            self.tell(name, "is left out, and there is no such test")
        items[:] = [item for item in items if not lacking(item)]

    def pytest_collectreport(self, report):
        if report.failed:
            self.tell(report.nodeid, str(report.longrepr))

    def pytest_runtest_logreport(self, report):
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            what = f"{crash.message}\n{crash.path}:{crash.lineno}" if crash else str(report.longrepr)
            self.tell(report.nodeid, what[-2000:])
        elif report.when == "call" and not report.skipped:
            self.tell(report.nodeid)

    def tell(self, test, what=None):
        line = {"check": test.split("/")[-1]}
        if what is not None:
            self.failed += 1
            line["what"] = what
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
    reporter = Reporter()
    ended = pytest.main(options + files, plugins=[reporter])
    # Failed tests are told by their lines; a failure that no line tells is not one of the emulator.
    told = ended == pytest.ExitCode.OK or ended == pytest.ExitCode.TESTS_FAILED and reporter.failed
    sys.exit(0 if told else f"pytest ended with {ended}")
