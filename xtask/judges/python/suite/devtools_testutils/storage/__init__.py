from .testcase import LogCaptured, StorageRecordedTestCase, generate_sas_token


def GenericTestProxyParametrize1():
    return lambda test: test


__all__ = ["GenericTestProxyParametrize1", "LogCaptured", "StorageRecordedTestCase", "generate_sas_token"]
