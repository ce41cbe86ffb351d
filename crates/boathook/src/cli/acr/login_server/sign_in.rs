//! How one is let in to a registry: with the rights of the management API, or with a username and a password.
//!
//! The registry names in its challenge what it wants. For `Bearer`, a token of the management API is exchanged for a
//! refresh token, and that for an access token of one scope; a username and a password get the access token at once.
//! Where the exchange is refused, the admin user is tried. The words for what goes wrong are those of `az`.

use reqwest::header::{HOST, WWW_AUTHENTICATE};
use serde_json::Value as Json;
use url::form_urlencoded;

use super::finding::{Shown, find};
use super::{Credential, LoginServer};
use crate::cli::acr::registry::{self, Whereabouts};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// The username of whoever bears a token.
pub(in crate::cli::acr) const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
/// The audience of tokens that registries exchange.
const AUDIENCE: &str = "https://containerregistry.azure.net";
const NO_PASSWORD: &str = "Please specify both username and password in non-interactive mode.";

/// The flags that say who signs in to a registry.
#[derive(clap::Args)]
pub(in crate::cli::acr) struct AccountArgs {
    /// The tenant suffix in registry login server; it is not needed where the server knows the registry.
    #[arg(long)]
    pub(super) suffix: Option<String>,
    /// The username used to log into a container registry.
    #[arg(long, short)]
    username: Option<String>,
    /// The password used to log into a container registry.
    #[arg(long, short)]
    password: Option<String>,
}

/// A registry that somebody wants to enter.
pub(in crate::cli::acr) struct Entry<'a> {
    pub(in crate::cli::acr) registry: &'a Whereabouts,
    pub(in crate::cli::acr) account: &'a AccountArgs,
    /// What is going to be done, such as `repository:hello:pull`.
    pub(in crate::cli::acr) scope: &'a str,
}

/// What the registry asks for.
enum Challenge {
    Basic,
    Bearer { service: String },
}

/// Why the rights of the management API do not open a registry.
enum Closed {
    /// There are other ways to try.
    Here(String),
    /// It is too early to try anything.
    ForNow(String),
    Failed(Failure),
}

impl AccountArgs {
    /// Says whether somebody was named.
    pub(in crate::cli::acr) fn is_given(&self) -> bool {
        self.username.is_some() || self.password.is_some()
    }

    /// Returns the username and password that were typed, if there were any.
    fn pair(&self) -> Result<Option<(&str, &str)>, Failure> {
        match (&self.username, &self.password) {
            (None, None) => Ok(None),
            (Some(username), Some(password)) => Ok(Some((username, password))),
            (Some(_), None) => Err(Failure::Argument(NO_PASSWORD.to_owned())),
            (None, Some(_)) => Err(Failure::Argument(
                "Please also specify username if password is specified.".to_owned(),
            )),
        }
    }
}

/// Signs in for one scope.
pub(in crate::cli::acr) async fn enter(
    entry: &Entry<'_>,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<LoginServer, Failure> {
    let account = entry.account.pair()?;
    let (mut server, shown) = find(entry, arm, console).await?;
    if let Some((username, password)) = account {
        server.credential =
            progress::during(console, with_password(&server, username, password, entry.scope))
                .await?;
        return Ok(server);
    }
    let signed_in = progress::during(console, async {
        let service = bearer_service(&server).await?;
        let refresh_token = exchange(&server, arm, &service).await?;
        access(&server, &refresh_token, entry.scope).await
    });
    server.credential = match signed_in.await {
        Ok(credential) => credential,
        Err(closed) => {
            let (username, password) = as_admin(closed, &shown, arm, console).await?;
            Credential::Password { username, password }
        }
    };
    Ok(server)
}

/// Returns the name of the login server, and a username and a password for `docker login`.
pub(in crate::cli::acr) async fn refresh(
    entry: &Entry<'_>,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<(String, String, String), Failure> {
    let account = entry.account.pair()?;
    let (server, shown) = find(entry, arm, console).await?;
    if let Some((username, password)) = account {
        return Ok((server.name, username.to_owned(), password.to_owned()));
    }
    let exchanged = progress::during(console, async {
        let service = bearer_service(&server).await?;
        exchange(&server, arm, &service).await
    });
    let (username, password) = match exchanged.await {
        Ok(token) => (NOBODY.to_owned(), token),
        Err(closed) => as_admin(closed, &shown, arm, console).await?,
    };
    Ok((server.name, username, password))
}

/// Asks what the registry wants to see.
async fn challenge(server: &LoginServer) -> Result<Challenge, Closed> {
    let url = format!("{}/v2/", server.base);
    let answer = server.http.get(url).header(HOST, &server.name).send().await;
    let answer = answer.map_err(|error| Closed::Failed(server.unreachable(&error)))?;
    let header = answer.headers().get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    let Some(header) = header.filter(|_| answer.status().as_u16() == 401) else {
        let text = format!("Registry '{}' did not issue a challenge.", server.name);
        return Err(Closed::Here(occurred("CHALLENGE", &text)));
    };
    let (scheme, parameters) = header.split_once(' ').unwrap_or((header, ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Ok(Challenge::Basic);
    }
    let service = parameters.split(',').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        (name == "service").then(|| value.trim_matches('"').to_owned())
    });
    if let Some(service) = service.filter(|_| scheme.eq_ignore_ascii_case("bearer")) {
        return Ok(Challenge::Bearer { service });
    }
    let text = format!(
        "Registry '{}' did not ask properly for a basic or a bearer authentication.",
        server.name
    );
    Err(Closed::Here(occurred("WWW_AUTHENTICATE", &text)))
}

