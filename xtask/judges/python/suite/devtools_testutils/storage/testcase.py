"""What the classes of tests have in common."""

import base64
import hashlib
import io
import logging
import math
import os
from datetime import datetime, timedelta

import emulator
from azure.storage.fileshare import AccountSasPermissions, ResourceTypes, generate_account_sas


def generate_sas_token():
    """Of an account that is not there: it is only read."""
    key = base64.b64encode(b"no key").decode()
    expiry = datetime.utcnow() + timedelta(days=1)
    return "?" + generate_account_sas("test", key, ResourceTypes(object=True), AccountSasPermissions(read=True), expiry)


class Credential:
    """Asks the identity endpoint for tokens."""

    def get_token(self, *scopes, **_):
        return emulator.token(scopes[0].removesuffix("/.default"))


class StorageRecordedTestCase:
    is_live = True
    sas_token = generate_sas_token()
    logger = logging.getLogger("azure.storage")

    def setup_method(self, method):
        self._name = method.__qualname__
        self.enable_logging()

    def enable_logging(self):
        self.logger.setLevel(logging.DEBUG)

    def is_playback(self):
        return False

    def sleep(self, seconds):
        emulator.let_pass(seconds)

    def account_url(self, account, kind):
        return f"https://{account}.{kind}.core.windows.net"

    def connection_string(self, account, key):
        return f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey={key};EndpointSuffix=core.windows.net"

    def get_credential(self, *_, **__):
        return Credential()

    def get_resource_name(self, begin):
        """Another one for each test."""
        return begin + hashlib.sha256(self._name.encode()).hexdigest()[:12]

    def get_random_bytes(self, size):
        return os.urandom(size)

    def get_random_text_data(self, size):
        """As many bytes as characters."""
        return ("hello world python " * size)[:size]

    def get_datetime_variable(self, _variables, _name, moment):
        return moment

    def generate_sas(self, make, *arguments, **options):
        return make(*arguments, **options)

    def assertNamedItemInContainer(self, container, name):
        """Share snapshots go by their moments."""
        names = [named for item in container for named in (item.name, getattr(item, "snapshot", None))]
        assert name in names, f"{name} is not among {names}"

    def assertNamedItemNotInContainer(self, container, name):
        assert name not in [item.name for item in container]

    def assert_upload_progress(self, size, most, progress, unknown_size=False):
        """Once for every part, in the order in which they were done."""
        total = None if unknown_size else size
        assert [given for _, given in progress] == [total] * math.ceil(size / most)

    def assert_download_progress(self, size, most, first, progress):
        """Once for the first request, and then for every part of what it left."""
        assert len(progress) == 1 + math.ceil(max(size - first, 0) / most)
        assert all(total == size for _, total in progress[1:])


class LogCaptured:
    """What the client logs meanwhile."""

    def __init__(self, case):
        self._logger = case.logger

    def __enter__(self):
        self._text = io.StringIO()
        self._handler = logging.StreamHandler(self._text)
        self._logger.addHandler(self._handler)
        return self._text

    def __exit__(self, *_):
        self._logger.removeHandler(self._handler)
