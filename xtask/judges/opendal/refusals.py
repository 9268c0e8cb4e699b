"""What a refusal looks like here."""

from claims import Failed, holds


def refused(kind, code, call, *arguments):
    """The service refuses a call with this code, and opendal takes it for this kind of error."""
    try:
        came = call(*arguments)
    except kind as error:
        # The first line tells the answer, the others the request.
        holds(f'"{code}"' in str(error), f"{kind.__name__} {code}, came {str(error).splitlines()[0]}")
        return
    raise Failed(f"expected {kind.__name__} {code}, came {came!r}")
