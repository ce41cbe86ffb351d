//! `login`: remember where the server is and how to sign in.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use boathook_core::defaults;

use super::acr::registry;
use super::arm::Arm;
use super::output::console::Console;
use super::progress;
use super::session::{self, Environment, RESOURCE_GROUP, SUBSCRIPTION_ID, Session};

/// Most that a secret may have, so that a wrong pipe does not fill the memory.
const SECRET_BYTES_MAX: u64 = 4096;

/// What to remember.
#[derive(clap::Args)]
pub(crate) struct LoginArgs {
    /// Base URL of the server, such as `http://localhost:5000`.
    #[arg(long, value_name = "URL")]
    endpoint: String,
    /// Id of the client to sign in as.
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// Secret of the client; `-` reads it from standard input.
    #[arg(long, value_name = "SECRET")]
    client_secret: String,
    /// File with the certificate of the authority to trust for HTTPS.
    #[arg(long, value_name = "FILE")]
    ca_certificate: Option<PathBuf>,
    /// Id of the subscription.
    #[arg(long, value_name = "ID", default_value = SUBSCRIPTION_ID)]
    subscription: String,
    /// Name of the resource group.
    #[arg(long, short = 'g', value_name = "NAME", default_value = RESOURCE_GROUP)]
    resource_group: String,
    /// Name of a registry to read, which proves that the sign-in is right.
    #[arg(long, short, value_name = "NAME")]
    registry: Option<String>,
}

/// Checks the sign-in as far as it can and keeps it.
pub(crate) async fn run(
    args: LoginArgs,
    environment: &Environment,
    console: &mut Console<'_>,
) -> anyhow::Result<ExitCode> {
    let is_http = args.endpoint.starts_with("http://") || args.endpoint.starts_with("https://");
    ensure!(is_http, "--endpoint must begin with http:// or https://, as in http://localhost:5000");
    let client_secret = match args.client_secret.as_str() {
        "-" => read_secret(std::io::stdin())?,
        given => given.to_owned(),
    };
    ensure!(!client_secret.is_empty(), "the client secret is empty");
    let ca_certificate = args.ca_certificate.map(std::path::absolute).transpose();
    let session = Session {
        endpoint: args.endpoint.trim_end_matches('/').to_owned(),
        client_id: args.client_id,
        client_secret,
        ca_certificate: ca_certificate.context("could not find the certificate")?,
        subscription_id: args.subscription,
        tenant_id: defaults::TENANT_ID.to_owned(),
        resource_group: args.resource_group,
        tls_endpoint: None,
        domain: None,
    };
    let arm = Arm::new(session.clone())?;
    let proof = match &args.registry {
        Some(name) => {
            let name = registry::name(name, console)?;
            progress::during(console, registry::find(&arm, &name, None)).await?;
            "the server knows you"
        }
        None => "not checked against the server: name a registry with --registry for that",
    };
    let path = session::keep(&session, environment)?;
    console.say(&format!(
        "signed in to {} ({proof}); kept in {}",
        session.endpoint,
        path.display()
    ));
    Ok(ExitCode::SUCCESS)
}

fn read_secret(input: impl Read) -> anyhow::Result<String> {
    let mut secret = String::new();
    input
        .take(SECRET_BYTES_MAX + 1)
        .read_to_string(&mut secret)
        .context("could not read the secret")?;
    ensure!(
        secret.len() as u64 <= SECRET_BYTES_MAX,
        "the secret is longer than {SECRET_BYTES_MAX} bytes"
    );
    Ok(secret.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_without_its_newline_and_within_its_limit() {
        assert_eq!(read_secret(&b"s3cret\r\n"[..]).unwrap(), "s3cret");
        assert!(read_secret(&[b'x'; 4096][..]).is_ok());
        assert!(read_secret(&[b'x'; 4097][..]).is_err());
    }
}
