//! From segments to what they name. Each pattern reads like the path that it stands for.

use super::id::{GroupId, RegistryId, Scope};
use super::target::Target;
use super::word::{Child, EmptyList, IdentityAction, RegistryAction, WebhookAction};

/// A segment of a path: in lower case, to be compared, and as it came, to be kept.
pub(super) type Segment<'a> = (&'a str, &'a str);

pub(super) fn target(segments: &[Segment<'_>]) -> Option<Target> {
    match segments {
        [scope @ .., ("providers", _), ("microsoft.authorization", _), (list, _)] => {
            authorization(scope, list, None)
        }
        [scope @ .., ("providers", _), ("microsoft.authorization", _), (list, _), (_, name)] => {
            authorization(scope, list, Some((*name).to_owned()))
        }
        [("subscriptions", _)] => Some(Target::Subscriptions),
        [("tenants", _)] => Some(Target::Tenants),
        [("providers", _), ("microsoft.containerregistry", _), ("operations", _)] => {
            Some(Target::Operations)
        }
        [("subscriptions", _), (_, name), rest @ ..] => subscription((*name).to_owned(), rest),
        _ => None,
    }
}

/// Reads what stands for roles, at whatever scope.
fn authorization(scope: &[Segment<'_>], list: &str, name: Option<String>) -> Option<Target> {
    let scope = match scope {
        [] => Scope::Root,
        [..] => Scope::of(target(scope)?)?,
    };
    match (list, name) {
        ("roledefinitions", None) => Some(Target::RoleDefinitions(scope)),
        ("roledefinitions", Some(name)) => Some(Target::RoleDefinition(scope, name)),
        ("roleassignments", None) => Some(Target::RoleAssignments(scope)),
        ("roleassignments", Some(name)) => Some(Target::RoleAssignment(scope, name)),
        _ => None,
    }
}

/// Reads what follows a subscription.
fn subscription(subscription: String, rest: &[Segment<'_>]) -> Option<Target> {
    match rest {
        [] => Some(Target::Subscription(subscription)),
        [("locations", _)] => Some(Target::Locations(subscription)),
        [("resources", _)] => Some(Target::Resources(subscription)),
        [("resourcegroups", _)] => Some(Target::ResourceGroups(subscription)),
        [("resourcegroups", _), (_, name), rest @ ..] => {
            group(GroupId { subscription, resource_group: (*name).to_owned() }, rest)
        }
        [("providers", _)] => Some(Target::Providers(subscription)),
        [("providers", _), (_, namespace)] => {
            Some(Target::Provider { subscription, namespace: (*namespace).to_owned() })
        }
        [("providers", _), (_, namespace), ("register", _)] => {
            Some(Target::RegisterProvider { subscription, namespace: (*namespace).to_owned() })
        }
        [("providers", _), ("microsoft.containerregistry", _), rest @ ..] => {
            registries(subscription, rest)
        }
        [
            ("providers", _),
            ("microsoft.insights", _),
            ("eventtypes", _),
            ("management", _),
            ("values", _),
        ] => Some(Target::ActivityLog(subscription)),
        [("providers", _), ("boathook.identity", _), ("signingkeys", _), ("rotate", _)] => {
            Some(Target::RotateSigningKey(subscription))
        }
        [("providers", _), ("boathook.identity", _), ("serviceprincipals", _), rest @ ..] => {
            identities(subscription, rest)
        }
        _ => None,
    }
}

/// Reads what a subscription has of container registries as a whole.
fn registries(subscription: String, rest: &[Segment<'_>]) -> Option<Target> {
    let (location, operation) = match rest {
        [("registries", _)] => return Some(Target::Registries(subscription)),
        [("checknameavailability", _)] => {
            return Some(Target::CheckNameAvailability(subscription));
        }
        [("operationresults", _), (_, operation)] => (None, *operation),
        [("locations", _), (_, location), ("operationresults", _), (_, operation)] => {
            (Some((*location).to_owned()), *operation)
        }
        _ => return None,
    };
    Some(Target::OperationResult { subscription, location, operation: operation.to_owned() })
}

/// Reads what follows the list of service principals.
fn identities(subscription: String, rest: &[Segment<'_>]) -> Option<Target> {
    match rest {
        [] => Some(Target::Identities(subscription)),
        [(_, name)] => Some(Target::Identity { subscription, name: (*name).to_owned() }),
        [(_, name), (action, _)] => {
            let action = IdentityAction::parse(action)?;
            Some(Target::IdentityAction { subscription, name: (*name).to_owned(), action })
        }
        _ => None,
    }
}

/// Reads what follows a resource group.
fn group(id: GroupId, rest: &[Segment<'_>]) -> Option<Target> {
    match rest {
        [] => Some(Target::ResourceGroup(id)),
        [("resources", _)] => Some(Target::GroupResources(id)),
        [("providers", _), ("microsoft.containerregistry", _), ("registries", _)] => {
            Some(Target::GroupRegistries(id))
        }
        [
            ("providers", _),
            ("microsoft.containerregistry", _),
            ("registries", _),
            (_, name),
            rest @ ..,
        ] => registry(id.registry(name), rest),
        _ => None,
    }
}

/// Reads what follows a registry.
fn registry(id: RegistryId, rest: &[Segment<'_>]) -> Option<Target> {
    match rest {
        [] => Some(Target::Registry(id)),
        [("operationstatuses", _), (_, operation)] => {
            let operation = (*operation).to_owned();
            Some(Target::OperationStatus { registry: id, child: None, operation })
        }
        [(word, _)] => {
            if let Some(action) = RegistryAction::parse(word) {
                Some(Target::RegistryAction(id, action))
            } else if let Some(child) = Child::parse(word) {
                Some(Target::children(id, child))
            } else {
                EmptyList::parse(word).map(|list| Target::Empty(id, list))
            }
        }
        [(word, _), (_, name), rest @ ..] => {
            let name = (*name).to_owned();
            if let Some(child) = Child::parse(word) {
                within(id, child, name, rest)
            } else {
                let list = EmptyList::parse(word)?;
                rest.is_empty().then_some(Target::EmptyEntry(id, list, name))
            }
        }
    }
}

/// Reads what follows a resource of a registry.
fn within(id: RegistryId, child: Child, name: String, rest: &[Segment<'_>]) -> Option<Target> {
    match (child, rest) {
        (_, []) => Some(Target::child(id, child, name)),
        (_, [("operationstatuses", _), (_, operation)]) => {
            let (child, operation) = (Some((child, name)), (*operation).to_owned());
            Some(Target::OperationStatus { registry: id, child, operation })
        }
        (Child::Webhooks, [(action, _)]) => {
            WebhookAction::parse(action).map(|action| Target::WebhookAction(id, name, action))
        }
        _ => None,
    }
}
