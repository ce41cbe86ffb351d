//! The registry that a command is about.

use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::session::Session;
use crate::cli::value::Value;

/// Why a text is no name of a registry.
pub(crate) const BAD_NAME: &str = "Registry names may contain only alpha numeric characters and must be between 5 and 50 characters";
/// The type of registries among the resources of a subscription.
const TYPE: &str = "Microsoft.ContainerRegistry/registries";
/// Lengths that the name of a registry may have, in characters.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 5..=50;
/// The kinds of registry that can do more than hold images.
const MANAGED: [&str; 3] = ["Basic", "Standard", "Premium"];
/// The kind of registry that can do everything.
const PREMIUM: [&str; 1] = ["Premium"];

/// Where a registry is.
pub(crate) enum Whereabouts {
    /// At a path of the management API.
    Path(String),
    /// Nowhere that the caller may look, who may be let in to it all the same.
    Unseen { name: String, why: String },
}

/// The flags that name the registry of a resource.
#[derive(clap::Args)]
pub(crate) struct RegistryArgs {
    /// The name of the container registry. It should be specified in lower case.
    #[arg(long = "registry", short, value_name = "NAME")]
    registry: String,
    /// Name of resource group.
    #[arg(long, short = 'g', value_name = "NAME")]
    resource_group: Option<String>,
}

/// The flags that name the registry itself.
#[derive(clap::Args)]
pub(crate) struct NameArgs {
    /// The name of the container registry. It should be specified in lower case.
    #[arg(long = "name", short = 'n', value_name = "NAME")]
    registry: String,
    /// Name of resource group.
    #[arg(long, short = 'g', value_name = "NAME")]
    resource_group: Option<String>,
}

