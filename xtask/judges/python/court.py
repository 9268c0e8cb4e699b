"""Where the emulator is, and clients for it."""

import itertools
import json
import urllib.parse
import urllib.request

from azure.core.credentials import AccessToken
from azure.storage.fileshare import ShareServiceClient


class Tokens:
    """Those of an identity, from the identity endpoint; for another resource if one is named."""

    def __init__(self, document, client_id=None, resource=None):
        self._document = document
        self._client_id = client_id
        self._resource = resource

    def get_token(self, *scopes, **_):
        resource = self._resource or scopes[0].removesuffix("/.default")
        query = {"api-version": "2019-08-01", "resource": resource}
        if self._client_id:
            query["client_id"] = self._client_id
        url = f"{self._document['identityEndpoint']}?{urllib.parse.urlencode(query)}"
        headers = {"X-IDENTITY-HEADER": self._document["identityHeader"]}
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            given = json.load(answer)
        return AccessToken(given["access_token"], int(given["expires_on"]))


class Court:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.document = json.load(file)
        self._numbers = itertools.count(1)

    def account(self, which="first"):
        return self.document[which]

    def service(self, which="first", scheme="http", **options):
        account = self.account(which)
        endpoint = account["endpoint" if scheme == "http" else "httpsEndpoint"]
        options.setdefault("credential", {"account_name": account["name"], "account_key": account["key"]})
        if scheme == "https":
            options.setdefault("connection_verify", self.document["caFile"])
        return ShareServiceClient(endpoint, retry_total=0, **options)

    def name(self, begin="share"):
        """One that nobody has used."""
        return f"{begin}-{next(self._numbers)}"

    def share(self, which="first", scheme="http", **options):
        """A new share, made with these options."""
        client = self.service(which, scheme).get_share_client(self.name())
        client.create_share(**options)
        return client

    def file(self, content=b"content", name="file", **options):
        """A new file in a new share."""
        client = self.share(**options).get_file_client(name)
        client.upload_file(content)
        return client

    def signed(self, share, sas):
        """The share for whoever has nothing but this signature."""
        return self.service(credential=sas).get_share_client(share.share_name)

    def keyless(self, client_id=None, resource=None, **options):
        """The account without keys, for an identity."""
        options.setdefault("token_intent", "backup")
        return self.service("keyless", "https", credential=Tokens(self.document, client_id, resource), **options)

    def let_pass(self, seconds):
        """By the emulator's clock."""
        body = json.dumps({"advanceMs": int(seconds * 1000)}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.document['control']}clock", body)).close()
