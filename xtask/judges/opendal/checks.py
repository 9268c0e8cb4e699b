"""How a check is written: a function under @check, named as the claim it makes, given the court.

It fails by an exception, best by those of `equal`, `holds` and `refused`, which name what was expected and what came.
"""

import json
import traceback

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


def refused(kind, code, call, *arguments):
    """The service refuses a call with this code, and opendal takes it for this kind of error."""
    try:
        came = call(*arguments)
    except kind as error:
        # The first line tells the answer, the others the request.
        holds(f'"{code}"' in str(error), f"{kind.__name__} {code}, came {str(error).splitlines()[0]}")
        return
    raise Failed(f"expected {kind.__name__} {code}, came {came!r}")


def run(court):
    for function in CHECKS:
        line = {"check": function.__name__.replace("_", " ").strip()}
        try:
            function(court)
        except Failed as failure:
            line["what"] = str(failure)
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            line["what"] = f"{type(error).__name__} at {frame.name}, line {frame.lineno}: {error}"
        print(json.dumps(line), flush=True)
