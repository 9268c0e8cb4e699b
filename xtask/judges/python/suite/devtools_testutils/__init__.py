"""What the client's own tests ask of their test tools, for the emulator: everything is live, nothing is recorded."""

import functools
import inspect

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
        def run(case, **parameters):
            return test(case, **parameters, **given)

        # pytest supplies the arguments that have names.
        signature = inspect.signature(test)
        named = [it for it in signature.parameters.values() if it.kind != it.VAR_KEYWORD]
        # The dictionary is for what a recording would have to remember.
        given = {} if len(named) == len(signature.parameters) else {"variables": {}, **emulator.accounts()}
        run.__signature__ = signature.replace(parameters=named)
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
