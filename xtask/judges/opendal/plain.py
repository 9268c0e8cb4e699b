"""Requests without any client: an account SAS, and HTTP as the library of Python has it.

It makes shares, which opendal cannot, and looks at what opendal wrote with other eyes.
"""

import base64
import hashlib
import hmac
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

VERSION = "2022-11-02"


def account_sas(account, permissions="rwdlc", life=timedelta(hours=1)):
    expiry = (datetime.now(timezone.utc) + life).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = {"sp": permissions, "ss": "f", "srt": "sco", "st": "", "se": expiry, "sip": "", "spr": "https,http"}
    text = "\n".join([account["name"], *fields.values(), VERSION, "", ""])
    digest = hmac.new(base64.b64decode(account["key"]), text.encode(), hashlib.sha256).digest()
    fields |= {"sv": VERSION, "sig": base64.b64encode(digest).decode()}
    return urllib.parse.urlencode({name: value for name, value in fields.items() if value})


class Share:
    def __init__(self, account, name):
        self.name = name
        self._account = account
        self.request("PUT", query="restype=share")

    def request(self, method, path="", query="", body=None, **headers):
        """Status, headers and body of the answer; what is not success is an exception."""
        path = urllib.parse.quote(f"{self.name}/{path}".rstrip("/"))
        url = f"{self._account['endpoint']}/{path}?{query}&{account_sas(self._account)}"
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers |= {"x-ms-version": VERSION, "Content-Length": str(len(body or b""))}
        request = urllib.request.Request(url, data=body, headers=headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()

    def read(self, path):
        return self.request("GET", path)[2]

    def properties(self, path):
        return self.request("HEAD", path)[1]
