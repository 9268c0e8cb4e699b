//! `APPLICATIONINSIGHTS_CONNECTION_STRING` and `APPLICATIONINSIGHTS_AUTHENTICATION_STRING`: where the app tells of itself. The
//! host reads the same two.

use std::fmt;

use url::Url;

use super::credential::is_guid;
use super::mistake::Mistakes;
use super::variables::{AUTHENTICATION, CLIENT_ID, CONNECTION, INSTANCE, SITE, Variables};

const REMEDY: &str = "Set it to the connection string of the Application Insights resource, as the portal shows it; or remove it";
const AUTHENTICATION_REMEDY: &str =
    "Set it to Authorization=AAD, with ;ClientId=<client id> for a user-assigned identity; or remove it";
/// Where there is no site.
const APP: &str = "azure-files-backup";

/// Where telemetry goes.
#[derive(Clone)]
pub struct TelemetrySettings {
    /// What of it says where telemetry goes; the rest is for others.
    pub connection_string: String,
    pub ingestion: Ingestion,
    /// The app, as Azure or else this project names it.
    pub app: String,
    /// The instance, where Azure names it.
    pub instance: Option<String>,
}

/// What lets telemetry in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ingestion {
    /// The key in the connection string.
    Key,
    /// A token of the app's identity: the user-assigned one with this client id, else its own.
    Identity { client_id: Option<String> },
}

pub(super) fn read(variables: Variables<'_>, mistakes: &mut Mistakes) -> Option<TelemetrySettings> {
    let connection = variables.get(CONNECTION)?;
    let connection_string =
        connection_of(connection).map_err(|problem| mistakes.add(CONNECTION, problem, REMEDY));
    let ingestion =
        ingestion(variables).map_err(|problem| mistakes.add(AUTHENTICATION, problem, AUTHENTICATION_REMEDY));
    Some(TelemetrySettings {
        connection_string: connection_string.ok()?,
        ingestion: ingestion.ok()?,
        app: variables.get(SITE).unwrap_or(APP).to_owned(),
        instance: variables.get(INSTANCE).map(str::to_owned),
    })
}

/// The members that the exporter asks for, in the form in which it takes them: it knows no semicolon at the end, and no `=`
/// in a value.
fn connection_of(text: &str) -> Result<String, &'static str> {
    let members = members(text).ok_or("Not a list of members as Name=Value, parted by semicolons")?;
    let member = |name: &str| {
        members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    };
    if !member("InstrumentationKey").is_some_and(is_guid) {
        return Err("It has no InstrumentationKey, or one that is no GUID");
    }
    if member("Authorization").is_some_and(|kind| !kind.eq_ignore_ascii_case("ikey")) {
        return Err(
            "Its Authorization is not ikey; tokens are asked for in APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        );
    }
    let endpoint = member("IngestionEndpoint").map(Url::parse);
    let is_endpoint = |url: &Url| url.scheme() == "https" && url.has_host() && url.query().is_none();
    if endpoint.is_some_and(|endpoint| !endpoint.as_ref().is_ok_and(is_endpoint)) {
        return Err("Its IngestionEndpoint is no https URL");
    }
    let wanted = ["InstrumentationKey", "IngestionEndpoint", "EndpointSuffix", "Location"];
    let wanted = wanted.into_iter().filter_map(|name| Some(format!("{name}={}", member(name)?)));
    Ok(wanted.collect::<Vec<_>>().join(";"))
}

