//! `identity role list`.

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::identity::{NameArgs, columns, shape};
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

use super::{AUTHORIZATION, ScopeArgs, encoded};

/// List the roles that are given on a scope, above it and within it.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List who has which role.
    boathook identity role list -o table"
)]
pub(super) struct List {
    /// List those of one identity.
    #[arg(long, short, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    scope: ScopeArgs,
}

/// Reads every page of the list, and the names of what is in it.
pub(super) async fn run(
    args: List,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let scope = args.scope.path(arm)?;
    let listed = progress::during(console, async {
        let principal = match args.name {
            Some(name) => {
                let identity = arm.get(&NameArgs { name }.path(arm)?).await?;
                Some(
                    identity
                        .at(&["properties", "objectId"])
                        .as_str()
                        .unwrap_or_default()
                        .to_owned(),
                )
            }
            None => None,
        };
        let given = all(&scope, principal.as_deref(), arm).await?;
        let roles = arm.get(&format!("{scope}/{AUTHORIZATION}/roleDefinitions")).await?;
        let identities =
            arm.get(&format!("{}/servicePrincipals", crate::cli::identity::all(arm))).await?;
        Ok::<_, Failure>((
            given,
            arm.rest_of_pages(roles).await?,
            arm.rest_of_pages(identities).await?,
        ))
    });
    let (given, roles, identities) = listed.await?;
    let shaped = given.iter().map(|given| {
        let properties = given.member("properties");
        let role = named(
            &roles,
            &["id"],
            properties.member("roleDefinitionId"),
            &["properties", "roleName"],
        );
        let owner = properties.member("principalId");
        let owner = named(&identities, &["properties", "objectId"], owner, &["name"]);
        shape::assignment(given, role, owner)
    });
    Ok(Answer { value: Value::Array(shaped.collect()), columns: columns::assignments })
}

/// Reads the roles that are given on a scope, above it and within it; those of one principal, if one is named.
pub(super) async fn all(
    scope: &str,
    principal: Option<&str>,
    arm: &Arm,
) -> Result<Vec<Value>, Failure> {
    let filter =
        principal.map(|id| format!("?$filter={}", encoded(&format!("principalId eq '{id}'"))));
    let filter = filter.unwrap_or_default();
    let first = arm.get(&format!("{scope}/{AUTHORIZATION}/roleAssignments{filter}")).await?;
    arm.rest_of_pages(first).await
}

/// The name of what has an id; null where nothing does.
fn named(all: &[Value], id: &[&str], wanted: &Value, name: &[&str]) -> Value {
    let found = all.iter().find(|one| one.at(id) == wanted);
    found.map_or(Value::Null, |one| one.at(name).clone())
}
