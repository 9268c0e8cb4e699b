"""How a check is written: a function under @check, named as the claim it makes, given the court.

It fails by an exception, best by those of `equal` and `holds`, which name what was expected and what came.
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


def run(court):
    for function in CHECKS:
        line = {"check": function.__name__.replace("_", " ").strip()}
        try:
            function(court)
        except Failed as failure:
            line["what"] = str(failure)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            ours = [frame for frame in frames if "judges" in frame.filename][-1]
            line["what"] = f"{type(error).__name__} at {ours.name}, line {ours.lineno}: {error}"
        print(json.dumps(line), flush=True)
