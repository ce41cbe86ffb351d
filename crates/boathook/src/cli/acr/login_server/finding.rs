//! Which login server a registry has.
//!
//! The management API says so to whoever may read the registry there. For all others, whose roles may let them in to
//! its content, it is the name of the registry under the server's domain, as `az` has it.

use reqwest::header::HOST;

use super::LoginServer;
use super::sign_in::Entry;
use crate::cli::acr::registry::Whereabouts;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// What the management API says of a registry.
pub(super) enum Shown {
    Registry { path: String, registry: Value },
    Nothing { why: String },
}

/// Finds the login server, which has to answer.
pub(super) async fn find(
    entry: &Entry<'_>,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<(LoginServer, Shown), Failure> {
    let (name, shown) = match entry.registry {
        Whereabouts::Path(path) => {
            let registry = progress::during(console, arm.get(path)).await?;
            let name = registry.at(&["properties", "loginServer"]).as_str().unwrap_or_default();
            if let Some(suffix) = &entry.account.suffix {
                console.warn(&format!(
                    "Obtained registry login server '{name}' from service. The specified suffix '{suffix}' is ignored."
                ));
            }
            (name.to_owned(), Shown::Registry { path: path.clone(), registry })
        }
        Whereabouts::Unseen { name, why } => {
            let domain = progress::during(console, domain(arm)).await;
            let domain = domain.ok_or_else(|| Failure::Argument(why.clone()))?;
            let hash = entry.account.suffix.as_ref().map(|suffix| format!("-{suffix}"));
            let name = format!("{name}{}.{domain}", hash.unwrap_or_default()).to_lowercase();
            (name, Shown::Nothing { why: why.clone() })
        }
    };
    let server = LoginServer::new(arm, &name);
    reach(&server, &shown, console).await?;
    Ok((server, shown))
}

/// Asks the server under which domain its registries are.
async fn domain(arm: &Arm) -> Option<String> {
    let metadata = arm.get("/metadata/endpoints?api-version=2022-09-01").await.ok()?;
    metadata.at(&["suffixes", "acrLoginServer"]).as_str().map(str::to_owned)
}

/// Makes sure that a login server answers, and says no to nobody from the start.
async fn reach(
    server: &LoginServer,
    shown: &Shown,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let name = &server.name;
    let registry_name = match shown {
        Shown::Registry { path, .. } => path.rsplit('/').next().unwrap_or_default(),
        Shown::Nothing { .. } => name.split(['.', '-']).next().unwrap_or_default(),
    };
    let url = format!("{}/v2/", server.base);
    let answer = server.http.get(&url).header(HOST, name).send();
    let answer = progress::during(console, answer).await.map_err(|error| {
        tracing::debug!(cause = crate::cli::arm::last_cause(&error), "the login server did not answer");
        if let Shown::Nothing { why } = shown {
            console.warn(&format!("{why}\nUsing '{name}' as the default registry login server."));
        }
        Failure::Argument(format!(
            "Could not connect to the registry login server '{name}'. Please verify that the registry exists and the \
             URL 'https://{name}/v2/' is reachable from your environment.\nTry running 'az acr check-health -n \
             {registry_name} --yes' to diagnose this issue."
        ))
    })?;
    if answer.status().as_u16() == 403 {
        return Err(Failure::Argument(format!(
            "Looks like you don't have access to registry '{name}'. To see configured firewall rules, run 'az acr show \
             --query networkRuleSet --name {registry_name}'. To see if public network access is enabled, run 'az acr \
             show --query publicNetworkAccess'.Please refer to \
             https://aka.ms/acr/errors#connectivity_forbidden_error for more information."
        )));
    }
    Ok(())
}
