//! What the store knows, as ACR shows it.

use super::Call;
use crate::address::host;
use boathook_core::lock;
use boathook_core::manifest::Platform;
use boathook_core::name::Repository;
use boathook_engine::registry::records::{ManifestRow, RepositoryRow, TagRow};
use boathook_wire::acr::attributes::Attributes;
use boathook_wire::acr::body::{self, Within};

pub(super) fn within<T>(call: &Call<'_>, repository: &Repository, content: T) -> Within<T> {
    Within { registry: host(call.parts).to_string(), image_name: repository.to_string(), content }
}

pub(super) fn repository(
    call: &Call<'_>,
    name: &Repository,
    row: &RepositoryRow,
) -> body::Repository {
    body::Repository {
        registry: host(call.parts).to_string(),
        image_name: name.to_string(),
        created_time: row.created,
        last_update_time: row.updated,
        manifest_count: row.manifest_count,
        tag_count: row.tag_count,
        changeable_attributes: row.attributes.into(),
    }
}

pub(super) fn tag(row: &TagRow) -> body::Tag {
    body::Tag {
        name: row.name.to_string(),
        digest: row.digest.to_string(),
        created_time: row.created,
        last_update_time: row.updated,
        is_signed: false,
        quarantine_state: row.quarantine.map(|state| state.to_string()),
        changeable_attributes: row.attributes.into(),
    }
}

pub(super) fn manifest(row: ManifestRow) -> body::Manifest {
    let Platform { architecture, os } = row.platform;
    let platform = |(digest, Platform { architecture, os }): (_, _)| {
        let digest: boathook_core::digest::Digest = digest;
        body::Platform { digest: digest.to_string(), architecture, os }
    };
    body::Manifest {
        digest: row.digest.to_string(),
        image_size: row.image_size,
        created_time: row.created,
        last_update_time: row.updated,
        architecture,
        os,
        media_type: row.media_type,
        config_media_type: row.config_media_type,
        tags: row.tags.iter().map(ToString::to_string).collect(),
        changeable_attributes: body::ManifestAttributes {
            attributes: row.attributes.into(),
            quarantine_state: row.quarantine.map(|state| state.to_string()),
            quarantine_details: row.quarantine_details,
        },
        references: row.references.into_iter().map(platform).collect(),
    }
}

/// What may be done with something, as it is stored.
pub(super) fn stored(attributes: Attributes) -> lock::Attributes {
    lock::Attributes {
        is_delete_enabled: attributes.may_delete,
        is_write_enabled: attributes.may_write,
        is_read_enabled: attributes.may_read,
        is_list_enabled: attributes.may_list,
    }
}
