//! Locks: which attributes of a repository, a manifest or a tag forbid what (`acr-facts` §2 and §5.4).
//!
//! A lock is never in the way of the one who may change attributes: else nobody could lift it.

/// What may be done with a repository, a manifest or a tag, whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are ACR's four attributes, each of its own"
)]
pub struct Attributes {
    /// `deleteEnabled`: it may be deleted.
    pub is_delete_enabled: bool,
    /// `writeEnabled`: it may be changed, and deleted.
    pub is_write_enabled: bool,
    /// `readEnabled`: it may be pulled.
    pub is_read_enabled: bool,
    /// `listEnabled`: lists show it.
    pub is_list_enabled: bool,
}

impl Attributes {
    /// The attributes of whatever nobody has locked.
    pub const UNLOCKED: Self = Self {
        is_delete_enabled: true,
        is_write_enabled: true,
        is_read_enabled: true,
        is_list_enabled: true,
    };

    /// What both allow. The attributes of many things at once are those that all of them allow.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            is_delete_enabled: self.is_delete_enabled && other.is_delete_enabled,
            is_write_enabled: self.is_write_enabled && other.is_write_enabled,
            is_read_enabled: self.is_read_enabled && other.is_read_enabled,
            is_list_enabled: self.is_list_enabled && other.is_list_enabled,
        }
    }

    fn is_removable(self) -> bool {
        self.is_delete_enabled && self.is_write_enabled
    }
}

impl Default for Attributes {
    fn default() -> Self {
        Self::UNLOCKED
    }
}

/// The attributes of nothing are those of whatever nobody has locked.
impl FromIterator<Attributes> for Attributes {
    fn from_iter<T: IntoIterator<Item = Self>>(all: T) -> Self {
        all.into_iter().fold(Self::UNLOCKED, Self::and)
    }
}

/// What is locked, so that an operation is refused; the widest of all that are.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Locked {
    /// The repository.
    #[error("the repository is locked")]
    Repository,
    /// The manifest, or one of the repository's.
    #[error("the manifest is locked")]
    Manifest,
    /// The tag, or one of those on the manifest or in the repository.
    #[error("the tag is locked")]
    Tag,
}

/// Whether a manifest may be pulled, by `tag` where one was named.
pub fn pull(
    repository: Attributes,
    manifest: Attributes,
    tag: Option<Attributes>,
) -> Result<(), Locked> {
    first([
        (Locked::Repository, repository.is_read_enabled),
        (Locked::Manifest, manifest.is_read_enabled),
        (Locked::Tag, tag.is_none_or(|tag| tag.is_read_enabled)),
    ])
}

/// Whether blobs may be pulled.
pub fn pull_blob(repository: Attributes) -> Result<(), Locked> {
    first([(Locked::Repository, repository.is_read_enabled)])
}

/// Whether blobs may be pushed, and manifests under their digests alone.
pub fn push(repository: Attributes) -> Result<(), Locked> {
    first([(Locked::Repository, repository.is_write_enabled)])
}

/// Whether a tag may be set; `tag` has the attributes of the one that would be moved. Those of the manifest that it leaves
/// do not matter: nothing happens to it.
pub fn push_tag(repository: Attributes, tag: Option<Attributes>) -> Result<(), Locked> {
    push(repository)?;
    first([(Locked::Tag, tag.is_none_or(|tag| tag.is_write_enabled))])
}

/// Whether a tag may be removed. What it points at stays.
pub fn delete_tag(repository: Attributes, tag: Attributes) -> Result<(), Locked> {
    first([(Locked::Repository, repository.is_removable()), (Locked::Tag, tag.is_removable())])
}

/// Whether a repository may be made to forget a blob.
pub fn delete_blob(repository: Attributes) -> Result<(), Locked> {
    first([(Locked::Repository, repository.is_removable())])
}

/// Whether a manifest may be deleted; `tags` has what all tags on it allow.
pub fn delete_manifest(
    repository: Attributes,
    manifest: Attributes,
    tags: Attributes,
) -> Result<(), Locked> {
    first([
        (Locked::Repository, repository.is_removable()),
        (Locked::Manifest, manifest.is_removable()),
        (Locked::Tag, tags.is_removable()),
    ])
}

/// Whether a repository may be deleted; `manifests` and `tags` have what all of its own allow.
pub fn delete_repository(
    repository: Attributes,
    manifests: Attributes,
    tags: Attributes,
) -> Result<(), Locked> {
    delete_manifest(repository, manifests, tags)
}