async fn bearer_service(server: &LoginServer) -> Result<String, Closed> {
    match challenge(server).await? {
        Challenge::Bearer { service } => Ok(service),
        Challenge::Basic => {
            let text = format!("Registry '{}' does not support AAD login.", server.name);
            Err(Closed::Here(occurred("AAD_LOGIN", &text)))
        }
    }
}

/// Exchanges a token of the management API for a refresh token of the registry.
async fn exchange(server: &LoginServer, arm: &Arm, service: &str) -> Result<String, Closed> {
    let token = arm.token(AUDIENCE).await.map_err(Closed::Failed)?;
    let form = [
        ("grant_type", "access_token"),
        ("service", service),
        ("tenant", &arm.session().tenant_id),
        ("access_token", &token),
    ];
    post(server, "/oauth2/exchange", &form, "refresh_token", "REFRESH_TOKEN").await
}

/// Gets an access token for a refresh token.
async fn access(server: &LoginServer, refresh: &str, scope: &str) -> Result<Credential, Closed> {
    let form = [
        ("grant_type", "refresh_token"),
        ("service", &server.name),
        ("scope", scope),
        ("refresh_token", refresh),
    ];
    post(server, "/oauth2/token", &form, "access_token", "ACCESS_TOKEN")
        .await
        .map(Credential::Token)
}

async fn with_password(
    server: &LoginServer,
    username: &str,
    password: &str,
    scope: &str,
) -> Result<Credential, Failure> {
    let credential = match challenge(server).await {
        Ok(Challenge::Basic) => {
            let (username, password) = (username.to_owned(), password.to_owned());
            Ok(Credential::Password { username, password })
        }
        Ok(Challenge::Bearer { service }) => {
            let form = [
                ("service", service.as_str()),
                ("grant_type", "password"),
                ("username", username),
                ("password", password),
                ("scope", scope),
            ];
            post(server, "/oauth2/token", &form, "access_token", "ACCESS_TOKEN")
                .await
                .map(Credential::Token)
        }
        Err(closed) => Err(closed),
    };
    credential.map_err(|closed| match closed {
        Closed::Here(why) | Closed::ForNow(why) => Failure::Argument(why),
        Closed::Failed(failure) => failure,
    })
}

/// Posts a form, and returns the token that comes back.
async fn post(
    server: &LoginServer,
    path: &str,
    form: &[(&str, &str)],
    member: &str,
    title: &str,
) -> Result<String, Closed> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = server.http.post(format!("{}{path}", server.base)).header(HOST, &server.name);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    let answer = request.send().await;
    let answer = answer.map_err(|error| Closed::Failed(server.unreachable(&error)))?;
    let (name, status) = (&server.name, answer.status().as_u16());
    if status == 429 {
        let text = format!(
            "Too many requests, access to registry '{name}' was denied. Please wait a moment before trying again."
        );
        return Err(Closed::ForNow(occurred("TOOMANYREQUESTS", &text)));
    }
    if status != 200 {
        let text = format!(
            "Access to registry '{name}' was denied. Response code: {status}. Please try running 'az login' again to \
             refresh permissions."
        );
        return Err(Closed::Here(occurred(title, &text)));
    }
    let body: Json = answer.json().await.unwrap_or_default();
    let token = body[member].as_str().map(str::to_owned);
    token.ok_or_else(|| Closed::Failed(server.unreadable(&format!("its answer has no {member}"))))
}

fn occurred(title: &str, text: &str) -> String {
    format!("An error occurred: CONNECTIVITY_{title}_ERROR\n{text}")
}

/// Falls back on the admin user of a registry that does not let the management API's own in.
async fn as_admin(
    closed: Closed,
    shown: &Shown,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<(String, String), Failure> {
    const REFUSED: &str = "Unable to get AAD authorization tokens with message";
    const NO_ADMIN: &str = "Unable to get admin user credentials with message";
    let is_for_tokens = match shown {
        Shown::Registry { registry, .. } => registry::is_managed(registry),
        Shown::Nothing { .. } => true,
    };
    match closed {
        Closed::Failed(failure) => return Err(failure),
        Closed::ForNow(why) => return Err(Failure::Argument(format!("{REFUSED}: {why}"))),
        Closed::Here(why) if is_for_tokens => console.warn(&format!("{REFUSED}: {why}")),
        Closed::Here(_) => {}
    }
    let why = match shown {
        Shown::Registry { path, registry } => {
            if let Some(found) = admin(registry, path, arm, console).await? {
                return Ok(found);
            }
            "Admin user is disabled."
        }
        Shown::Nothing { why } => why,
    };
    console.warn(&format!("{NO_ADMIN}: {why}"));
    Err(Failure::Argument(format!(
        "Unable to authenticate using AAD or admin login credentials. {NO_PASSWORD}"
    )))
}

/// Reads the username and the first password of the admin user, if there is one.
async fn admin(
    registry: &Value,
    path: &str,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Option<(String, String)>, Failure> {
    if registry.at(&["properties", "adminUserEnabled"]) != &Value::Bool(true) {
        return Ok(None);
    }
    let path = format!("{path}/listCredentials");
    let credentials = progress::during(console, arm.post(&path)).await?;
    let password = match credentials.member("passwords") {
        Value::Array(passwords) => {
            passwords.first().and_then(|password| password.member("value").as_str())
        }
        _ => None,
    };
    let username = credentials.member("username").as_str();
    Ok(username
        .zip(password)
        .map(|(username, password)| (username.to_owned(), password.to_owned())))
}
