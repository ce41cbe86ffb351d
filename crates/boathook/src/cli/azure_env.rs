//! `azure-env`: what a shell has to be told, so that Azure's own tools find a server on this machine.

use std::path::{self, Path};
use std::process::ExitCode;

use anyhow::Context;

use super::output::console::Console;
use super::session::{self, Environment, Session, SignInArgs};

/// What the cloud is called in `az`.
const CLOUD: &str = "boathook";
/// What goes past the proxy. Not `localhost`: most clients take it for all names that end in it, those of registries
/// among them.
const NO_PROXY: &str = "127.0.0.1,::1";
/// Where programs look for the authorities that they trust: `az` and all of Python, curl, what is made of Go, and node.
const TRUST: [&str; 4] =
    ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];
/// Settings of `az` that say nothing but what was asked for, and tell nobody else (`az-wire` §2).
const QUIET: [(&str, &str); 3] = [
    ("AZURE_CORE_COLLECT_TELEMETRY", "0"),
    ("AZURE_CORE_ONLY_SHOW_ERRORS", "1"),
    ("AZURE_CORE_SURVEY_MESSAGE", "0"),
];

/// Where the server is.
#[derive(clap::Args)]
pub(crate) struct AzureEnvArgs {
    #[command(flatten)]
    sign_in: SignInArgs,
}

/// Prints what a POSIX shell can `eval`.
pub(crate) fn run(
    args: &AzureEnvArgs,
    environment: &Environment,
    console: &mut Console<'_>,
) -> anyhow::Result<ExitCode> {
    let session = session::find(&args.sign_in, environment)?;
    let data = args.sign_in.data.as_ref().or(environment.data.as_ref());
    let data = data.context(
        "the environment is that of a server on this machine: name the folder that `boathook serve` uses, with \
         --data DIR or BOATHOOK_DATA=DIR",
    )?;
    let data = path::absolute(data).context("could not find the data folder")?;
    console.answer(&script(&session, &data)?).context("could not print")?;
    Ok(ExitCode::SUCCESS)
}

fn script(session: &Session, data: &Path) -> anyhow::Result<String> {
    let domain = session.domain.as_deref().filter(|_| session.tls_endpoint.is_some());
    let domain = domain.with_context(|| {
        format!(
            "the server of `{}` answers no HTTPS, without which Azure's tools do not sign in: start it with \
             `boathook serve --tls`",
            data.display()
        )
    })?;
    let mut lines = vec![
        "# For a shell of its own: HTTPS from it reaches Boathook, and nobody else.".to_owned(),
    ];
    let mut export =
        |name: &str, value: &str| lines.push(format!("export {name}={}", quoted(value)));
    // Some programs read the one spelling, some the other, and some prefer the other.
    for name in ["HTTPS_PROXY", "https_proxy"] {
        export(name, &session.endpoint);
    }
    for name in ["NO_PROXY", "no_proxy"] {
        export(name, NO_PROXY);
    }
    if let Some(certificate) = &session.ca_certificate {
        for name in TRUST {
            export(name, &certificate.display().to_string());
        }
    }
    // Its tokens are kept by host name: those of two servers must not be in one folder.
    export("AZURE_CONFIG_DIR", &data.join("azure").display().to_string());
    for (name, value) in QUIET {
        export(name, value);
    }
    let credentials = quoted(&data.join("credentials.json").display().to_string());
    lines.extend([
        "# Once:".to_owned(),
        format!("#   az cloud register -n {CLOUD} --endpoint-resource-manager https://management.{domain}"),
        format!("#   az cloud set -n {CLOUD}"),
        format!(
            "#   az login --service-principal --tenant {} -u {} -p \"$(sed -n 's/.*\"clientSecret\": \"\\(.*\\)\".*/\\1/p' {credentials})\"",
            session.tenant_id, session.client_id
        ),
    ]);
    Ok(lines.join("\n") + "\n")
}

/// A word that a POSIX shell takes as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(tls_endpoint: Option<&str>, ca_certificate: Option<&str>) -> Session {
        Session {
            endpoint: "http://127.0.0.1:5000".to_owned(),
            client_id: "c".to_owned(),
            client_secret: "s3cret".to_owned(),
            ca_certificate: ca_certificate.map(Into::into),
            subscription_id: "s".to_owned(),
            tenant_id: "t".to_owned(),
            resource_group: "g".to_owned(),
            tls_endpoint: tls_endpoint.map(str::to_owned),
            domain: Some("azurecr.localhost".to_owned()),
        }
    }

    #[test]
    fn a_secret_is_not_shown_and_a_folder_may_be_called_anything() {
        let session = session(Some("https://localhost:5443"), Some("/it's here/tls/ca.pem"));
        let script = script(&session, Path::new("/it's here")).unwrap();
        assert!(!script.contains("s3cret"), "{script}");
        assert!(script.contains(r"export SSL_CERT_FILE='/it'\''s here/tls/ca.pem'"), "{script}");
    }

    #[test]
    fn a_certificate_that_others_issued_needs_no_trust_of_its_own() {
        let script =
            script(&session(Some("https://localhost:5443"), None), Path::new("/d")).unwrap();
        assert!(script.contains("HTTPS_PROXY") && !script.contains("SSL_CERT_FILE"), "{script}");
    }

    #[test]
    fn a_server_without_https_is_of_no_use_to_these_tools() {
        let error = script(&session(None, None), Path::new("/d")).unwrap_err().to_string();
        assert!(error.contains("serve --tls"), "{error}");
    }
}
