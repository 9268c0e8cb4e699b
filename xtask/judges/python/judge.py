"""Judges the emulator with azure-storage-file-share; the argument is the document that says where it is."""

import json
import sys

import azure.storage.fileshare

import checks
import shares  # noqa: F401, registers its checks
from court import Court

if __name__ == "__main__":
    print(json.dumps({"version": f"azure-storage-file-share {azure.storage.fileshare.__version__}"}))
    checks.run(Court(sys.argv[1]))
