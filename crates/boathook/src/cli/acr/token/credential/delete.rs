//! `acr token credential delete`.

use serde_json::json;

use crate::cli::acr::Answer;
use crate::cli::acr::token::{TokenArgs, columns, shape};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Delete a token credential.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Delete both passwords for the token.
    boathook acr token credential delete -n mytoken -r myregistry --password1 --password2"
)]
pub(super) struct Delete {
    #[command(flatten)]
    token: TokenArgs,
    /// Flag indicating if password1 should be deleted.
    #[arg(long)]
    password1: bool,
    /// Flag indicating if password2 should be deleted.
    #[arg(long)]
    password2: bool,
}

/// Sends the names of the passwords that stay, and so reads which there are.
pub(super) async fn run(
    args: Delete,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    if !(args.password1 || args.password2) {
        return Err(Failure::Argument("No credentials to delete.".to_owned()));
    }
    let (_, token) = args.token.paths(arm, console).await?;
    let value = progress::during(console, async {
        let now = shape::token(&arm.get(&token).await?);
        let mut names: Vec<&str> = match now.at(&["credentials", "passwords"]) {
            Value::Array(passwords) => {
                passwords.iter().filter_map(|it| it.member("name").as_str()).collect()
            }
            _ => Vec::new(),
        };
        for (is_named, name) in [(args.password1, "password1"), (args.password2, "password2")] {
            if is_named && !names.contains(&name) {
                let title = name.replace('p', "P");
                return Err(Failure::Argument(format!(
                    "Unable to perform operation. {title} credential doesn't exist."
                )));
            }
            names.retain(|it| !is_named || *it != name);
        }
        let names: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
        let body = json!({ "properties": { "credentials": { "passwords": names } } });
        arm.patch(&token, &body).await
    });
    Ok(Answer { value: shape::token(&value.await?), columns: columns::tokens })
}
