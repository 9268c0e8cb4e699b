//! The way of a request: retry, which keeps the pace of the share; then for each attempt the client's own policies, the
//! credential, the transport.

use crate::copy_source_bearer::AuthorizeCopySource;
use crate::outcome::Ambiguity;
use crate::retry::Retry;
use crate::service_error::{from_answer, from_transport};
use crate::watch::Watch;
use crate::{Answer, Credential, Pace, Repeat, Result, RetryOptions};
use azure_core::http::policies::Policy;
use azure_core::http::{ClientOptions, Context, HttpClient, PipelineSendOptions, Request, Transport};
use std::fmt::Display;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Pipeline(azure_core::http::Pipeline);

/// What a request is, for its errors and for the policies on its way.
pub struct Call<'a> {
    pub operation: &'static str,
    pub resource: &'a (dyn Display + Sync),
    pub repeat: Repeat,
    pub context: Context<'a>,
}

/// In the `Context` of a request that makes the service move so many bytes which it does not bring.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moves(pub u64);

/// The operation, in the `Context` of every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name(pub(crate) &'static str);

impl Pipeline {
    /// `client` names the crate in the user agent. `per_try` policies see every attempt before it is signed.
    pub fn new(
        client: (&'static str, &'static str),
        http: Arc<dyn HttpClient>,
        retry: RetryOptions,
        pace: Option<Pace>,
        credential: &Credential,
        mut per_try: Vec<Arc<dyn Policy>>,
    ) -> Self {
        per_try.push(Arc::new(AuthorizeCopySource));
        per_try.push(credential.policy());
        let options = ClientOptions {
            transport: Some(Transport::new(http)),
            // The built-in policy repeats what must not be repeated; ours stands before it.
            retry: azure_core::http::RetryOptions::none(),
            per_call_policies: vec![Arc::new(Retry { options: retry, pace, watch: Watch::default() })],
            ..Default::default()
        };
        let (name, version) = client;
        Self(azure_core::http::Pipeline::new(Some(name), Some(version), options, vec![], per_try, None))
    }

    /// The body is read whole, inside the retry: a body that breaks off is a lost answer.
    pub async fn send(&self, call: Call<'_>, mut request: Request) -> Result<Answer> {
        let Call { operation, resource, repeat, mut context } = call;
        let ambiguity = Ambiguity::default();
        context.insert(repeat);
        context.insert(Name(operation));
        context.insert(ambiguity.clone());
        // The checks of azure_core would put the body of the answer into the error, and so signatures.
        let options = PipelineSendOptions { skip_checks: true, ..Default::default() };
        let error = match self.0.send(&context, &mut request, Some(options)).await {
            Ok(response) => {
                let (status, headers, body) = response.deconstruct();
                if status.is_success() {
                    return Ok(Answer { status: status.into(), headers, body: body.into() });
                }
                from_answer(operation, resource, status.into(), &headers, &body)
            }
            Err(cause) => from_transport(operation, resource, cause),
        };
        Err(if ambiguity.noted() { error.after_an_unknown_outcome() } else { error })
    }
}

impl std::fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.operation, self.resource)
    }
}
