"""Where the emulator is, and clients for it."""

import itertools
import json

from azure.storage.fileshare import ShareServiceClient


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
