//! `acr login`.

use crate::cli::acr::Answer;
use crate::cli::acr::columns;
use crate::cli::acr::login_server::{AccountArgs, Entry, NOBODY, refresh};
use crate::cli::acr::registries::docker;
use crate::cli::acr::registry::NameArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::session::Environment;
use crate::cli::value::Value;

/// Log in to an Azure Container Registry through the Docker CLI.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Log in to an Azure Container Registry
    boathook acr login -n myregistry

  Get an Azure Container Registry refresh token
    boathook acr login -n myregistry --expose-token"
)]
pub(crate) struct Login {
    #[command(flatten)]
    registry: NameArgs,
    /// Expose refresh token instead of automatically logging in through Docker CLI.
    #[arg(long, short = 't')]
    expose_token: bool,
    #[command(flatten)]
    account: AccountArgs,
}

/// Signs in to the registry, and hands what it got to docker or to the caller.
pub(super) async fn run(
    args: Login,
    environment: &Environment,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    if args.expose_token && args.account.is_given() {
        return Err(Failure::Argument(
            "`--expose-token` cannot be combined with `--username` or `--password`.".to_owned(),
        ));
    }
    let name = args.registry.name(console)?;
    let docker = if args.expose_token {
        None
    } else {
        Some(docker::find(environment.docker_command.as_deref(), &name, console).await?)
    };
    let registry = args.registry.whereabouts(arm, console).await?;
    let entry = Entry { registry: &registry, account: &args.account, scope: "" };
    let (server, username, password) = refresh(&entry, arm, console).await?;
    let Some(docker) = docker else {
        console.warn(
            "Note: The token in both the accessToken and refreshToken fields is an ACR Refresh Token, not an ACR \
             Access Token. This ACR Refresh Token cannot be used directly to authenticate with registry APIs such as \
             pushing/pulling images and listing repositories/tags. This ACR Refresh Token must be subsequently \
             exchanged for an ACR Access.Please see https://aka.ms/acr/auth/oauth",
        );
        console.warn(&format!(
            "You can perform manual login using the provided refresh token below, for example: 'docker login \
             loginServer -u {NOBODY} -p refreshToken'"
        ));
        let value = Value::object([
            ("loginServer", server.into()),
            ("username", NOBODY.into()),
            ("accessToken", password.clone().into()),
            ("refreshToken", password.into()),
        ]);
        return Ok(Answer { value, columns: columns::sorted });
    };
    let first = server.split('.').next().unwrap_or_default();
    if name != first && name.to_lowercase() == first {
        console.warn(
            "Uppercase characters are detected in the registry name. When using its server url in docker commands, \
             to avoid authentication errors, use all lowercase.",
        );
    }
    docker.log_in(&server, &username, &password, console).await?;
    Ok(Answer { value: Value::Null, columns: columns::sorted })
}