/// Whether lists show a thing.
pub fn is_listed(attributes: Attributes) -> bool {
    attributes.is_list_enabled
}

fn first<const COUNT: usize>(rules: [(Locked, bool); COUNT]) -> Result<(), Locked> {
    match rules.into_iter().find(|(_, may)| !may) {
        Some((locked, _)) => Err(locked),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every combination of attributes, as `d`, `w`, `r` and `l` for those that are enabled.
    fn all() -> impl Iterator<Item = (String, Attributes)> {
        (0..16).map(|bits: u8| {
            let letters = "dwrl".chars().enumerate();
            let text = letters.filter(|(idx, _)| bits & (1 << idx) != 0).map(|(_, letter)| letter);
            let text: String = text.collect();
            let attributes = Attributes {
                is_delete_enabled: text.contains('d'),
                is_write_enabled: text.contains('w'),
                is_read_enabled: text.contains('r'),
                is_list_enabled: text.contains('l'),
            };
            (text, attributes)
        })
    }

    /// Compares an operation on three things with the letters that each of them has to have; `None` for what does not
    /// matter to it.
    #[track_caller]
    fn check(
        operation: fn(Attributes, Attributes, Attributes) -> Result<(), Locked>,
        needed: [Option<&str>; 3],
    ) {
        for (repository, repository_attributes) in all() {
            for (manifest, manifest_attributes) in all() {
                for (tag, tag_attributes) in all() {
                    let things = [
                        (Locked::Repository, &repository),
                        (Locked::Manifest, &manifest),
                        (Locked::Tag, &tag),
                    ];
                    let lacks = |(needed, (_, has)): &(Option<&str>, (Locked, &String))| {
                        needed.is_some_and(|needed| !needed.chars().all(|one| has.contains(one)))
                    };
                    let refused = needed.into_iter().zip(things).find(lacks);
                    let expected = refused.map_or(Ok(()), |(_, (locked, _))| Err(locked));
                    let found =
                        operation(repository_attributes, manifest_attributes, tag_attributes);
                    assert_eq!(found, expected, "{repository:?} {manifest:?} {tag:?}");
                }
            }
        }
    }

    #[test]
    fn pulling_needs_reading_to_be_enabled() {
        check(|repository, manifest, tag| pull(repository, manifest, Some(tag)), [Some("r"); 3]);
        check(
            |repository, manifest, _| pull(repository, manifest, None),
            [Some("r"), Some("r"), None],
        );
        check(|repository, _, _| pull_blob(repository), [Some("r"), None, None]);
    }

    #[test]
    fn pushing_needs_writing_to_be_enabled() {
        check(|repository, _, _| push(repository), [Some("w"), None, None]);
        check(|repository, _, tag| push_tag(repository, Some(tag)), [Some("w"), None, Some("w")]);
        check(|repository, _, _| push_tag(repository, None), [Some("w"), None, None]);
    }

    #[test]
    fn deleting_needs_both_of_all_that_is_concerned() {
        check(delete_manifest, [Some("dw"); 3]);
        check(delete_repository, [Some("dw"); 3]);
        check(|repository, _, tag| delete_tag(repository, tag), [Some("dw"), None, Some("dw")]);
        check(|repository, _, _| delete_blob(repository), [Some("dw"), None, None]);
    }

    #[test]
    fn lists_show_what_is_enabled_for_them_and_nothing_else_matters() {
        for (text, attributes) in all() {
            assert_eq!(is_listed(attributes), text.contains('l'), "{text:?}");
        }
    }

    #[test]
    fn one_locked_thing_among_many_locks_them() {
        for (text, attributes) in all() {
            let many = [Attributes::UNLOCKED, attributes, Attributes::UNLOCKED];
            assert_eq!(many.into_iter().collect::<Attributes>(), attributes, "{text:?}");
            for (other_text, other) in all() {
                let both = attributes.and(other);
                let expected: String =
                    text.chars().filter(|letter| other_text.contains(*letter)).collect();
                let (_, expected) = all().find(|(letters, _)| *letters == expected).unwrap();
                assert_eq!(both, expected, "{text:?} {other_text:?}");
            }
        }
        assert_eq!([].into_iter().collect::<Attributes>(), Attributes::default());
    }
}