impl RegistryArgs {
    /// Returns the path of the registry in the management API.
    pub(crate) async fn path(
        &self,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<String, Failure> {
        find(arm, &name(&self.registry, console)?, self.resource_group.as_deref()).await
    }

    /// Looks for the registry in the management API.
    pub(crate) async fn whereabouts(
        &self,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<Whereabouts, Failure> {
        look_for(arm, &name(&self.registry, console)?, self.resource_group.as_deref()).await
    }

    /// Returns the paths of the registry and of one of its resources of `kind`.
    pub(crate) async fn child(
        &self,
        kind: &str,
        name: &str,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<(String, String), Failure> {
        let registry = self.path(arm, console).await?;
        let child = child(&registry, kind, name)?;
        Ok((registry, child))
    }
}

impl NameArgs {
    /// Returns the name of the registry.
    pub(crate) fn name(&self, console: &mut Console<'_>) -> Result<String, Failure> {
        name(&self.registry, console)
    }

    /// Returns the path of the registry in the management API.
    pub(crate) async fn path(
        &self,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<String, Failure> {
        find(arm, &self.name(console)?, self.resource_group.as_deref()).await
    }

    /// Looks for the registry in the management API.
    pub(crate) async fn whereabouts(
        &self,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<Whereabouts, Failure> {
        look_for(arm, &self.name(console)?, self.resource_group.as_deref()).await
    }
}

/// Finds the path of a registry, which has to be there.
pub(crate) async fn find(arm: &Arm, name: &str, group: Option<&str>) -> Result<String, Failure> {
    match look_for(arm, name, group).await? {
        Whereabouts::Path(path) => Ok(path),
        Whereabouts::Unseen { why, .. } => Err(Failure::Argument(why)),
    }
}

/// Looks for a registry: in the group that was named, else in whichever of the subscription has it.
pub(crate) async fn look_for(
    arm: &Arm,
    name: &str,
    group: Option<&str>,
) -> Result<Whereabouts, Failure> {
    if let Some(group) = group {
        return Ok(Whereabouts::Path(format!("{}/{name}", all_in_group(arm.session(), group))));
    }
    let resources = format!(
        "/subscriptions/{}/resources?%24filter=resourceType%20eq%20%27{TYPE}%27",
        arm.session().subscription_id
    );
    let resources = arm.rest_of_pages(arm.get(&resources).await?).await?;
    let is_it = |resource: &&Value| {
        resource.member("name").as_str().is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    let found = resources.iter().find(is_it).and_then(|resource| resource.member("id").as_str());
    if let Some(path) = found {
        return Ok(Whereabouts::Path(path.to_owned()));
    }
    let subscription = subscription(arm).await;
    let why = format!(
        "The resource with name '{name}' and type '{TYPE}' could not be found in {subscription}."
    );
    Ok(Whereabouts::Unseen { name: name.to_owned(), why })
}

/// Names the subscription that was searched, as far as the caller may read it.
async fn subscription(arm: &Arm) -> String {
    let id = &arm.session().subscription_id;
    let found = arm.get(&format!("/subscriptions/{id}")).await.unwrap_or_default();
    match found.member("displayName").as_str() {
        Some(name) => format!("subscription '{name} ({id})'"),
        None => "the current subscription".to_owned(),
    }
}

/// Returns the path of a resource group.
pub(crate) fn group(session: &Session, name: &str) -> String {
    format!("/subscriptions/{}/resourceGroups/{name}", session.subscription_id)
}

/// Returns the path of all registries of the subscription.
pub(crate) fn all(session: &Session) -> String {
    format!("/subscriptions/{}/providers/{TYPE}", session.subscription_id)
}

/// Returns the path of all registries of a resource group.
pub(crate) fn all_in_group(session: &Session, group: &str) -> String {
    let group = self::group(session, group);
    format!("{group}/providers/{TYPE}")
}

/// Returns the path of what a registry holds; the name must not lead elsewhere.
pub(crate) fn child(registry: &str, kind: &str, name: &str) -> Result<String, Failure> {
    if is_step(name) {
        return Ok(format!("{registry}/{kind}/{name}"));
    }
    Err(Failure::Argument(format!(
        "'{name}' cannot be a name: it has letters, digits and hyphens."
    )))
}

/// Says whether a name can be one step of a path, so that no name leads elsewhere.
pub(crate) fn is_step(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '?', '#', '%']) && !name.starts_with('.')
}

/// Returns the name of a registry, from its name or the name of its login server.
pub(crate) fn name(given: &str, console: &mut Console<'_>) -> Result<String, Failure> {
    let (name, suffix) = given.find('.').map_or((given, ""), |dot| given.split_at(dot));
    // A login server may carry a hash behind a hyphen; a name has no hyphen.
    let end = if suffix.is_empty() { name.len() } else { name.find('-').unwrap_or(name.len()) };
    let (name, hash) = name.split_at(end);
    if !NAME_CHARS.contains(&name.len()) || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Failure::Argument(BAD_NAME.to_owned()));
    }
    if !suffix.is_empty() {
        console.warn(&format!(
            "Registry name is '{name}'. The following suffix '{hash}{suffix}' is automatically omitted."
        ));
    }
    Ok(name.to_owned())
}

/// Reads a registry, and makes sure that it is of a kind that has webhooks and usages.
pub(crate) async fn managed(arm: &Arm, path: &str, otherwise: &str) -> Result<Value, Failure> {
    of_kind(arm, path, &MANAGED, otherwise).await
}

/// Reads a registry, and makes sure that it is of the kind that has replications and rules of the network.
pub(crate) async fn premium(arm: &Arm, path: &str, otherwise: &str) -> Result<Value, Failure> {
    of_kind(arm, path, &PREMIUM, otherwise).await
}

/// Says whether a registry is of the kind that can do everything.
pub(crate) fn is_premium(registry: &Value) -> bool {
    is_of_kind(registry, &PREMIUM)
}

/// Says whether a registry is of a kind that is signed in to with the rights of the management API.
pub(crate) fn is_managed(registry: &Value) -> bool {
    is_of_kind(registry, &MANAGED)
}

async fn of_kind(arm: &Arm, path: &str, kinds: &[&str], otherwise: &str) -> Result<Value, Failure> {
    let registry = arm.get(path).await?;
    if is_of_kind(&registry, kinds) {
        Ok(registry)
    } else {
        Err(Failure::Argument(otherwise.to_owned()))
    }
}

fn is_of_kind(registry: &Value, kinds: &[&str]) -> bool {
    registry.at(&["sku", "name"]).as_str().is_some_and(|sku| kinds.contains(&sku))
}

/// Reads the location of a registry, and makes sure that it is of a kind that has webhooks.
pub(crate) async fn location(arm: &Arm, path: &str) -> Result<String, Failure> {
    let registry =
        managed(arm, path, "Webhooks are only supported for managed registries.").await?;
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
