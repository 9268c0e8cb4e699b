"""The emulator in place of the service: who is there, tokens, its clock, and its addresses.

The tests speak to `https://ACCOUNT.file.core.windows.net`. What a hosts file would do is done here for this process:
connections to those names lead to the account's port.
"""

import json
import os
import urllib.parse
import urllib.request

import urllib3.util.connection
from azure.core.credentials import AccessToken

with open(os.environ["JUDGE_COURT"], encoding="utf-8") as file:
    COURT = json.load(file)

FILE_HOST = ".file.core.windows.net"


class Secret(str):
    @property
    def secret(self):
        return str(self)


def accounts():
    """As the tests take them."""
    named = {"storage": "first", "secondary_storage": "second", "premium_storage_file": "premium"}
    values = {}
    for begin, which in named.items():
        values[f"{begin}_account_name"] = COURT[which]["name"]
        values[f"{begin}_account_key"] = Secret(COURT[which]["key"])
    return values


def token(resource):
    query = urllib.parse.urlencode({"api-version": "2019-08-01", "resource": resource})
    request = urllib.request.Request(f"{COURT['identityEndpoint']}?{query}")
    request.add_header("X-IDENTITY-HEADER", COURT["identityHeader"])
    with urllib.request.urlopen(request) as answer:
        given = json.load(answer)
    return AccessToken(given["access_token"], int(given["expires_on"]))


def let_pass(seconds):
    """Leases, deletions and the like go by the emulator's clock."""
    body = json.dumps({"advanceMs": int(seconds * 1000)}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{COURT['control']}clock", body)).close()


def port(host):
    """Where an account's https is, by its host name."""
    for which in ("first", "second", "keyless", "premium"):
        if host == COURT[which]["name"] + FILE_HOST:
            return urllib.parse.urlsplit(COURT[which]["httpsEndpoint"]).port
    raise OSError(f"{host} is not in the emulator")


def stand_in():
    """From here on the accounts' names lead to the emulator."""
    connect = urllib3.util.connection.create_connection

    def create_connection(address, *arguments, **options):
        host, at = address
        if host.endswith(".core.windows.net"):
            host, at = "127.0.0.1", port(host)
        return connect((host, at), *arguments, **options)

    urllib3.util.connection.create_connection = create_connection
    os.environ["REQUESTS_CA_BUNDLE"] = COURT["caFile"]
