//! `acr token create`.

use serde_json::json;

use crate::cli::acr::actions::GrantArgs;
use crate::cli::acr::status::Status;
use crate::cli::acr::toggle::Toggle;
use crate::cli::acr::token::expiry::ExpiryArgs;
use crate::cli::acr::token::{TokenArgs, columns, shape};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Create a token associated with a scope map for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Create a token with repository permissions defined in the scope map.
    boathook acr token create -n mytoken -r myregistry --scope-map myscopemap

  Create a token which has read permissions on hello-world repository.
    boathook acr token create -n mytoken -r myregistry --repository hello-world content/read metadata/read"
)]
pub(super) struct Create {
    #[command(flatten)]
    token: TokenArgs,
    /// The name of the scope map with pre-configured repository permissions. Use "--repository" and/or "--gateway" to
    /// have one made.
    #[arg(long, value_name = "NAME")]
    scope_map: Option<String>,
    #[command(flatten)]
    grants: GrantArgs,
    /// The status of the token.
    #[arg(long, ignore_case = true, value_enum, default_value_t = Status::Enabled)]
    status: Status,
    /// Do not generate passwords; `acr token credential generate` does it later.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    no_passwords: Option<Toggle>,
    #[command(flatten)]
    expiry: ExpiryArgs,
}

/// Creates the token, with a scope map of its own where actions were named, and two passwords.
pub(super) async fn run(
    args: Create,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let expiry = check(&args)?;
    let has_passwords = !args.no_passwords.is_some_and(bool::from);
    let (registry, token) = args.token.paths(arm, console).await?;
    let (value, generated, server) = progress::during(console, async {
        let scope_map = match &args.scope_map {
            Some(name) => registry::child(&registry, "scopeMaps", name)?,
            None => scope_map(&args, &registry, arm).await?,
        };
        let body = json!({ "properties": { "scopeMapId": scope_map, "status": args.status } });
        let value = arm.put(&token, &body).await?;
        if !has_passwords {
            return Ok((value, Value::Null, Value::Null));
        }
        let mut body = json!({ "tokenId": token });
        if let Some(expiry) = expiry {
            body["expiry"] = expiry.into();
        }
        let generated = arm.post_with(&format!("{registry}/generateCredentials"), &body).await?;
        Ok::<_, Failure>((value, generated, arm.get(&registry).await?))
    })
    .await?;
    if !has_passwords {
        return Ok(Answer { value: shape::token(&value), columns: columns::tokens });
    }
    let generated = shape::generated(&generated);
    if let (Some(username), Value::Array(passwords)) =
        (generated.member("username").as_str(), generated.member("passwords"))
        && let Some(password) = passwords.first().and_then(|it| it.member("value").as_str())
    {
        let server = server.at(&["properties", "loginServer"]).as_str().unwrap_or_default();
        console.warn(&format!(
            "Please store your generated credentials safely. Meanwhile you can use it through \"docker login {server} \
             -u {username} -p {password}\"."
        ));
    }
    let value = shape::token_with(&value, generated);
    Ok(Answer { value, columns: columns::tokens })
}

/// Refuses what makes no sense together, and returns when the passwords run out.
fn check(args: &Create) -> Result<Option<String>, Failure> {
    let expiry = args.expiry.read()?;
    let refusal = if args.grants.is_empty() == args.scope_map.is_none() {
        "usage error: can't use --scope-map and --repository | --gateway"
    } else if args.no_passwords.is_some_and(bool::from) && args.expiry.is_given() {
        "usage error: --no-passwords and expiration arguments are mutually exclusive."
    } else if args.expiry.is_given_twice() {
        "usage error: --expiration and --expiration-in-days are mutually exclusive."
    } else {
        return Ok(expiry);
    };
    Err(Failure::Argument(refusal.to_owned()))
}

/// Makes a scope map for the token alone, unless it is there from an earlier try.
async fn scope_map(args: &Create, registry: &str, arm: &Arm) -> Result<String, Failure> {
    let token = &args.token.name;
    let path = registry::child(registry, "scopeMaps", &format!("{token}-scope-map"))?;
    let mut actions = args.grants.actions()?;
    match arm.get(&path).await {
        Ok(there) => {
            let mut theirs = match there.at(&["properties", "actions"]) {
                Value::Array(actions) => actions.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            theirs.sort_unstable();
            actions.sort_unstable();
            if theirs == actions {
                return Ok(path);
            }
            let name = registry.rsplit('/').next().unwrap_or_default();
            Err(Failure::Argument(format!(
                "The default scope map was already configured with different repository permissions.\nPlease use \"az \
                 acr scope-map update -r {name} -n {token}-scope-map --add <REPO> --remove <REPO>\" to update."
            )))
        }
        Err(Failure::Refused(refusal)) if refusal.status == 404 => {
            let description = format!("Created by token: {token}");
            let properties = json!({ "actions": actions, "description": description });
            arm.put(&path, &json!({ "properties": properties })).await?;
            Ok(path)
        }
        Err(failure) => Err(failure),
    }
}
