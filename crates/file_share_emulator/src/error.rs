//! Errors as the service answers them: a status, a code, a sentence, and sometimes further elements. How they
//! are put on the wire is the business of [`crate::answer`].

use axum::http::StatusCode;

/// A refusal. Boxed, since it travels in every result.
#[derive(Clone, Debug)]
pub(crate) struct ServiceError(Box<Refusal>);

#[derive(Clone, Debug)]
struct Refusal {
    kind: Kind,
    message: Option<String>,
    elements: Vec<(&'static str, String)>,
    copy_source: Option<CopySource>,
    /// Of the resource, where a range lies beyond it.
    size: Option<u64>,
}

/// What the source of a server-side copy answered.
#[derive(Clone, Debug)]
pub(crate) struct CopySource {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    status: u16,
    code: &'static str,
    message: &'static str,
}

impl ServiceError {
    pub(crate) fn status(&self) -> StatusCode {
        let status = self.0.copy_source.as_ref().map_or(self.0.kind.status, |source| source.status);
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn code(&self) -> &'static str {
        self.0.kind.code
    }

    pub(crate) fn message(&self) -> &str {
        self.0.message.as_deref().unwrap_or(self.0.kind.message)
    }

    pub(crate) fn elements(&self) -> &[(&'static str, String)] {
        &self.0.elements
    }

    pub(crate) fn copy_source(&self) -> Option<&CopySource> {
        self.0.copy_source.as_ref()
    }

    pub(crate) fn with(mut self, element: &'static str, value: impl Into<String>) -> Self {
        self.0.elements.push((element, value.into()));
        self
    }

    pub(crate) fn of_size(mut self, size: u64) -> Self {
        self.0.size = Some(size);
        self
    }

    pub(crate) fn size(&self) -> Option<u64> {
        self.0.size
    }

    pub(crate) fn saying(mut self, message: impl Into<String>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    /// A header that is not in the right format, named in the answer.
    pub(crate) fn header(name: &str, value: &str) -> Self {
        Self::from(INVALID_HEADER_VALUE).with("HeaderName", name).with("HeaderValue", value)
    }

    pub(crate) fn missing_header(name: &str) -> Self {
        Self::from(MISSING_REQUIRED_HEADER).with("HeaderName", name)
    }

    /// A query parameter whose value is wrong.
    pub(crate) fn query(name: &str, value: &str) -> Self {
        Self::from(INVALID_QUERY_PARAMETER_VALUE)
            .with("QueryParameterName", name)
            .with("QueryParameterValue", value)
            .with("Reason", "")
    }

    /// An element of the body whose text is wrong.
    pub(crate) fn node(name: &str, value: &str) -> Self {
        Self::from(INVALID_XML_NODE_VALUE).with("XmlNodeName", name).with("XmlNodeValue", value)
    }

    pub(crate) fn missing_node(name: &str) -> Self {
        Self::from(MISSING_REQUIRED_XML_NODE).with("XmlNodeName", name)
    }

    pub(crate) fn unsupported_node(name: &str) -> Self {
        Self::from(UNSUPPORTED_XML_NODE).with("XmlNodeName", name)
    }

    /// An operation of the service that the emulator leaves out.
    pub(crate) fn not_implemented(what: &str) -> Self {
        Self::from(NOT_IMPLEMENTED).saying(format!("The emulator does not implement {what}."))
    }

    /// What a fault plan wants to be answered.
    pub(crate) fn planned(status: u16, code: &'static str) -> Self {
        Self::from(Kind { status, code, message: "The request was refused by a fault plan." })
    }

    /// The same by the source of a server-side copy.
    pub(crate) fn planned_source(status: u16, code: &'static str) -> Self {
        let message = "The source was refused by a fault plan.".to_owned();
        Self::refused_source(CopySource { status, code: code.to_owned(), message })
    }

    /// The source of a server-side copy refused; its status is handed through.
    pub(crate) fn refused_source(source: CopySource) -> Self {
        let mut error = Self::from(CANNOT_VERIFY_COPY_SOURCE).saying(source.message.clone());
        error.0.copy_source = Some(source);
        error
    }
}

impl From<Kind> for ServiceError {
    fn from(kind: Kind) -> Self {
        Self(Box::new(Refusal { kind, message: None, elements: Vec::new(), copy_source: None, size: None }))
    }
}

macro_rules! kinds {
    ($($name:ident = $status:literal $code:literal $message:literal;)*) => {
        $(pub(crate) const $name: Kind = Kind { status: $status, code: $code, message: $message };)*
    };
}

kinds! {
    AUTHENTICATION_FAILED = 403 "AuthenticationFailed" "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.";
    AUTHORIZATION_FAILURE = 403 "AuthorizationFailure" "This request is not authorized to perform this operation.";
    AUTHORIZATION_PERMISSION_MISMATCH = 403 "AuthorizationPermissionMismatch" "This request is not authorized to perform this operation using this permission.";
    AUTHORIZATION_PROTOCOL_MISMATCH = 403 "AuthorizationProtocolMismatch" "This request is not authorized to perform this operation using this protocol.";
    AUTHORIZATION_RESOURCE_TYPE_MISMATCH = 403 "AuthorizationResourceTypeMismatch" "This request is not authorized to perform this operation using this resource type.";
    AUTHORIZATION_SERVICE_MISMATCH = 403 "AuthorizationServiceMismatch" "This request is not authorized to perform this operation using this service.";
    AUTHORIZATION_SOURCE_IP_MISMATCH = 403 "AuthorizationSourceIPMismatch" "This request is not authorized to perform this operation using this source IP.";
    CANNOT_CONVERT_TO_SDDL = 400 "CannotConvertToSddlDueToCustomAce" "The permission holds a custom access control entry and cannot be converted to SDDL.";
    CANNOT_DELETE = 409 "CannotDeleteFileOrDirectory" "The file or directory could not be deleted.";
    CANNOT_VERIFY_COPY_SOURCE = 409 "CannotVerifyCopySource" "The source request body for copy source does not match requested length to write on target.";
    CONTAINER_QUOTA_DOWNGRADE_NOT_ALLOWED = 409 "ContainerQuotaDowngradeNotAllowed" "The quota of the share was raised less than a day ago and cannot be lowered yet.";
    COPY_ID_MISMATCH = 409 "CopyIdMismatch" "The specified copy ID did not match the copy ID for the pending copy operation.";
    CRC64_CONDITION_NOT_MET = 412 "Crc64ConditionNotMet" "The Crc64 condition specified was not met.";
    CRC64_MISMATCH = 400 "Crc64Mismatch" "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.";
    DELETE_SHARE_WHEN_SNAPSHOT_LEASED = 409 "DeleteShareWhenSnapshotLeased" "The share has snapshots with an active lease, and the operation does not include those.";
    DIRECTORY_NOT_EMPTY = 409 "DirectoryNotEmpty" "The specified directory is not empty.";
    EMPTY_METADATA_KEY = 400 "EmptyMetadataKey" "The key for one of the metadata key-value pairs is empty.";
    FILE_GENERATION_MISMATCH = 409 "FileGenerationMismatch" "The file is not the one that the previous snapshot holds.";
    FEATURE_VERSION_MISMATCH = 400 "FeatureVersionMismatch" "The operation for the resource is not supported by the version specified in the request.";
    FILE_INVALID_PERMISSION = 400 "FileInvalidPermission" "The specified file permission is not valid.";
    FILE_INVALID_PERMISSION_KEY = 400 "FileInvalidPermissionKey" "The specified file permission key is not valid.";
    INTERNAL_ERROR = 500 "InternalError" "The server encountered an internal error. Please retry the request.";
    FILE_OAUTH_MANAGEMENT_API_RESTRICTED_TO_SRP = 409 "FileOAuthManagementApiRestrictedToSrp" "This API does not support bearer tokens. For OAuth, use the Storage Resource Provider APIs instead. Learn more: https://aka.ms/azurefiles/restapi.";
    INVALID_AUTHENTICATION_INFO = 401 "InvalidAuthenticationInfo" "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.";
    INVALID_CONTINUATION_TOKEN = 400 "InvalidContinuationToken" "The continuation token specified is invalid.";
    INVALID_FILE_OR_DIRECTORY_PATH_NAME = 400 "InvalidFileOrDirectoryPathName" "The specified file or directory path name is not valid.";
    INVALID_HEADER_VALUE = 400 "InvalidHeaderValue" "The value for one of the HTTP headers is not in the correct format.";
    INVALID_INPUT = 400 "InvalidInput" "One of the request inputs is not valid.";
    INVALID_METADATA = 400 "InvalidMetadata" "The metadata specified is invalid. It has characters that are not permitted.";
    INVALID_QUERY_PARAMETER_VALUE = 400 "InvalidQueryParameterValue" "Value for one of the query parameters specified in the request URI is invalid.";
    INVALID_RANGE = 416 "InvalidRange" "The range specified is invalid for the current size of the resource.";
    INVALID_RESOURCE_NAME = 400 "InvalidResourceName" "The specifed resource name contains invalid characters.";
    INVALID_URI = 400 "InvalidUri" "The requested URI does not represent any resource on the server.";
    INVALID_XML_DOCUMENT = 400 "InvalidXmlDocument" "XML specified is not syntactically valid.";
    INVALID_XML_NODE_VALUE = 400 "InvalidXmlNodeValue" "The value for one of the XML nodes is not in the correct format.";
    KEY_BASED_AUTHENTICATION_NOT_PERMITTED = 403 "KeyBasedAuthenticationNotPermitted" "Key based authentication is not permitted on this storage account.";
    LEASE_ALREADY_PRESENT = 409 "LeaseAlreadyPresent" "There is already a lease present.";
    LEASE_ID_MISMATCH_WITH_FILE = 412 "LeaseIdMismatchWithFileOperation" "The lease ID specified did not match the lease ID for the file.";
    LEASE_ID_MISMATCH_WITH_LEASE_OPERATION = 409 "LeaseIdMismatchWithLeaseOperation" "The lease ID specified did not match the lease ID for the file share.";
    LEASE_ID_MISMATCH_WITH_SHARE = 412 "LeaseIdMismatchWithContainerOperation" "The lease ID specified did not match the lease ID for the file share.";
    LEASE_ID_MISSING = 412 "LeaseIdMissing" "There is currently a lease on the file share and no lease ID was specified in the request.";
    LEASE_ID_MISSING_FOR_FILE = 412 "LeaseIdMissing" "There is currently a lease on the file and no lease ID was specified in the request.";
    LEASE_IS_BREAKING_AND_CANNOT_BE_ACQUIRED = 409 "LeaseIsBreakingAndCannotBeAcquired" "The lease is being broken and cannot be acquired until it is.";
    LEASE_IS_BREAKING_AND_CANNOT_BE_CHANGED = 409 "LeaseIsBreakingAndCannotBeChanged" "The lease is being broken and cannot be changed.";
    LEASE_IS_BROKEN_AND_CANNOT_BE_RENEWED = 409 "LeaseIsBrokenAndCannotBeRenewed" "The lease was broken and cannot be renewed.";
    LEASE_LOST = 412 "LeaseLost" "A lease ID was specified, but the lease is over.";
    LEASE_NOT_PRESENT_WITH_FILE = 412 "LeaseNotPresentWithFileOperation" "There is currently no lease on the file.";
    LEASE_NOT_PRESENT_WITH_SHARE = 412 "LeaseNotPresentWithContainerOperation" "There is currently no lease on the file share.";
    LEASE_NOT_PRESENT_WITH_LEASE_OPERATION = 409 "LeaseNotPresentWithLeaseOperation" "There is currently no lease on the file share.";
    MALFORMED_AUTHORIZATION = 400 "InvalidAuthenticationInfo" "The authentication information was not provided in the correct format. Verify the value of Authorization header.";
    MD5_MISMATCH = 400 "Md5Mismatch" "The MD5 value specified in the request did not match with the MD5 value calculated by the server.";
    METADATA_TOO_LARGE = 400 "MetadataTooLarge" "The metadata specified exceeds the maximum permissible limit.";
    MISSING_CONTENT_LENGTH_HEADER = 411 "MissingContentLengthHeader" "Content-Length HTTP header was not specified.";
    MISSING_REQUIRED_HEADER = 400 "MissingRequiredHeader" "An HTTP header that's mandatory for this request is not specified.";
    MISSING_REQUIRED_XML_NODE = 400 "MissingRequiredXmlNode" "An XML node that's mandatory for this request is not specified.";
    NO_AUTHENTICATION_INFORMATION = 401 "NoAuthenticationInformation" "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.";
    NO_PENDING_COPY_OPERATION = 409 "NoPendingCopyOperation" "There is currently no pending copy operation.";
    NOT_IMPLEMENTED = 501 "NotImplemented" "The emulator does not implement this operation.";
    OUT_OF_RANGE_INPUT = 400 "OutOfRangeInput" "One of the request inputs is out of range.";
    OUT_OF_RANGE_QUERY_PARAMETER_VALUE = 400 "OutOfRangeQueryParameterValue" "One of the query parameters specified in the request URI is outside the permissible range.";
    PARENT_NOT_FOUND = 404 "ParentNotFound" "The specified parent path does not exist.";
    PROVISIONED_BANDWIDTH_DOWNGRADE_NOT_ALLOWED = 409 "FileShareProvisionedBandwidthDowngradeNotAllowed" "The provisioned bandwidth was raised less than a day ago and cannot be lowered yet.";
    PROVISIONED_BANDWIDTH_INVALID = 400 "FileShareProvisionedBandwidthInvalid" "The provisioned bandwidth is outside the permissible range.";
    PROVISIONED_IOPS_DOWNGRADE_NOT_ALLOWED = 409 "FileShareProvisionedIopsDowngradeNotAllowed" "The provisioned IOPS were raised less than a day ago and cannot be lowered yet.";
    PROVISIONED_IOPS_INVALID = 400 "FileShareProvisionedIopsInvalid" "The provisioned IOPS are outside the permissible range.";
    PROVISIONED_STORAGE_INVALID = 400 "FileShareProvisionedStorageInvalid" "The provisioned storage is outside the permissible range.";
    PENDING_COPY_OPERATION = 409 "PendingCopyOperation" "There is currently a pending copy operation.";
    PREVIOUS_SNAPSHOT_NOT_FOUND = 409 "PreviousSnapshotNotFound" "The previous snapshot was not found.";
    READ_ONLY_ATTRIBUTE = 409 "ReadOnlyAttribute" "The specified resource is read-only and cannot be modified at this time.";
    REQUEST_BODY_TOO_LARGE = 413 "RequestBodyTooLarge" "The request body is too large and exceeds the maximum permissible limit.";
    RESOURCE_ALREADY_EXISTS = 409 "ResourceAlreadyExists" "The specified resource already exists.";
    RESOURCE_NOT_FOUND = 404 "ResourceNotFound" "The specified resource does not exist.";
    RESOURCE_TYPE_MISMATCH = 409 "ResourceTypeMismatch" "The specified resource type does not match the type of the existing resource.";
    SHARE_ALREADY_EXISTS = 409 "ShareAlreadyExists" "The specified share already exists.";
    SHARE_BEING_DELETED = 409 "ShareBeingDeleted" "The specified share is being deleted. Try operation later.";
    SHARE_HAS_SNAPSHOTS = 409 "ShareHasSnapshots" "The share has snapshots and the operation requires no snapshots.";
    SHARE_NOT_FOUND = 404 "ShareNotFound" "The specified share does not exist.";
    SHARE_SNAPSHOT_COUNT_EXCEEDED = 409 "ShareSnapshotCountExceeded" "The total number of snapshots for the share is over the limit.";
    SHARE_SNAPSHOT_NOT_FOUND = 404 "ShareSnapshotNotFound" "The specified share snapshot does not exist.";
    UNSUPPORTED_HEADER = 400 "UnsupportedHeader" "One of the HTTP headers specified in the request is not supported.";
    UNSUPPORTED_HTTP_VERB = 405 "UnsupportedHttpVerb" "The resource doesn't support specified Http Verb.";
    UNSUPPORTED_XML_NODE = 400 "UnsupportedXmlNode" "An XML node specified in the request body is not supported.";
}
