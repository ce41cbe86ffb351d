//! The sections of the configuration, and what has to hold between their settings.

use std::collections::HashSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use boathook_core::name::{Region, RegistryName};
use boathook_core::origin::PlainHost;
use boathook_core::role::RoleMapping;
use boathook_engine::Limits;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::place::{BlobsUrl, DatabaseUrl, MetricsListen, ProviderUri};
use super::value::{
    address, duration, format_duration, networks, parsed, parsed_list, shown, shown_duration,
    shown_list,
};
use super::{Config, Wrong};

/// Least and most that an attempt may be given.
const ATTEMPT_TIMEOUT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_mins(10));
/// Least that events have to be kept.
const EVENT_AGE_MIN: Duration = Duration::from_hours(1);
/// Most that a server may go on serving, and may wait, after it was told to stop.
const DRAIN_MAX: Duration = Duration::from_hours(1);
/// Least that an upload has to be left alone for.
const UPLOAD_AGE_MIN: Duration = Duration::from_mins(1);
/// Least and most that may lie between two looks for what nobody needs.
const GC_INTERVAL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(7 * 24));

/// Most values of a provider's claim that may give roles: those of one token go into its refresh token.
const ROLES_MAX: usize = 64;

/// Where the server is found, and what it is called.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    #[serde(deserialize_with = "address")]
    pub(crate) listen: SocketAddr,
    #[serde(deserialize_with = "parsed", serialize_with = "shown")]
    pub(crate) metrics_listen: MetricsListen,
    pub(crate) tls: bool,
    #[serde(deserialize_with = "address")]
    pub(crate) tls_listen: SocketAddr,
    pub(crate) tls_certificate: PathBuf,
    pub(crate) tls_key: PathBuf,
    pub(crate) domain: String,
    #[serde(deserialize_with = "parsed", serialize_with = "shown")]
    pub(crate) registry: RegistryName,
    #[serde(deserialize_with = "parsed_list", serialize_with = "shown_list")]
    pub(crate) regions: Vec<Region>,
    pub(crate) dev: bool,
    #[serde(deserialize_with = "duration", serialize_with = "shown_duration")]
    pub(crate) drain_grace: Duration,
    #[serde(deserialize_with = "duration", serialize_with = "shown_duration")]
    pub(crate) drain_timeout: Duration,
}

/// Where everything is kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Storage {
    pub(crate) data: PathBuf,
    #[serde(serialize_with = "shown")]
    pub(crate) database: DatabaseUrl,
    #[serde(deserialize_with = "parsed", serialize_with = "shown")]
    pub(crate) blobs: BlobsUrl,
}

/// Where webhooks may point, how long they are tried, and how many there may be.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhooks {
    #[serde(deserialize_with = "networks", serialize_with = "shown_list")]
    pub(crate) allow_cidrs: Vec<IpNet>,
    #[serde(deserialize_with = "duration", serialize_with = "shown_duration")]
    pub(crate) attempt_timeout: Duration,
    #[serde(deserialize_with = "duration", serialize_with = "shown_duration")]
    pub(crate) event_age_max: Duration,
    pub(crate) quota_basic: usize,
    pub(crate) quota_standard: usize,
    pub(crate) quota_premium: usize,
}

/// Where images may be imported from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Imports {
    #[serde(deserialize_with = "networks", serialize_with = "shown_list")]
    pub(crate) allow_cidrs: Vec<IpNet>,
    #[serde(deserialize_with = "parsed_list", serialize_with = "shown_list")]
    pub(crate) plain_http: Vec<PlainHost>,
    pub(crate) ca_certificate: PathBuf,
}

/// Whose tokens are believed beside the server's own, and what their claims mean.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityProvider {
    #[serde(deserialize_with = "parsed", serialize_with = "shown")]
    pub(crate) issuer: ProviderUri,
    pub(crate) audience: String,
    #[serde(deserialize_with = "parsed", serialize_with = "shown")]
    pub(crate) jwks_uri: ProviderUri,
    pub(crate) ca_certificate: PathBuf,
    pub(crate) name_claim: String,
    pub(crate) roles_claim: String,
    #[serde(deserialize_with = "parsed_list", serialize_with = "shown_list")]
    pub(crate) roles: Vec<RoleMapping>,
}

/// How many uploads there may be, and for how long.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Uploads {
    pub(crate) open_max: usize,
    #[serde(deserialize_with = "duration", serialize_with = "shown_duration")]
    pub(crate) age_max: Duration,
}

/// When content goes that nobody needs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gc {
    pub(crate) enabled: bool,
    #[serde(deserialize_with = "duration", serialize_with = "shown_duration")]
    pub(crate) grace: Duration,
    #[serde(deserialize_with = "duration", serialize_with = "shown_duration")]
    pub(crate) interval: Duration,
}

/// What is logged, and how it looks.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    #[serde(deserialize_with = "parsed", serialize_with = "shown")]
    pub(crate) format: Format,
    pub(crate) filter: String,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("it is `text` or `json`"),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

