//! A deployed app, asked over its routes.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

/// The platform gives up on an answer after 230 seconds.
const PATIENCE: Duration = Duration::from_secs(240);

/// Where it is, and the function key that opens it.
pub struct App {
    url: Url,
    key: Option<String>,
    http: reqwest::Client,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl App {
    pub fn new(url: &str, key: Option<String>) -> anyhow::Result<Self> {
        let url = Url::parse(url)
            .context("The address of the app is no URL; write https://NAME.azurewebsites.net")?;
        if !matches!(url.scheme(), "http" | "https") || url.cannot_be_a_base() {
            bail!("The address of the app is neither http nor https; write https://NAME.azurewebsites.net");
        }
        if url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            bail!(
                "The address of the app is to hold no key and no user: write https://NAME.azurewebsites.net, and put the key into BACKUP_APP_KEY"
            );
        }
        let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
        if key.is_some() && url.scheme() == "http" && !is_here {
            bail!("The key of the app is sent over https alone; write https://NAME.azurewebsites.net");
        }
        let http = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
        Ok(Self { url, key, http: http.build()? })
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<T> {
        self.send(Method::GET, path, query, None::<&()>).await
    }

    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.send(Method::POST, path, query, Some(body)).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<T> {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("api").push("pairs").extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url);
        if let Some(key) = &self.key {
            request = request.header("x-functions-key", key);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(serde_json::to_vec(body)?);
        }
        let answer =
            request.send().await.map_err(reqwest::Error::without_url).context("The app does not answer")?;
        let (status, body) = (
            answer.status(),
            answer
                .bytes()
                .await
                .map_err(reqwest::Error::without_url)
                .context("The app's answer broke off")?,
        );
        if matches!(status, StatusCode::OK | StatusCode::ACCEPTED) {
            return serde_json::from_slice(&body)
                .context("The answer is none of this app's; do the versions fit?");
        }
        let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
        match (problem["code"].as_str(), problem["detail"].as_str()) {
            (Some(code), Some(detail)) => bail!("{code}: {detail}"),
            _ if status == StatusCode::UNAUTHORIZED => {
                bail!("The app wants a function key; put it into the variable BACKUP_APP_KEY")
            }
            _ => bail!("The app answers {status}"),
        }
    }
}
