//! Shares, and what belongs to a share or an account as a whole, made as the recording shows it later.

use anyhow::Result;

use crate::make::kept;
use crate::script::Step;
use crate::stage::{Stage, fact_of};
use crate::target::{Place, Target};

const A_PERMISSION: &str = "O:S-1-5-21-1-2-3-500G:S-1-5-21-1-2-3-513D:(A;;FA;;;SY)";

impl Stage<'_> {
    pub(crate) async fn share(&mut self, place: &Place, index: usize) -> Result<()> {
        let target = Target::new(place, &[("restype", "share")]);
        if !self.is_open(self.mentioned.get(place), index) || self.is_there("GET", &target).await? {
            return Ok(());
        }
        let description = self.description(place, None, index);
        let mut headers = kept(&description, &["x-ms-share-quota", "x-ms-root-squash"]);
        if let Some(tier) = description.headers.get("x-ms-access-tier") {
            headers.insert("x-ms-access-tier".to_owned(), tier.clone());
        }
        let protocols = match self.is_nfs(place) {
            true => Some("NFS".to_owned()),
            false => description.headers.get("x-ms-enabled-protocols").cloned(),
        };
        headers.extend(protocols.map(|protocols| ("x-ms-enabled-protocols".to_owned(), protocols)));
        self.make("share", "PUT", target, headers, Vec::new()).await?;
        self.note_made(place, index);
        Ok(())
    }

    pub(crate) async fn key(&mut self, share: &Place, key: &str) -> Result<()> {
        if self.names.knows(key) {
            return Ok(());
        }
        let told = self.steps.iter().map(|step| &step.exchange).find(|exchange| {
            exchange.request.method == "GET" && exchange.header("x-ms-file-permission-key") == Some(key)
        });
        let told = told.and_then(|exchange| serde_json::from_str(exchange.response.text()).ok());
        let body: serde_json::Value =
            told.unwrap_or_else(|| serde_json::json!({ "permission": A_PERMISSION, "format": "sddl" }));
        let target = Target::new(share, &[("restype", "share"), ("comp", "filepermission")]);
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        let answer =
            self.make("permission", "PUT", target, headers.into(), body.to_string().into_bytes()).await?;
        if let Some(ours) = answer.header("x-ms-file-permission-key") {
            self.names.pair(key, ours);
        }
        Ok(())
    }

    pub(crate) async fn policies(&mut self, share: &Place, body: &str, index: usize) -> Result<()> {
        let target = Target::new(share, &[("restype", "share"), ("comp", "acl")]);
        self.document("policies", target, body, index).await
    }

    pub(crate) async fn service_properties(&mut self, body: &str, index: usize) -> Result<()> {
        let query = [("restype", "service"), ("comp", "properties")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let target = Target { path: "/".to_owned(), query: query.into() };
        self.document("serviceProperties", target, body, index).await
    }

    async fn document(&mut self, what: &'static str, target: Target, body: &str, index: usize) -> Result<()> {
        let last = self.facts.get(&fact_of(&target));
        if !self.is_open(last, index) && !self.is_filled_in(last, index) {
            return Ok(());
        }
        self.facts.insert(fact_of(&target), index);
        let headers = [("content-type".to_owned(), "application/xml".to_owned())];
        self.make(what, "PUT", target, headers.into(), body.trim_start_matches('\u{FEFF}').into()).await?;
        Ok(())
    }

    pub(crate) async fn snapshot(&mut self, share: &Place, id: &str, index: usize) -> Result<()> {
        let taken = |step: &Step| {
            step.exchange.response.header("x-ms-snapshot").is_some()
                && step.exchange.request.target.place() == *share
        };
        if self.names.knows(id) || id.is_empty() && self.steps[..index].iter().any(taken) {
            return Ok(());
        }
        let description = self.description(share, Some(id), index);
        let headers = kept(&description, &[]);
        let target = Target::new(share, &[("restype", "share"), ("comp", "snapshot")]);
        let answer = self.make("shareSnapshot", "PUT", target, headers, Vec::new()).await?;
        if let Some(ours) = answer.header("x-ms-snapshot") {
            self.names.pair(id, ours);
        }
        Ok(())
    }

    fn is_nfs(&self, share: &Place) -> bool {
        self.steps.iter().map(|step| &step.exchange).any(|exchange| {
            exchange.request.target.place().share == share.share
                && (exchange.response.header("x-ms-mode").is_some()
                    || exchange.response.header("x-ms-link-text").is_some()
                    || exchange.header("x-ms-mode").is_some()
                    || exchange.header("x-ms-link-text").is_some())
        })
    }
}
