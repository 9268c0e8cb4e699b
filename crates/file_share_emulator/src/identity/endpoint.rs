//! The identity endpoint as App Service and Functions have it (api-version 2019-08-01): whoever knows its header
//! gets a token for an identity of the configuration and for any resource.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use faults::{Fault, Seen};
use serde_json::{Value, json};
use tokio::time::sleep;
use url::Url;

use super::Identity;
use super::token::Issued;
use crate::log::RequestRecord;
use crate::request::Query;
use crate::service::State;
use crate::wire::{Line, Listener};

const PATH: &str = "/msi/token";
const API_VERSION: &str = "2019-08-01";
/// In the log and in faults. No account can have this name.
const NAME: &str = "identity endpoint";
const OPERATION: &str = "Get Token";

/// What `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` say in the platform.
#[derive(Clone)]
pub struct IdentityEndpoint {
    pub url: Url,
    /// A secret: whoever knows it gets tokens.
    pub header: String,
}

impl IdentityEndpoint {
    pub(crate) fn new(port: u16) -> anyhow::Result<Self> {
        let secret: [u8; 16] = rand::random();
        let header = secret.iter().map(|byte| format!("{byte:02X}")).collect();
        Ok(Self { url: Url::parse(&format!("http://127.0.0.1:{port}{PATH}"))?, header })
    }
}

impl std::fmt::Debug for IdentityEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentityEndpoint").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

pub(crate) async fn serve(
    listener: Listener,
    state: Arc<State>,
    endpoint: IdentityEndpoint,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = Router::new()
        .fallback(move |ConnectInfo(line): ConnectInfo<Line>, request: Request| {
            let (parts, _) = request.into_parts();
            answer(state.clone(), endpoint.clone(), line, parts)
        })
        .into_make_service_with_connect_info::<Line>();
    axum::serve(listener, app).with_graceful_shutdown(stopped).await
}

/// Handing out a token changes nothing here, so every fault that loses the answer is the same.
async fn answer(state: Arc<State>, endpoint: IdentityEndpoint, line: Line, parts: Parts) -> Response<Body> {
    let answer = match fault(&state, &parts) {
        Fault::None => token(&state, &endpoint, &parts),
        Fault::Delay { by } | Fault::Stall { by } => {
            sleep(by).await;
            token(&state, &endpoint, &parts)
        }
        Fault::Refuse { status, code, .. } | Fault::RefuseSource { status, code } => {
            Err(Refusal(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), code))
        }
        fault => {
            line.close();
            if let Fault::After(then) = fault {
                then();
            }
            Err(Refusal(StatusCode::SERVICE_UNAVAILABLE, "The answer is lost."))
        }
    };
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(Refusal(status, message)) => (status, json!({"statusCode": status.as_u16(), "message": message})),
    };
    state.log.add(RequestRecord {
        account: NAME.to_owned(),
        method: parts.method.to_string(),
        path_and_query: parts.uri.to_string(),
        operation: OPERATION,
        status: status.as_u16(),
        error_code: None,
        written_bytes: 0,
        read_bytes: 0,
        client_request_id: None,
        connection: line.connection,
    });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn fault(state: &State, parts: &Parts) -> Fault {
    state.faults.next().map_or(Fault::None, |(plan, number)| {
        plan.fault(&Seen {
            number,
            account: NAME,
            operation: OPERATION,
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            data_bytes: 0,
        })
    })
}

struct Refusal(StatusCode, &'static str);

fn token(state: &State, endpoint: &IdentityEndpoint, parts: &Parts) -> Result<Value, Refusal> {
    if parts.uri.path() != PATH || parts.method != Method::GET {
        return Err(Refusal(StatusCode::NOT_FOUND, "There is nothing else here than GET /msi/token."));
    }
    let secret = parts.headers.get("x-identity-header").and_then(|value| value.to_str().ok());
    if secret != Some(endpoint.header.as_str()) {
        return Err(Refusal(StatusCode::UNAUTHORIZED, "X-IDENTITY-HEADER is missing or wrong."));
    }
    let bad = |message| Refusal(StatusCode::BAD_REQUEST, message);
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let query = query.map_err(|_| bad("The query is not percent-encoded UTF-8."))?;
    if query.get("api-version") != Some(API_VERSION) {
        return Err(bad("The parameter api-version must be 2019-08-01."));
    }
    let resource = query.get("resource").ok_or(bad("The parameter resource is missing."))?;
    let identity = state.config.identities.iter().find(|identity| is_meant(identity, &query));
    let identity = identity
        .filter(|identity| !identity.refused)
        .ok_or(bad("No Managed Identity found for specified ClientId/ResourceId/PrincipalId."))?;
    let Issued { token, expires_on } = state.issuer.issue(identity, resource);
    Ok(json!({
        "access_token": token,
        "expires_on": expires_on.to_string(),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": identity.client_id,
    }))
}

/// A user-assigned identity is named by one of its ids; without one it is the app's own.
fn is_meant(identity: &Identity, query: &Query) -> bool {
    let principal = query.get("principal_id").or_else(|| query.get("object_id"));
    match (query.get("client_id"), principal, query.get("mi_res_id")) {
        (None, None, None) => identity.system_assigned,
        (Some(client), None, None) => identity.client_id.eq_ignore_ascii_case(client),
        (None, Some(principal), None) => identity.object_id() == principal.to_lowercase(),
        // Resource ids exist only where there are resource groups.
        _ => false,
    }
}
