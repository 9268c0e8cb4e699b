//! How far the clocks of the services are from ours, by the `Date` of their answers. Whoever is far off is refused
//! with Shared Key, and signs what is over before it begins.

use async_trait::async_trait;
use azure_core::http::headers::HeaderName;
use azure_core::http::{AsyncRawResponse, HttpClient, Request, Url};
use azure_core::time::{Duration, OffsetDateTime, parse_rfc7231};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use crate::headers::text;

const DATE: HeaderName = HeaderName::from_static("date");

/// An HTTP client that passes every request on, and notes what time it was for whoever answered.
#[derive(Clone)]
pub struct ServiceClock {
    http: Arc<dyn HttpClient>,
    ahead: Arc<Mutex<HashMap<String, Duration>>>,
}

impl ServiceClock {
    pub fn new(http: Arc<dyn HttpClient>) -> Self {
        Self { http, ahead: Arc::default() }
    }

    /// How far the clock behind an endpoint was ahead of ours in its last answer, to the second. `None` where none came.
    pub fn ahead(&self, endpoint: &Url) -> Option<Duration> {
        self.ahead.lock().expect("no panic while the clocks are held").get(endpoint.authority()).copied()
    }
}

#[async_trait]
impl HttpClient for ServiceClock {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let sent = OffsetDateTime::now_utc();
        let answer = self.http.execute_request(request).await?;
        let there = text(answer.headers(), &DATE).and_then(|date| parse_rfc7231(date).ok());
        if let Some(there) = there {
            let here = sent + (OffsetDateTime::now_utc() - sent) / 2;
            let mut ahead = self.ahead.lock().expect("no panic while the clocks are held");
            ahead.insert(request.url().authority().to_owned(), there - here);
        }
        Ok(answer)
    }
}

impl fmt::Debug for ServiceClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceClock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHttp, Script};
    use azure_core::http::Method;

    #[tokio::test]
    async fn what_a_service_says_of_the_time_is_held_against_our_own_clock() {
        const LONG_AGO: [(&str, &str); 1] = [("date", "Mon, 01 Jan 2024 00:00:00 GMT")];
        let url = |text: &str| Url::parse(text).expect("a URL");
        let clock = ServiceClock::new(FakeHttp::new([Script::Answer(403, &LONG_AGO)]));
        let asked = url("http://localhost:1/account/share");
        clock.execute_request(&Request::new(asked, Method::Get)).await.expect("an answer");
        let ahead = clock.ahead(&url("http://localhost:1/account")).expect("it said what time it is");
        assert!(ahead < Duration::days(-365), "{ahead}");
        assert_eq!(clock.ahead(&url("http://localhost:2/account")), None);
    }
}