fn ingestion(variables: Variables<'_>) -> Result<Ingestion, &'static str> {
    let Some(text) = variables.get(AUTHENTICATION) else { return Ok(Ingestion::Key) };
    let (mut is_token, mut client_id) = (false, None);
    for (name, value) in members(text).ok_or("Not a list of members as Name=Value, parted by semicolons")? {
        match name.to_ascii_lowercase().as_str() {
            "authorization" if value.eq_ignore_ascii_case("aad") => is_token = true,
            "authorization" => return Err("Its Authorization is not AAD"),
            "clientid" if is_guid(value) => client_id = Some(value),
            "clientid" => return Err("Its ClientId is no client id"),
            _ => return Err("It has a member that is neither Authorization nor ClientId"),
        }
    }
    if !is_token {
        return Err("It has no Authorization");
    }
    let client_id = client_id.or(variables.get(CLIENT_ID)).map(str::to_owned);
    Ok(Ingestion::Identity { client_id })
}

fn members(text: &str) -> Option<Vec<(&str, &str)>> {
    let members = text.split(';').map(str::trim).filter(|member| !member.is_empty());
    members.map(|member| member.split_once('=').map(|(name, value)| (name.trim(), value.trim()))).collect()
}

impl fmt::Debug for TelemetrySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ingestion, app, instance, connection_string: _ } = self;
        let mut shown = f.debug_struct("TelemetrySettings");
        shown
            .field("ingestion", ingestion)
            .field("app", app)
            .field("instance", instance)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const KEY: &str = "InstrumentationKey=00000000-1111-4222-8333-444444444444";
    const CLIENT: &str = "a9900000-0000-4000-8000-000000000001";

    fn read_of(settings: &[(&str, &str)]) -> (Option<TelemetrySettings>, Vec<String>) {
        let variables: BTreeMap<String, String> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut mistakes = Mistakes::default();
        let read = read(Variables(&variables), &mut mistakes);
        (read, mistakes.into_vec().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn nothing_is_sent_unless_a_resource_is_named() {
        let (read, mistakes) = read_of(&[(AUTHENTICATION, "Authorization=AAD")]);
        assert!(read.is_none() && mistakes.is_empty());
    }

    #[test]
    fn what_the_portal_shows_is_taken_with_a_semicolon_at_its_end() {
        let text =
            format!("{KEY};IngestionEndpoint=https://w.in.ai/;LiveEndpoint=https://w.live/;ApplicationId=x;");
        let (read, mistakes) = read_of(&[(CONNECTION, &text), (SITE, "app")]);
        let read = read.expect("no mistake");
        assert_eq!(read.connection_string, format!("{KEY};IngestionEndpoint=https://w.in.ai/"));
        assert_eq!((read.ingestion, read.app.as_str()), (Ingestion::Key, "app"));
        assert_eq!(mistakes, [""; 0]);
    }

    #[test]
    fn a_token_is_that_of_the_identity_that_is_named_last() {
        for (text, settings, expected) in [
            ("Authorization=AAD", None, None),
            ("Authorization=AAD", Some(CLIENT), Some(CLIENT)),
            (&format!("ClientId={CLIENT};Authorization=AAD;"), None, Some(CLIENT)),
        ] {
            let mut variables = vec![(CONNECTION, KEY), (AUTHENTICATION, text)];
            variables.extend(settings.map(|id| (CLIENT_ID, id)));
            let (read, mistakes) = read_of(&variables);
            let client_id = expected.map(str::to_owned);
            assert_eq!(
                read.expect("no mistake").ingestion,
                Ingestion::Identity { client_id },
                "{mistakes:?}"
            );
        }
    }

    #[test]
    fn mistakes_are_named_with_their_remedy_and_without_the_key() {
        for (setting, text) in [
            (CONNECTION, "00000000-1111-4222-8333-444444444444"),
            (CONNECTION, "InstrumentationKey=key"),
            (CONNECTION, "IngestionEndpoint=https://w.in.ai/"),
            (CONNECTION, &format!("{KEY};IngestionEndpoint=http://w.in.ai/")),
            (CONNECTION, &format!("{KEY};IngestionEndpoint=w")),
            (CONNECTION, &format!("{KEY};Authorization=AAD")),
            (AUTHENTICATION, "AAD"),
            (AUTHENTICATION, "Authorization=Key"),
            (AUTHENTICATION, "Authorization=AAD;ClientId=me"),
            (AUTHENTICATION, &format!("ClientId={CLIENT}")),
            (AUTHENTICATION, "Authorization=AAD;Client=me"),
        ] {
            let mut variables = vec![(setting, text)];
            variables.extend((setting == AUTHENTICATION).then_some((CONNECTION, KEY)));
            let (read, mistakes) = read_of(&variables);
            assert!(read.is_none(), "{text}");
            let [mistake] = &mistakes[..] else { panic!("{text}: {mistakes:?}") };
            assert!(mistake.starts_with(setting) && mistake.contains("or remove it"), "{mistake}");
            assert!(!mistake.contains("1111"), "{mistake}");
        }
    }
}
