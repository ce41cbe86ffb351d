//! The registry that a command is about.

use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::session::Session;

/// Lengths that the name of a registry may have, in characters.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 5..=50;
/// The kinds of registry that have webhooks.
const MANAGED: [&str; 3] = ["Basic", "Standard", "Premium"];

/// The flags that name a registry.
#[derive(clap::Args)]
pub(crate) struct RegistryArgs {
    /// The name of the container registry. It should be specified in lower case.
    #[arg(long = "registry", short, value_name = "NAME")]
    registry: String,
    /// Name of resource group.
    #[arg(long, short = 'g', value_name = "NAME")]
    resource_group: Option<String>,
}

impl RegistryArgs {
    /// Returns the path of the registry in the management API.
    pub(crate) fn path(
        &self,
        session: &Session,
        console: &mut Console<'_>,
    ) -> Result<String, Failure> {
        let name = name(&self.registry, console)?;
        let group = self.resource_group.clone().unwrap_or_else(|| session.resource_group.clone());
        Ok(path(&Session { resource_group: group, ..session.clone() }, &name))
    }
}

/// Returns the path of a registry in the session's resource group.
pub(crate) fn path(session: &Session, name: &str) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{name}",
        session.subscription_id, session.resource_group
    )
}

/// Returns the name of a registry, from its name or the name of its login server.
pub(crate) fn name(given: &str, console: &mut Console<'_>) -> Result<String, Failure> {
    let (name, suffix) = given.find('.').map_or((given, ""), |dot| given.split_at(dot));
    // A login server may carry a hash behind a hyphen; a name has no hyphen.
    let end = if suffix.is_empty() { name.len() } else { name.find('-').unwrap_or(name.len()) };
    let (name, hash) = name.split_at(end);
    if !NAME_CHARS.contains(&name.len()) || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Failure::Argument(
            "Registry names may contain only alpha numeric characters and must be between 5 and 50 characters".to_owned(),
        ));
    }
    if !suffix.is_empty() {
        console.warn(&format!(
            "Registry name is '{name}'. The following suffix '{hash}{suffix}' is automatically omitted."
        ));
    }
    Ok(name.to_owned())
}

/// Reads the location of a registry, and makes sure that it is of a kind that has webhooks.
pub(crate) async fn location(arm: &Arm, path: &str) -> Result<String, Failure> {
    let registry = arm.get(path).await?;
    if !registry.at(&["sku", "name"]).as_str().is_some_and(|sku| MANAGED.contains(&sku)) {
        return Err(Failure::Argument(
            "Webhooks are only supported for managed registries.".to_owned(),
        ));
    }
    Ok(registry.member("location").as_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, expected: Option<(&str, &str)>) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let found = name(given, &mut Console::of_buffers(&mut out, &mut err, false)).ok();
        assert_eq!(found.as_deref(), expected.map(|(name, _)| name), "{given}");
        assert!(
            String::from_utf8(err).unwrap().contains(expected.map_or("", |(_, warning)| warning)),
            "{given}"
        );
    }

    #[test]
    fn a_registry_is_named_by_its_name_or_its_login_server() {
        check("myregistry", Some(("myregistry", "")));
        check(
            "myregistry.azurecr.localhost:5000",
            Some(("myregistry", "'.azurecr.localhost:5000' is automatically omitted")),
        );
        check(
            "myregistry-a1b2.azurecr.io",
            Some(("myregistry", "'-a1b2.azurecr.io' is automatically omitted")),
        );
        check("my-registry", None);
        check("ab", None);
        check(&"a".repeat(50), Some((&"a".repeat(50), "")));
        check(&"a".repeat(51), None);
        check("../../etc", None);
    }
}
