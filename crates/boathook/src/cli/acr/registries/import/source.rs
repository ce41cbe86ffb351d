//! Where an image is imported from: a registry of this server where it is one, and any other by its address.

use serde_json::{Value as Json, json};

use super::Import;
use crate::cli::acr::registry;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Returns the source as the server wants to hear it, and the name of the image there.
pub(super) async fn read(
    args: &Import,
    target: &Value,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<(Json, String), Failure> {
    let Some(from) = &args.source_registry else {
        return read_qualified(args, target, arm, console).await;
    };
    if from.starts_with("/subscriptions/") {
        return Ok((json!({ "resourceId": from }), args.source.clone()));
    }
    let Some(registry) = find(from, target, arm, console).await? else {
        return Err(Failure::Argument(
            "The source container registry can not be found in the current subscription. Please provide a valid \
             address and/or credentials."
                .to_owned(),
        ));
    };
    let server = registry.at(&["properties", "loginServer"]).as_str().unwrap_or_default();
    let (start, image) = args.source.split_once('/').unwrap_or(("", &args.source));
    let is_repeated = start.eq_ignore_ascii_case(server);
    if is_repeated {
        console.warn(&format!(
            "The login server name of \"{server}\" in the \"--source\" argument will be ignored as \"--registry\" \
             already supplies the same information"
        ));
    }
    let image = if is_repeated { image } else { &args.source };
    Ok((json!({ "resourceId": registry.member("id").as_str() }), image.to_owned()))
}

/// Reads a source that begins with the address of its registry.
async fn read_qualified(
    args: &Import,
    target: &Value,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<(Json, String), Failure> {
    let refusal = |text: &str| Err(Failure::Argument(text.to_owned()));
    let (server, image) = match args.source.split_once('/') {
        Some((server, image)) if !server.is_empty() => (server, image.to_owned()),
        _ => {
            return refusal(
                "Source cannot be found. Please provide a valid image and source registry or a fully qualified source.",
            );
        }
    };
    if !server.contains('.') {
        return refusal(
            "Login server of the registry is not valid because it is not a fully qualified domain name.",
        );
    }
    if let Some(password) = &args.password {
        let mut credentials = json!({ "password": password });
        if let Some(username) = &args.username {
            credentials["username"] = username.as_str().into();
        }
        return Ok((json!({ "registryUri": server, "credentials": credentials }), image));
    }
    let source = match find(server, target, arm, console).await? {
        Some(registry) => json!({ "resourceId": registry.member("id").as_str() }),
        None => json!({ "registryUri": server }),
    };
    Ok((source, image))
}

/// Finds a registry of this server by its name or one of its addresses.
async fn find(
    from: &str,
    target: &Value,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Option<Value>, Failure> {
    let at_home = target.at(&["properties", "loginServer"]).as_str().unwrap_or_default();
    let suffix = at_home.find('.').map_or("", |dot| &at_home[dot..]);
    let server = home_of(from, suffix);
    if server.is_some() {
        console.warn(
            "ACR imports do not support regional endpoint selection. This import will use the source registry's home \
             region.",
        );
    }
    let server = server.unwrap_or_else(|| from.to_owned());
    let registries = progress::during(console, async {
        let first = arm.get(&registry::all(arm.session())).await?;
        arm.rest_of_pages(first).await
    });
    let mut registries = registries.await?.into_iter();
    Ok(registries.find(|registry| {
        let is = |path: &[&str], text: &str| {
            registry.at(path).as_str().is_some_and(|it| it.eq_ignore_ascii_case(text))
        };
        is(&["properties", "loginServer"], &server) || is(&["name"], from)
    }))
}

/// Returns the login server behind the address of one of its regions, `registry.region.geo.suffix`.
fn home_of(server: &str, suffix: &str) -> Option<String> {
    let server = server.trim().to_lowercase();
    let regional = server.strip_suffix(&format!(".geo{}", suffix.to_lowercase()))?;
    let (registry, region) = regional.split_once('.')?;
    let is_one = !suffix.is_empty() && !registry.is_empty() && !region.is_empty();
    (is_one && !region.contains('.')).then(|| format!("{registry}{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_of_a_region_has_another_home() {
        for (server, expected) in [
            ("Team.westus.geo.azurecr.localhost", Some("team.azurecr.localhost")),
            ("team.azurecr.localhost", None),
            ("team.a.b.geo.azurecr.localhost", None),
            (".westus.geo.azurecr.localhost", None),
            ("team.geo.azurecr.localhost", None),
            ("team.westus.geo.elsewhere.io", None),
        ] {
            assert_eq!(home_of(server, ".azurecr.localhost").as_deref(), expected, "{server}");
        }
        assert_eq!(home_of("team.westus.geo", ""), None);
    }
}
