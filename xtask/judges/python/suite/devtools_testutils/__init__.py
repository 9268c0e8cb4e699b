"""What the client's own tests ask of their test tools, for the emulator: everything is live, nothing is recorded."""

import functools

import emulator
import pytest


def is_live():
    return True


def recorded_by_proxy(test):
    return test


class EnvironmentVariableLoader:
    """Hands a test the names and keys of the accounts that it works with."""

    def __init__(self, *_, **__):
        pass

    def __call__(self, test):
        @functools.wraps(test)
        def run(case):
            # With a dictionary for what a recording would have to remember.
            return test(case, variables={}, **emulator.accounts())

        # Or pytest would look for fixtures behind the arguments of the test.
        del run.__wrapped__
        return run


class EnvironmentVariableOptions:
    def __init__(self, **_):
        pass


@pytest.fixture(scope="session")
def test_proxy():
    pass


def __getattr__(name):
    """Whatever else there is cleans recordings."""
    if name.startswith(("add_", "set_")):
        return lambda *_, **__: None
    raise AttributeError(name)
