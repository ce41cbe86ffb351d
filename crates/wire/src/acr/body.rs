//! What ACR's own data API answers (`acr-facts` §5.4).

use super::attributes::Attributes;
use boathook_core::time::Timestamp;
use serde::Serialize;

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// The registry's host.
    pub registry: String,
    /// Its name.
    pub image_name: String,
    /// When it was made.
    #[serde(serialize_with = "crate::time::as_text")]
    pub created_time: Timestamp,
    /// When anything in it last changed.
    #[serde(serialize_with = "crate::time::as_text")]
    pub last_update_time: Timestamp,
    /// How many manifests it has.
    pub manifest_count: u64,
    /// How many tags it has.
    pub tag_count: u64,
    /// What may be done with it.
    pub changeable_attributes: Attributes,
}

/// Something of a repository, or a list of such things, with where it is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Within<T> {
    /// The registry's host.
    pub registry: String,
    /// The repository's name.
    pub image_name: String,
    /// What it is.
    #[serde(flatten)]
    pub content: T,
}

/// A page of tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tags {
    /// The tags.
    pub tags: Vec<Tag>,
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OneTag {
    /// The tag.
    pub tag: Tag,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// The manifest that it is on.
    pub digest: String,
    /// When it was made.
    #[serde(serialize_with = "crate::time::as_text")]
    pub created_time: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "crate::time::as_text")]
    pub last_update_time: Timestamp,
    /// Whether it is signed in Notary's first form.
    #[serde(rename = "signed")]
    pub is_signed: bool,
    /// The quarantine's verdict on its manifest, if there is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine_state: Option<String>,
    /// What may be done with it.
    pub changeable_attributes: Attributes,
}

/// A page of manifests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Manifests {
    /// The manifests.
    pub manifests: Vec<Manifest>,
}

/// One manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OneManifest {
    /// The manifest.
    pub manifest: Manifest,
}

/// A manifest. What it does not say of itself is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Its digest.
    pub digest: String,
    /// How large it is with all that it refers to, in bytes.
    pub image_size: u64,
    /// When it was pushed first.
    #[serde(serialize_with = "crate::time::as_text")]
    pub created_time: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "crate::time::as_text")]
    pub last_update_time: Timestamp,
    /// The processor that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The system that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Its media type.
    pub media_type: String,
    /// Its config's media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_media_type: Option<String>,
    /// Its tags; left out where it has none, as ACR does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What may be done with it, and the quarantine's verdict.
    pub changeable_attributes: ManifestAttributes,
    /// The manifests of an index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Platform>,
}

/// What may be done with a manifest, and the quarantine's verdict on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestAttributes {
    /// What may be done with it.
    #[serde(flatten)]
    pub attributes: Attributes,
    /// The verdict, if there is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine_state: Option<String>,
    /// What it rests on: JSON, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine_details: Option<String>,
}

/// An entry of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Platform {
    /// The manifest.
    pub digest: String,
    /// The processor that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The system that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
}

/// A page of deleted manifests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeletedManifests {
    /// The manifests.
    pub manifests: Vec<DeletedManifest>,
}

/// A manifest that was deleted and can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletedManifest {
    /// Its digest.
    pub digest: String,
    /// Its media type.
    pub media_type: String,
    /// How large it is with all that it refers to, in bytes.
    pub image_size: u64,
    /// When it was pushed first.
    #[serde(serialize_with = "crate::time::as_text")]
    pub created_time: Timestamp,
    /// When it was deleted.
    #[serde(serialize_with = "crate::time::as_text")]
    pub deleted_at: Timestamp,
}

/// A page of deleted tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeletedTags {
    /// The tags.
    pub tags: Vec<DeletedTag>,
}

/// A tag that was deleted and can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletedTag {
    /// Its name.
    pub tag: String,
    /// The manifest that it was on.
    pub digest: String,
    /// When it was deleted.
    #[serde(serialize_with = "crate::time::as_text")]
    pub deleted_at: Timestamp,
}

