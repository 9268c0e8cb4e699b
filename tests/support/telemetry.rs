//! A stage whose handler tells an ingestion endpoint of itself.

use std::io::Write;
use std::time::Duration;

use ingestion::{Envelope, Ingestion, Kind};
use tempfile::NamedTempFile;

use super::{Handler, Stage, Variables, free_port};

/// As long as a slow machine takes for what comes within seconds.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Watched {
    pub stage: Stage,
    pub ingestion: Ingestion,
    authority: NamedTempFile,
}

impl Watched {
    pub async fn of(stage: Stage) -> Self {
        let issued = stage.emulator.issue_certificate().expect("a certificate");
        let ingestion = Ingestion::start(&issued.certificate, &issued.key).await.expect("it listens");
        let mut authority = NamedTempFile::new().expect("a file");
        authority.write_all(stage.emulator.authority().as_bytes()).expect("room for it");
        Self { stage, ingestion, authority }
    }

    pub fn variables(&self) -> Variables {
        let mut variables = self.stage.variables();
        let more = [
            ("APPLICATIONINSIGHTS_CONNECTION_STRING", self.ingestion.connection_string()),
            ("SSL_CERT_FILE", self.authority.path().display().to_string()),
        ];
        variables.extend(more.map(|(name, value)| (name.to_owned(), value)));
        variables
    }

    pub async fn handler(&self) -> Handler {
        Handler::start(free_port(), &self.variables()).await
    }

    pub fn events(&self, name: &str) -> Vec<Envelope> {
        let all = self.ingestion.envelopes().into_iter();
        all.filter(|envelope| envelope.kind == Kind::Event && envelope.name() == name).collect()
    }

    /// Waits for the first event of a name.
    pub async fn event(&self, name: &str) -> Envelope {
        let found = async {
            loop {
                if let Some(event) = self.events(name).into_iter().next() {
                    return event;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("No event {name}"))
    }
}
