"""Judges the emulator with opendal, a client of 2022-11-02; the argument is the document that says where it is."""

import json
import sys

import opendal

import claims
import data  # noqa: F401, these three register their checks
import trees  # noqa: F401
import callers  # noqa: F401
from court import Court

if __name__ == "__main__":
    print(json.dumps({"version": f"opendal {opendal.__version__}"}))
    claims.run(Court(sys.argv[1]))