impl Config {
    /// Returns the limits that the engine works within.
    pub(crate) fn limits(&self) -> Limits {
        let Webhooks { quota_basic, quota_standard, quota_premium, .. } = self.webhooks;
        Limits {
            uploads_open_max: self.uploads.open_max,
            upload_age_max: self.uploads.age_max,
            webhooks_max: [quota_basic, quota_standard, quota_premium],
            attempt_timeout: self.webhooks.attempt_timeout,
            event_age_max: self.webhooks.event_age_max,
            collects: self.gc.enabled,
            collection_grace: self.gc.grace,
            collection_interval: self.gc.interval,
        }
    }
}

/// Checks what each setting by itself does not tell.
pub(super) fn check(config: &Config) -> Result<(), Wrong> {
    let Config { server, storage, webhooks, identity_provider: provider, uploads, gc, log, .. } =
        config;
    let wrong = |complaint: String| Err(Wrong(complaint));
    let tls_listen = server.tls.then_some(server.tls_listen);
    let listens = std::iter::once(server.listen).chain(tls_listen);
    if let Some(listen) =
        listens.into_iter().find(|listen| server.dev && !listen.ip().is_loopback())
    {
        return wrong(format!(
            "`server.dev`: --dev lets anyone pull and push, so it answers on loopback only, not on {listen}: leave \
             --dev out, or listen on 127.0.0.1"
        ));
    }
    if server.metrics_listen.0 == Some(server.listen) && server.listen.port() != 0 {
        return wrong(format!(
            "`server.metrics_listen`: {} is where everything else is answered: choose another address, or leave it \
             empty to have the metrics there too",
            server.listen
        ));
    }
    let is_given = |path: &PathBuf| !path.as_os_str().is_empty();
    for (path, other, key) in [
        (&server.tls_certificate, &server.tls_key, "tls_key"),
        (&server.tls_key, &server.tls_certificate, "tls_certificate"),
    ] {
        if is_given(path) && !is_given(other) {
            return wrong(format!(
                "`server.{key}`: it is empty, but a certificate and its key are two files: name both, or neither to \
                 have the certificate from an authority of the server's own"
            ));
        }
    }
    if !is_domain(&server.domain) {
        return wrong(format!(
            "`server.domain`: `{}` is not right: it is a host name in lower case, such as azurecr.localhost",
            server.domain
        ));
    }
    let mut seen = HashSet::new();
    if let Some(twice) = server.regions.iter().find(|region| !seen.insert(*region)) {
        return wrong(format!("`server.regions`: `{twice}` is there twice"));
    }
    if server.regions.is_empty() {
        return wrong("`server.regions`: there is none, but a server has at least one".to_owned());
    }
    if storage.data.as_os_str().is_empty() {
        return wrong("`storage.data`: it is empty, but the keys need a folder".to_owned());
    }
    if !storage.database.is_known() {
        return wrong(format!(
            "`storage.database`: `{}` is not right: it is `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`",
            storage.database
        ));
    }
    within("server.drain_grace", server.drain_grace, (Duration::ZERO, DRAIN_MAX))?;
    within("server.drain_timeout", server.drain_timeout, (Duration::ZERO, DRAIN_MAX))?;
    within("webhooks.attempt_timeout", webhooks.attempt_timeout, ATTEMPT_TIMEOUT)?;
    within("webhooks.event_age_max", webhooks.event_age_max, (EVENT_AGE_MIN, Duration::MAX))?;
    within("uploads.age_max", uploads.age_max, (UPLOAD_AGE_MIN, Duration::MAX))?;
    within("gc.interval", gc.interval, GC_INTERVAL)?;
    if uploads.open_max == 0 {
        return wrong("`uploads.open_max`: it is 0, but a push needs at least 1".to_owned());
    }
    check_provider(provider)?;
    if let Err(error) = EnvFilter::try_new(&log.filter) {
        return wrong(format!("`log.filter`: `{}` is not right: {error}", log.filter));
    }
    Ok(())
}

fn check_provider(provider: &IdentityProvider) -> Result<(), Wrong> {
    for (key, text) in [
        ("audience", &provider.audience),
        ("name_claim", &provider.name_claim),
        ("roles_claim", &provider.roles_claim),
    ] {
        if text.is_empty() {
            return Err(Wrong(format!(
                "`identity_provider.{key}`: it is empty, but a token has to be asked for it"
            )));
        }
    }
    if ROLES_MAX < provider.roles.len() {
        return Err(Wrong(format!(
            "`identity_provider.roles`: there are {}, but at most {ROLES_MAX} values may give roles",
            provider.roles.len()
        )));
    }
    Ok(())
}

fn within(key: &str, value: Duration, (min, max): (Duration, Duration)) -> Result<(), Wrong> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    let right = match max {
        Duration::MAX => format!("it is at least {}", format_duration(min)),
        _ => format!("it is between {} and {}", format_duration(min), format_duration(max)),
    };
    Err(Wrong(format!("`{key}`: {} is not right: {right}", format_duration(value))))
}

/// Says whether a text is a host name in the letters that hosts are compared in.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    text.len() <= 200 && text.split('.').all(is_label)
}
