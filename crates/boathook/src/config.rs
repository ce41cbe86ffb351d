//! What a server is told: defaults, then a file, then the environment, then flags.
//!
//! Lives here: reading, checking and showing the configuration. Each section is a struct in [`section`], and goes whole
//! to the part of the server that needs it. Not here: what becomes of the settings.

mod place;
mod section;
mod value;

use std::fs;
use std::process::ExitCode;

use ::config::builder::DefaultState;
use ::config::{ConfigBuilder, ConfigError, Environment, File, FileFormat, Map};
use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::cli::output::console::Console;
use crate::cli::serve::ServeArgs;
pub(crate) use section::{
    Format, Gc, IdentityProvider, Imports, Log, Server, Storage, Uploads, Webhooks,
};

/// The defaults, and the reference of all settings.
const DEFAULTS: &str = include_str!("config.default.toml");
/// What begins the name of a variable that is a setting.
const PREFIX: &str = "BOATHOOK";
/// What stands between the parts of such a name.
const SEPARATOR: &str = "__";

/// Everything that can be configured.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) storage: Storage,
    pub(crate) webhooks: Webhooks,
    pub(crate) imports: Imports,
    pub(crate) identity_provider: IdentityProvider,
    pub(crate) uploads: Uploads,
    pub(crate) gc: Gc,
    pub(crate) log: Log,
}

/// A configuration that cannot be served with, and what would be right.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Wrong(pub(crate) String);

/// Says `ok`, or fails with what is wrong.
pub(crate) fn check(args: &ServeArgs, console: &mut Console<'_>) -> anyhow::Result<ExitCode> {
    load(args)?;
    console.answer("ok\n").context("could not print")?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the configuration as it holds in the end, as TOML, passwords hidden.
pub(crate) fn show(args: &ServeArgs, console: &mut Console<'_>) -> anyhow::Result<ExitCode> {
    let text = toml::to_string(&load(args)?).context("could not print the configuration")?;
    console.answer(&text).context("could not print")?;
    Ok(ExitCode::SUCCESS)
}

/// Reads the configuration from everywhere.
pub(crate) fn load(args: &ServeArgs) -> Result<Config, Wrong> {
    layers(args, None)
}

/// Returns what holds where nothing was configured.
pub(crate) fn defaults() -> Config {
    let config = layers(&ServeArgs::default(), Some(Map::new()));
    config.expect("because a test reads the defaults")
}

/// Lays one source over the other, and reads the sum after each, so that a complaint can name its source. Variables are
/// those of the process unless others are given.
fn layers(args: &ServeArgs, variables: Option<Map<String, String>>) -> Result<Config, Wrong> {
    let mut builder =
        ::config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    if let Some(path) = &args.config {
        let name = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| Wrong(format!("`{name}` cannot be read: {error}")))?;
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
        read(&builder, &name)?;
    }
    let environment =
        Environment::with_prefix(PREFIX).prefix_separator(SEPARATOR).separator(SEPARATOR);
    builder = builder.add_source(environment.source(variables));
    read(&builder, "the environment")?;
    let builder = override_with(builder, args).map_err(|error| Wrong(error.to_string()))?;
    let config = read(&builder, "the command line")?;
    section::check(&config)?;
    Ok(config)
}

fn override_with(
    builder: ConfigBuilder<DefaultState>,
    args: &ServeArgs,
) -> Result<ConfigBuilder<DefaultState>, ConfigError> {
    let text = |path: &std::path::PathBuf| path.display().to_string();
    builder
        .set_override_option("server.listen", args.listen.map(|listen| listen.to_string()))?
        .set_override_option("server.tls", args.tls.then_some(true))?
        .set_override_option("server.tls_listen", args.tls_listen.map(|listen| listen.to_string()))?
        .set_override_option("server.domain", args.domain.clone())?
        .set_override_option("server.registry", args.registry.clone())?
        .set_override_option(
            "server.regions",
            (!args.regions.is_empty()).then(|| args.regions.clone()),
        )?
        .set_override_option("server.dev", args.dev.then_some(true))?
        .set_override_option("storage.data", args.data.as_ref().map(text))?
        .set_override_option("storage.database", args.database.clone())?
        .set_override_option("storage.blobs", args.blobs.clone())
}

/// Reads what the sources say so far; the last of them is to blame for what is wrong.
fn read(builder: &ConfigBuilder<DefaultState>, source: &str) -> Result<Config, Wrong> {
    let config = builder.build_cloned().and_then(::config::Config::try_deserialize);
    config.map_err(|error| Wrong(format!("{}, in {source}", complaint(error))))
}

fn complaint(error: ConfigError) -> String {
    match error {
        ConfigError::At { error, key: Some(key), .. } => format!("`{key}`: {error}"),
        ConfigError::Type { unexpected, expected, key: Some(key), .. } => {
            format!("`{key}`: expected {expected}, not {unexpected}")
        }
        ConfigError::FileParse { cause, .. } => cause.to_string().trim_end().to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
