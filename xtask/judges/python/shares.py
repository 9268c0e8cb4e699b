"""Shares: what they are made with, what they answer, who may have them, and how they go."""

from checks import check, equal, refused


@check
def a_new_share_answers_its_etag_and_last_modified(court):
    answer = court.service().get_share_client(court.name()).create_share()
    equal(sorted(answer.keys() & {"etag", "last_modified"}), ["etag", "last_modified"])


@check
def a_share_that_exists_cannot_be_created(court):
    refused(409, "ShareAlreadyExists", court.share().create_share)


@check
def a_share_that_does_not_exist_is_not_found(court):
    share = court.service().get_share_client(court.name())
    refused(404, "ShareNotFound", share.get_share_properties)
