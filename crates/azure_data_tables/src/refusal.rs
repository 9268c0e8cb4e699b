//! Why a request is not sent: the code that the service would answer, and the reason in our words.

pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) reason: String,
}

pub(crate) fn refuse<T>(code: &'static str, reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, reason: reason.into() })
}
