"""Where the emulator is, new shares in it, and operators on them."""

import itertools
import json

import opendal
import plain


class Court:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.document = json.load(file)
        self._numbers = itertools.count(1)

    def share(self, which="first"):
        """A new one."""
        return plain.Share(self.document[which], f"share-{next(self._numbers)}")

    def operator(self, share, which="first", **options):
        """With the account's key, unless the options say otherwise."""
        account = self.document[which]
        if not options.keys() & {"account_key", "sas_token"}:
            options["account_key"] = account["key"]
        options = {"endpoint": account["endpoint"], "account_name": account["name"]} | options
        return opendal.Operator("azfile", share_name=getattr(share, "name", share), **options)

    def new(self):
        """A new share, and an operator on it."""
        share = self.share()
        return share, self.operator(share)
