"""Who may do what: keys, signatures and tokens, and the refusals of each."""

from datetime import datetime, timedelta, timezone

from azure.storage.fileshare import (
    AccessPolicy,
    AccountSasPermissions,
    FileSasPermissions,
    ResourceTypes,
    ShareSasPermissions,
    generate_account_sas,
    generate_file_sas,
    generate_share_sas,
)

from claims import check, equal
from refusals import refused

ALL = ResourceTypes(service=True, container=True, object=True)


def soon(hours=1):
    return datetime.now(timezone.utc) + timedelta(hours=hours)


def of_account(court, permission, resources=ALL, expiry=None, which="first"):
    account = court.account(which)
    return generate_account_sas(account["name"], account["key"], resources, permission, expiry or soon())


def of_share(court, share, permission=None, **options):
    account = court.account()
    options.setdefault("expiry", None if "policy_id" in options else soon())
    return generate_share_sas(account["name"], share.share_name, account["key"], permission, **options)


def of_file(court, share, path, permission, **options):
    account = court.account()
    return generate_file_sas(account["name"], share.share_name, path, account["key"], permission, soon(), **options)


@check
def a_wrong_key_is_refused(court):
    credential = {"account_name": court.account()["name"], "account_key": court.account("second")["key"]}
    refused(403, "AuthenticationFailed", court.service(credential=credential).get_service_properties)


@check
def https_takes_keys_too(court):
    equal(court.share(scheme="https").get_share_properties().quota > 0, True)


@check
def an_account_sas_opens_what_it_names(court):
    share = court.share()
    client = court.signed(share, of_account(court, AccountSasPermissions(read=True, list=True)))
    equal(list(client.list_directories_and_files()), [])
    refused(403, "AuthorizationPermissionMismatch", client.create_directory, "d")


@check
def an_account_sas_for_objects_does_not_open_shares(court):
    share = court.share()
    sas = of_account(court, AccountSasPermissions(read=True, list=True), ResourceTypes(object=True))
    refused(403, "AuthorizationResourceTypeMismatch", court.signed(share, sas).get_share_properties)


@check
def the_account_sas_of_another_account_is_refused(court):
    share = court.share()
    sas = of_account(court, AccountSasPermissions(read=True, list=True), which="second")
    refused(403, "AuthenticationFailed", court.signed(share, sas).get_share_properties)


@check
def a_share_sas_makes_and_reads_its_files(court):
    share = court.share()
    permission = ShareSasPermissions(read=True, create=True, write=True, list=True)
    client = court.signed(share, of_share(court, share, permission))
    client.create_directory("d")
    client.get_file_client("d/f").upload_file(b"abc")
    equal(client.get_file_client("d/f").download_file().readall(), b"abc")
    equal([entry["name"] for entry in client.list_directories_and_files("d")], ["f"])


@check
def a_sas_without_the_letter_is_refused(court):
    share = court.share()
    client = court.signed(share, of_share(court, share, ShareSasPermissions(read=True)))
    refused(403, "AuthorizationPermissionMismatch", client.get_file_client("f").create_file, 1)
    refused(403, "AuthorizationPermissionMismatch", client.list_directories_and_files)


@check
def a_sas_that_has_expired_is_refused(court):
    share = court.share()
    sas = of_share(court, share, ShareSasPermissions(read=True), expiry=soon(-1))
    refused(403, "AuthenticationFailed", court.signed(share, sas).get_file_client("f").get_file_properties)


@check
def a_sas_that_is_not_good_yet_is_refused(court):
    share = court.share()
    sas = of_share(court, share, ShareSasPermissions(read=True), start=soon(1), expiry=soon(2))
    refused(403, "AuthenticationFailed", court.signed(share, sas).get_file_client("f").get_file_properties)


@check
def a_sas_of_another_share_is_refused(court):
    one, other = court.share(), court.share()
    sas = of_share(court, one, ShareSasPermissions(create=True))
    refused(403, "AuthenticationFailed", court.signed(other, sas).create_directory, "d")


