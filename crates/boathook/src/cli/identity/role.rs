//! `identity role …`: what identities may do.

mod assign;
mod list;
mod unassign;

use boathook_core::digest::Algorithm;
use serde_json::json;

use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::value::Value;

/// Manage what identities may do.
#[derive(clap::Args)]
pub(super) struct Role {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Assign(assign::Assign),
    List(list::List),
    Unassign(unassign::Unassign),
}

/// Runs one of the commands.
pub(super) async fn run(
    role: Role,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match role.command {
        Command::Assign(args) => assign::run(args, arm, console).await,
        Command::List(args) => list::run(args, arm, console).await,
        Command::Unassign(args) => unassign::run(args, arm, console).await,
    }
}

/// The flags that say where a role counts: on the subscription where nothing is said.
#[derive(clap::Args)]
pub(super) struct ScopeArgs {
    /// Where the role counts, as a path of the management API.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["registry", "resource_group"])]
    scope: Option<String>,
    /// A registry that it counts on.
    #[arg(long, short, value_name = "NAME")]
    registry: Option<String>,
    /// A resource group that it counts in, or that the registry is in.
    #[arg(long, short = 'g', value_name = "NAME")]
    resource_group: Option<String>,
}

impl ScopeArgs {
    /// Returns the path of the scope.
    pub(super) fn path(&self, arm: &Arm) -> Result<String, Failure> {
        let session = arm.session();
        let group = self.resource_group.as_ref();
        for name in self.registry.iter().chain(group) {
            if !registry::is_step(name) {
                return Err(Failure::Argument(format!("'{name}' cannot be a name.")));
            }
        }
        Ok(match (&self.scope, &self.registry) {
            (Some(scope), _) => scope.trim_end_matches('/').to_owned(),
            (None, Some(name)) => {
                let group = group.unwrap_or(&session.resource_group);
                format!("{}/{name}", registry::all_in_group(session, group))
            }
            (None, None) => group.map_or_else(
                || format!("/subscriptions/{}", session.subscription_id),
                |group| registry::group(session, group),
            ),
        })
    }
}

const AUTHORIZATION: &str = "providers/Microsoft.Authorization";

/// Finds the id of a role by its name.
pub(super) async fn find(role: &str, arm: &Arm) -> Result<String, Failure> {
    let filter = encoded(&format!("roleName eq '{}'", role.replace('\'', "''")));
    let subscription = &arm.session().subscription_id;
    let path =
        format!("/subscriptions/{subscription}/{AUTHORIZATION}/roleDefinitions?$filter={filter}");
    let found = arm.get(&path).await?;
    let id = match found.member("value") {
        Value::Array(roles) => roles.first().and_then(|role| role.member("id").as_str()),
        _ => None,
    };
    id.map(str::to_owned).ok_or_else(|| Failure::Argument(format!("Role '{role}' doesn't exist.")))
}

/// Gives a role; giving it once more changes nothing.
pub(super) async fn assign(
    scope: &str,
    role: &str,
    identity: &Value,
    arm: &Arm,
) -> Result<Value, Failure> {
    let principal = identity.at(&["properties", "objectId"]).as_str().unwrap_or_default();
    let body = json!({ "properties": { "roleDefinitionId": role, "principalId": principal } });
    arm.put(&assignment(scope, role, principal), &body).await
}

/// Returns the path of a role that is given: what is given decides on its name.
fn assignment(scope: &str, role: &str, principal: &str) -> String {
    let what = format!("{principal}\n{role}\n{scope}").to_ascii_lowercase();
    let digest = Algorithm::Sha256.digest(what.as_bytes()).to_string();
    let hex = digest.split(':').next_back().unwrap_or_default();
    let id = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]].join("-");
    format!("{scope}/{AUTHORIZATION}/roleAssignments/{id}")
}

/// A text as it stands in a query.
pub(super) fn encoded(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}
