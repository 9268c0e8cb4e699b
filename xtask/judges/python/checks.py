"""How a check is written: a function under @check, named as the claim it makes, given the court.

It fails by an exception. What it expects of an answer it says with `equal`, `holds` and `refused`, which name what was
expected and what came. Every check makes the shares that it needs, so that one that fails spoils no other.
"""

import json
import traceback

from azure.core.exceptions import HttpResponseError

CHECKS = []


class Failed(Exception):
    """What was expected and what came."""


def check(function):
    CHECKS.append(function)
    return function


def equal(came, expected, what="the value"):
    if came != expected:
        raise Failed(f"{what}: expected {expected!r}, came {came!r}")


def holds(condition, what):
    if not condition:
        raise Failed(f"expected {what}")


def refused(status, code, call, *arguments, **options):
    """The error of a call that the service refuses with this status and code."""
    try:
        came = call(*arguments, **options)
        # Listings ask for nothing until somebody looks.
        if hasattr(came, "by_page"):
            came = list(came)
    except HttpResponseError as error:
        given = getattr(error, "error_code", None)
        given = getattr(given, "value", given)
        if (error.status_code, given) != (status, code):
            raise Failed(f"expected {status} {code}, came {error.status_code} {given}: {error.message}") from error
        return error
    raise Failed(f"expected {status} {code}, came {came!r}")


def run(court):
    for function in CHECKS:
        line = {"check": function.__name__.replace("_", " ").strip()}
        try:
            function(court)
        except Failed as failure:
            line["what"] = str(failure)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)
            ours = [frame for frame in place if "judges" in frame.filename][-1]
            line["what"] = f"{type(error).__name__} at {ours.name}, line {ours.lineno}: {error}"
        print(json.dumps(line), flush=True)
