"""Judges the emulator with azure-storage-file-share; the argument is the document that says where it is."""

import json
import sys

import azure.storage.fileshare

import callers  # noqa: F401, registers its checks, as those below
import claims
import files  # noqa: F401
import leases  # noqa: F401
import listings  # noqa: F401
import permissions  # noqa: F401
import ranges  # noqa: F401
import renames  # noqa: F401
import shares  # noqa: F401
import snapshots  # noqa: F401
from court import Court

if __name__ == "__main__":
    print(json.dumps({"version": f"azure-storage-file-share {azure.storage.fileshare.__version__}"}))
    claims.run(Court(sys.argv[1]))