@check
def a_sas_for_another_address_is_refused(court):
    share = court.share()
    sas = of_share(court, share, ShareSasPermissions(read=True), ip="192.0.2.10")
    refused(403, "AuthorizationSourceIPMismatch", court.signed(share, sas).get_file_client("f").get_file_properties)


@check
def a_sas_for_https_does_not_open_http(court):
    share = court.share()
    sas = of_share(court, share, ShareSasPermissions(create=True), protocol="https")
    refused(403, "AuthorizationProtocolMismatch", court.signed(share, sas).create_directory, "d")


@check
def a_sas_by_a_stored_policy_ends_with_the_policy(court):
    share = court.share()
    policy = AccessPolicy(ShareSasPermissions(create=True), soon())
    share.set_share_access_policy({"p": policy})
    client = court.signed(share, of_share(court, share, policy_id="p"))
    client.create_directory("d")
    share.set_share_access_policy({})
    refused(403, "AuthenticationFailed", client.create_directory, "e")


@check
def a_file_sas_opens_one_file(court):
    share = court.share()
    share.create_directory("d")
    for path in ["d/one", "d/two"]:
        share.get_file_client(path).upload_file(path.encode())
    client = court.signed(share, of_file(court, share, ["d", "one"], FileSasPermissions(read=True)))
    equal(client.get_file_client("d/one").download_file().readall(), b"d/one")
    refused(403, "AuthenticationFailed", client.get_file_client("d/two").download_file)


@check
def a_sas_says_with_which_headers_a_file_is_read(court):
    share = court.share()
    share.get_file_client("f").upload_file(b"abc")
    headers = {"content_type": "text/told", "cache_control": "no-store"}
    sas = of_file(court, share, ["f"], FileSasPermissions(read=True), **headers)
    settings = court.signed(share, sas).get_file_client("f").download_file().properties.content_settings
    equal((settings.content_type, settings.cache_control), ("text/told", "no-store"))


@check
def the_key_of_an_account_without_keys_is_refused(court):
    refused(403, "KeyBasedAuthenticationNotPermitted", court.service("keyless").get_service_properties)


@check
def a_token_opens_an_account_without_keys(court):
    share = court.keyless().create_share(court.name())
    share.create_directory("d")
    share.get_file_client("d/f").upload_file(b"abc")
    equal(share.get_file_client("d/f").download_file().readall(), b"abc")


@check
def a_token_without_the_intent_is_refused(court):
    share = court.keyless().create_share(court.name())

    def forget(request):
        del request.http_request.headers["x-ms-file-request-intent"]

    root = share.get_directory_client()
    refused(400, "MissingRequiredHeader", root.get_directory_properties, raw_request_hook=forget)


@check
def a_token_for_another_audience_is_refused(court):
    service = court.keyless(resource="https://vault.azure.net")
    refused(401, "InvalidAuthenticationInfo", service.get_service_properties)


@check
def a_reader_reads_and_does_not_write(court):
    share = court.keyless().create_share(court.name())
    reader = court.keyless(court.document["reader"]).get_share_client(share.share_name)
    equal(list(reader.list_directories_and_files()), [])
    refused(403, "AuthorizationPermissionMismatch", reader.create_directory, "d")


@check
def whoever_has_no_role_is_refused(court):
    share = court.keyless().create_share(court.name())
    stranger = court.keyless(court.document["stranger"]).get_share_client(share.share_name)
    refused(403, "AuthorizationPermissionMismatch", stranger.list_directories_and_files)


@check
def a_signature_by_a_delegated_key_opens_a_file(court):
    service = court.keyless()
    share = service.create_share(court.name())
    share.get_file_client("f").upload_file(b"abc")
    key = service.get_user_delegation_key(start=soon(-1), expiry=soon())
    name = court.account("keyless")["name"]
    sas = generate_file_sas(
        name, share.share_name, ["f"], permission=FileSasPermissions(read=True), expiry=soon(), user_delegation_key=key
    )
    client = court.service("keyless", "https", credential=sas).get_share_client(share.share_name)
    equal(client.get_file_client("f").download_file().readall(), b"abc")
