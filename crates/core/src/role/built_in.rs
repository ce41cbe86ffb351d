//! The roles that every server has, under Azure's names and GUIDs.
//!
//! Their actions are Azure's as far as there is something here that they could allow.

use super::{ActionPattern, Definition, Permissions};
use crate::id::RoleId;
use std::sync::{Arc, LazyLock};

/// The roles that every server has.
pub fn built_in() -> &'static [Arc<Definition>] {
    &BUILT_IN
}

/// The one of them that has this GUID, or this name in any case.
pub fn find_built_in(id_or_name: &str) -> Option<&'static Arc<Definition>> {
    BUILT_IN.iter().find(|role| {
        role.id.as_str().eq_ignore_ascii_case(id_or_name)
            || role.name.eq_ignore_ascii_case(id_or_name)
    })
}

/// The role that gives everything, roles included.
pub fn owner() -> &'static Arc<Definition> {
    &BUILT_IN[0]
}

static BUILT_IN: LazyLock<Vec<Arc<Definition>>> =
    LazyLock::new(|| ROLES.iter().map(|role| Arc::new(role.definition())).collect());

/// A role as it is written below.
struct Role {
    id: &'static str,
    name: &'static str,
    description: &'static str,
    actions: &'static [&'static str],
    not_actions: &'static [&'static str],
    data_actions: &'static [&'static str],
}

impl Role {
    fn definition(&self) -> Definition {
        let patterns =
            |texts: &[&'static str]| texts.iter().copied().map(ActionPattern::new).collect();
        Definition {
            id: RoleId::new(self.id),
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            permissions: Permissions {
                actions: patterns(self.actions),
                not_actions: patterns(self.not_actions),
                data_actions: patterns(self.data_actions),
                not_data_actions: Vec::new(),
            },
        }
    }
}

const ROLES: [Role; 9] = [
    Role {
        id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        name: "Owner",
        description: "manages everything, other people's roles included",
        actions: &["*"],
        not_actions: &[],
        data_actions: &[],
    },
    Role {
        id: "b24988ac-6180-42a0-ab88-20f7382dd24c",
        name: "Contributor",
        description: "manages everything but other people's roles",
        actions: &["*"],
        not_actions: &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            // Whoever makes an owner's secrets is an owner. Azure has identities outside of subscriptions.
            "Boathook.Identity/*/write",
            "Boathook.Identity/*/delete",
            "Boathook.Identity/*/action",
        ],
        data_actions: &[],
    },
    Role {
        id: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        name: "Reader",
        description: "sees everything and changes nothing",
        actions: &["*/read"],
        not_actions: &[],
        data_actions: &[],
    },
    Role {
        id: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        name: "AcrPull",
        description: "pulls from a registry",
        actions: &["Microsoft.ContainerRegistry/registries/pull/read"],
        not_actions: &[],
        data_actions: &[],
    },
    Role {
        id: "8311e382-0749-4cb8-b61a-304f252e45ec",
        name: "AcrPush",
        description: "pulls from a registry and pushes to it",
        actions: &[
            "Microsoft.ContainerRegistry/registries/pull/read",
            "Microsoft.ContainerRegistry/registries/push/write",
        ],
        not_actions: &[],
        data_actions: &[],
    },
    Role {
        id: "c2f4ef07-c644-48eb-af81-4b1b4947fb11",
        name: "AcrDelete",
        description: "deletes repositories, tags and manifests of a registry",
        actions: &["Microsoft.ContainerRegistry/registries/artifacts/delete"],
        not_actions: &[],
        data_actions: &[],
    },
    Role {
        id: "cdda3590-29a3-44f6-95f2-9f980659eb04",
        name: "AcrQuarantineReader",
        description: "pulls from a registry, what is in quarantine too",
        actions: &["Microsoft.ContainerRegistry/registries/quarantine/read"],
        not_actions: &[],
        data_actions: &["Microsoft.ContainerRegistry/registries/quarantinedArtifacts/read"],
    },
    Role {
        id: "c8d4ff99-41c3-41a8-9f60-21dfdad59608",
        name: "AcrQuarantineWriter",
        description: "pulls from a registry, what is in quarantine too, and lets it out",
        actions: &[
            "Microsoft.ContainerRegistry/registries/quarantine/read",
            "Microsoft.ContainerRegistry/registries/quarantine/write",
        ],
        not_actions: &[],
        data_actions: &[
            "Microsoft.ContainerRegistry/registries/quarantinedArtifacts/read",
            "Microsoft.ContainerRegistry/registries/quarantinedArtifacts/write",
        ],
    },
    // Azure names the operations one by one; these stars stand for those. None of them reaches content.
    Role {
        id: "3bc748fc-213d-45c1-8d91-9da5725539b9",
        name: "Container Registry Contributor and Data Access Configuration Administrator",
        description: "manages registries, their webhooks and who may reach them, without reaching content itself",
        actions: &[
            "Microsoft.Authorization/*/read",
            "Microsoft.ContainerRegistry/checkNameAvailability/read",
            "Microsoft.ContainerRegistry/locations/operationResults/read",
            "Microsoft.ContainerRegistry/operations/read",
            "Microsoft.ContainerRegistry/registries/connectedRegistries/*",
            "Microsoft.ContainerRegistry/registries/delete",
            "Microsoft.ContainerRegistry/registries/eventGridFilters/*",
            "Microsoft.ContainerRegistry/registries/generateCredentials/action",
            "Microsoft.ContainerRegistry/registries/listCredentials/action",
            "Microsoft.ContainerRegistry/registries/listPolicies/read",
            "Microsoft.ContainerRegistry/registries/listUsages/read",
            "Microsoft.ContainerRegistry/registries/operationStatuses/read",
            "Microsoft.ContainerRegistry/registries/privateEndpointConnections/*",
            "Microsoft.ContainerRegistry/registries/privateLinkResources/read",
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/regenerateCredential/action",
            "Microsoft.ContainerRegistry/registries/replications/*",
            "Microsoft.ContainerRegistry/registries/scopeMaps/*",
            "Microsoft.ContainerRegistry/registries/tokens/*",
            "Microsoft.ContainerRegistry/registries/updatePolicies/write",
            "Microsoft.ContainerRegistry/registries/webhooks/*",
            "Microsoft.ContainerRegistry/registries/write",
            "Microsoft.EventGrid/eventSubscriptions/*",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        not_actions: &[],
        data_actions: &[],
    },
];
