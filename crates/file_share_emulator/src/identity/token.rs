//! Tokens: JSON Web Tokens signed with a secret of this emulator alone, with the claims that clients and Azurite
//! look at.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Identity, TENANT};

const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

#[derive(Clone)]
pub(crate) struct Issuer {
    secret: [u8; 32],
    life: Duration,
}

#[derive(Debug, Deserialize, Serialize)]
struct Claims {
    aud: String,
    iss: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    appid: String,
    oid: String,
    sub: String,
    tid: String,
    ver: String,
}

pub(crate) struct Issued {
    pub(crate) token: String,
    /// Seconds since 1970.
    pub(crate) expires_on: u64,
}

/// Why a token is none, in the service's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rejection(pub(crate) &'static str);

impl Issuer {
    pub(crate) fn new(life: Duration) -> Self {
        Self { secret: rand::random(), life }
    }

    pub(crate) fn issue(&self, identity: &Identity, audience: &str) -> Issued {
        let (now, object_id) = (now(), identity.object_id());
        let expires_on = now + self.life.as_secs();
        let claims = Claims {
            aud: audience.to_owned(),
            iss: issuer(),
            iat: now,
            nbf: now,
            exp: expires_on,
            appid: identity.client_id.clone(),
            sub: object_id.clone(),
            oid: object_id,
            tid: TENANT.to_owned(),
            ver: "1.0".to_owned(),
        };
        let claims = serde_json::to_vec(&claims).expect("strings and numbers are JSON");
        let signed =
            format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(HEADER), BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature = self.mac(&signed).finalize().into_bytes();
        let token = format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
        Issued { token, expires_on }
    }

    /// The client id of whoever the token stands for.
    pub(crate) fn verify(&self, token: &str, knows: impl Fn(&str) -> bool) -> Result<String, Rejection> {
        let malformed = Rejection("The token is malformed.");
        let (signed, signature) = token.rsplit_once('.').ok_or(malformed)?;
        let (_, claims) = signed.split_once('.').ok_or(malformed)?;
        let decode = |part| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed);
        // Whatever algorithm the header names, only one is asked.
        if self.mac(signed).verify_slice(&decode(signature)?).is_err() {
            return Err(Rejection("Signature validation failed. The signature is invalid."));
        }
        let claims: Claims = serde_json::from_slice(&decode(claims)?).map_err(|_| malformed)?;
        let now = now();
        if claims.exp <= now {
            return Err(Rejection("Lifetime validation failed. The token is expired."));
        }
        if claims.nbf > now {
            return Err(Rejection("Lifetime validation failed. The token is not yet valid."));
        }
        if !knows(claims.aud.trim_end_matches('/')) {
            return Err(Rejection("Audience validation failed. Audience did not match."));
        }
        Ok(claims.appid)
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&self.secret).expect("HMAC takes keys of any length");
        mac.update(text.as_bytes());
        mac
    }
}

/// Seconds since 1970 by the wall clock, which is the caller's too.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn issuer() -> String {
    format!("https://sts.windows.net/{TENANT}/")
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").field("life", &self.life).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(life: Duration, change: fn(String) -> String, audience: &str, expected: &str) {
        let issuer = Issuer::new(life);
        let issued = issuer.issue(&Identity::user_assigned("somebody"), "https://storage.azure.com/");
        let verified = issuer.verify(&change(issued.token), |known| known == audience);
        assert_eq!(verified.unwrap_or_else(|Rejection(why)| why.to_owned()), expected);
    }

    const STORAGE: &str = "https://storage.azure.com";
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_token_is_good_for_its_audience_while_it_lives() {
        check(HOUR, |token| token, STORAGE, "somebody");
        let other = "Audience validation failed. Audience did not match.";
        check(HOUR, |token| token, "https://vault.azure.net", other);
        let expired = "Lifetime validation failed. The token is expired.";
        check(Duration::ZERO, |token| token, STORAGE, expired);
    }

    #[test]
    fn a_token_that_was_touched_is_none() {
        let wrong = "Signature validation failed. The signature is invalid.";
        check(HOUR, |token| token.replacen("eyJ", "eyK", 1), STORAGE, wrong);
        let unsigned = |token: String| format!("{}.", token.rsplit_once('.').expect("three parts").0);
        check(HOUR, unsigned, STORAGE, wrong);
        check(HOUR, |_| "token".to_owned(), STORAGE, "The token is malformed.");
        check(HOUR, |_| "a.b.%".to_owned(), STORAGE, "The token is malformed.");
    }
}
