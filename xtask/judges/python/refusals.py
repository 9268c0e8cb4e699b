"""What a refusal looks like here."""

from azure.core.exceptions import HttpResponseError
from claims import Failed


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