/// What the deletion of a repository answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    /// The digests of the manifests that are gone.
    pub manifests_deleted: Vec<String>,
    /// The tags that are gone.
    pub tags_deleted: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTRIBUTES: &str =
        r#"{"deleteEnabled":true,"writeEnabled":true,"readEnabled":true,"listEnabled":true}"#;
    const TIMES: &str = r#""createdTime":"1970-01-01T00:00:00.0000000Z","lastUpdateTime":"1970-01-01T00:00:00.0000000Z""#;

    fn within<T>(content: T) -> Within<T> {
        Within { registry: "x.azurecr.io".to_owned(), image_name: "r".to_owned(), content }
    }

    #[track_caller]
    fn check(printed: &impl Serialize, expected: &str) {
        assert_eq!(serde_json::to_string(printed).unwrap(), expected);
    }

    fn manifest() -> Manifest {
        Manifest {
            digest: "sha256:0".to_owned(),
            image_size: 3_301,
            created_time: Timestamp(0),
            last_update_time: Timestamp(0),
            architecture: Some("amd64".to_owned()),
            os: Some("linux".to_owned()),
            media_type: "m".to_owned(),
            config_media_type: Some("c".to_owned()),
            tags: vec!["0.1.0".to_owned()],
            changeable_attributes: ManifestAttributes::default(),
            references: Vec::new(),
        }
    }

    #[test]
    fn repositories_are_what_acr_shows() {
        let repository = Repository {
            registry: "x.azurecr.io".to_owned(),
            image_name: "r".to_owned(),
            created_time: Timestamp(0),
            last_update_time: Timestamp(0),
            manifest_count: 1,
            tag_count: 2,
            changeable_attributes: Attributes::default(),
        };
        let expected = format!(
            r#"{{"registry":"x.azurecr.io","imageName":"r",{TIMES},"manifestCount":1,"tagCount":2,"changeableAttributes":{ATTRIBUTES}}}"#
        );
        check(&repository, &expected);
        let deleted = Deleted {
            manifests_deleted: vec!["sha256:0".to_owned()],
            tags_deleted: vec!["v1".to_owned()],
        };
        check(&deleted, r#"{"manifestsDeleted":["sha256:0"],"tagsDeleted":["v1"]}"#);
    }

    #[test]
    fn tags_are_what_acr_shows() {
        let tag = Tag {
            name: "v1".to_owned(),
            digest: "sha256:0".to_owned(),
            created_time: Timestamp(0),
            last_update_time: Timestamp(0),
            is_signed: false,
            quarantine_state: None,
            changeable_attributes: Attributes::default(),
        };
        let printed = format!(
            r#"{{"name":"v1","digest":"sha256:0",{TIMES},"signed":false,"changeableAttributes":{ATTRIBUTES}}}"#
        );
        let head = r#"{"registry":"x.azurecr.io","imageName":"r","#;
        let one = within(OneTag { tag: tag.clone() });
        check(&one, &format!(r#"{head}"tag":{printed}}}"#));
        check(&within(Tags { tags: vec![tag] }), &format!(r#"{head}"tags":[{printed}]}}"#));
        check(&within(Tags { tags: Vec::new() }), &format!(r#"{head}"tags":[]}}"#));
    }

    #[test]
    fn what_was_deleted_has_the_members_that_az_reads() {
        let deleted_at = Timestamp(0);
        let manifest = DeletedManifest {
            digest: "sha256:0".to_owned(),
            media_type: "m".to_owned(),
            image_size: 1,
            created_time: Timestamp(0),
            deleted_at,
        };
        let time = "1970-01-01T00:00:00.0000000Z";
        let expected = format!(
            r#"{{"manifests":[{{"digest":"sha256:0","mediaType":"m","imageSize":1,"createdTime":"{time}","deletedAt":"{time}"}}]}}"#
        );
        check(&DeletedManifests { manifests: vec![manifest] }, &expected);
        let (tag, digest) = ("v1".to_owned(), "sha256:0".to_owned());
        let tags = DeletedTags { tags: vec![DeletedTag { tag, digest, deleted_at }] };
        let expected =
            format!(r#"{{"tags":[{{"tag":"v1","digest":"sha256:0","deletedAt":"{time}"}}]}}"#);
        check(&tags, &expected);
    }

    #[test]
    fn manifests_are_what_acr_shows() {
        let printed = format!(
            concat!(
                r#"{{"digest":"sha256:0","imageSize":3301,{},"architecture":"amd64","os":"linux","mediaType":"m","#,
                r#""configMediaType":"c","tags":["0.1.0"],"changeableAttributes":{}}}"#,
            ),
            TIMES, ATTRIBUTES
        );
        let head = r#"{"registry":"x.azurecr.io","imageName":"r","#;
        let one = within(OneManifest { manifest: manifest() });
        check(&one, &format!(r#"{head}"manifest":{printed}}}"#));
        let list = within(Manifests { manifests: vec![manifest()] });
        check(&list, &format!(r#"{head}"manifests":[{printed}]}}"#));
    }

    #[test]
    fn an_index_shows_its_manifests_and_no_platform() {
        let platform = Platform {
            digest: "sha256:1".to_owned(),
            architecture: Some("arm64".to_owned()),
            os: None,
        };
        let index = Manifest {
            architecture: None,
            os: None,
            config_media_type: None,
            tags: Vec::new(),
            references: vec![platform],
            changeable_attributes: ManifestAttributes {
                quarantine_state: Some("Passed".to_owned()),
                ..ManifestAttributes::default()
            },
            ..manifest()
        };
        let attributes = ATTRIBUTES.replace('}', r#","quarantineState":"Passed"}"#);
        let expected = format!(
            concat!(
                r#"{{"digest":"sha256:0","imageSize":3301,{},"mediaType":"m","changeableAttributes":{},"#,
                r#""references":[{{"digest":"sha256:1","architecture":"arm64"}}]}}"#,
            ),
            TIMES, attributes
        );
        check(&index, &expected);
    }
}
