//! What `importImage` is asked (`acr-facts` §3.7).

use super::object::{InvalidBody, Object};
use std::fmt;

/// What `importImage` is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Where from.
    pub source: Source,
    /// What to call it here, each `repository:tag`.
    pub target_tags: Vec<String>,
    /// The repositories that shall have it without a tag.
    pub untagged_target_repositories: Vec<String>,
    /// Whether tags that are there already are moved.
    pub is_forced: bool,
    /// Which platforms of an index are taken, where not all are; a member that is ours and not ACR's.
    pub platforms: Vec<String>,
}

/// Where an image is imported from. Which of the two ways of naming a registry is right is for the rules to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The id of a registry of this server.
    pub resource_id: Option<String>,
    /// The host of a registry.
    pub registry_uri: Option<String>,
    /// The image: `repository:tag` or `repository@digest`.
    pub image: String,
    /// What to sign in there with.
    pub credentials: Option<Credentials>,
}

/// What to sign in with at the registry that is imported from.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name, where the password is not a token by itself.
    pub username: Option<String>,
    /// The password.
    pub password: String,
}

impl Import {
    /// Reads the body of the POST.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        let source = body.required_object("source")?;
        let credentials = match source.object("credentials")? {
            Some(credentials) => Some(Credentials {
                username: credentials.string("username")?,
                password: credentials.required_string("password")?,
            }),
            None => None,
        };
        let is_forced = match body.string("mode")?.map(|mode| mode.to_ascii_lowercase()).as_deref()
        {
            None | Some("noforce") => false,
            Some("force") => true,
            Some(_) => return Err(body.unlike("mode", "has to be `NoForce` or `Force`")),
        };
        let platforms = match body.object("boathook")? {
            Some(ours) => ours.strings("platforms")?.unwrap_or_default(),
            None => Vec::new(),
        };
        Ok(Self {
            platforms,
            source: Source {
                resource_id: source.string("resourceId")?,
                registry_uri: source.string("registryUri")?,
                image: source.required_string("sourceImage")?,
                credentials,
            },
            target_tags: body.strings("targetTags")?.unwrap_or_default(),
            untagged_target_repositories: body
                .strings("untaggedTargetRepositories")?
                .unwrap_or_default(),
            is_forced,
        })
    }
}

/// Shows who, and never by what.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_az_sends_is_read() {
        let body = br#"{"source": {"resourceId": "/r/myreg00", "sourceImage": "hello:v1"}, "targetTags": ["copied:v9"], "mode": "NoForce"}"#;
        let expected = Import {
            source: Source {
                resource_id: Some("/r/myreg00".to_owned()),
                registry_uri: None,
                image: "hello:v1".to_owned(),
                credentials: None,
            },
            target_tags: vec!["copied:v9".to_owned()],
            untagged_target_repositories: Vec::new(),
            is_forced: false,
            platforms: Vec::new(),
        };
        assert_eq!(Import::parse(body), Ok(expected));
        let body = br#"{"source":{"registryUri":"reg.example","sourceImage":"a@sha256:0","credentials":{"password":"hunter2"}},"untaggedTargetRepositories":["a"],"mode":"Force","boathook":{"platforms":["linux/amd64"]}}"#;
        let import = Import::parse(body).unwrap();
        assert_eq!(import.source.registry_uri.as_deref(), Some("reg.example"));
        assert!(import.is_forced && import.untagged_target_repositories == ["a"]);
        assert_eq!(import.platforms, ["linux/amd64"]);
        assert!(!format!("{import:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |body: &str, target: &str| {
            let error = Import::parse(body.as_bytes()).unwrap_err();
            assert_eq!(error.target(), Some(target), "{body}: {error}");
        };
        refused("{}", "source");
        refused(r#"{"source":{}}"#, "source.sourceImage");
        refused(r#"{"source":{"credentials":{}}}"#, "source.credentials.password");
        refused(r#"{"source":{"sourceImage":"a:b"},"mode":"Often"}"#, "mode");
        refused(r#"{"source":{"sourceImage":"a:b"},"targetTags":"a"}"#, "targetTags");
        let platforms = r#"{"source":{"sourceImage":"a:b"},"boathook":{"platforms":"a"}}"#;
        refused(platforms, "boathook.platforms");
    }
}
