//! What is measured at each level, by the names that the results carry.

/// From the start of the process until it says `ready`, on all that there is.
pub(crate) const START: &str = "start";
/// GET by tag, each time of another one, of a server that has just been started and has nothing in its cache.
pub(crate) const GET: &str = "manifest-tag-each-c4";
/// From the 201 to the first byte at the receiver.
pub(crate) const LAG: &str = "hook-lag-c16";
/// The first page of tags of the repository that was filled.
pub(crate) const TAGS: &str = "tags-n100";
/// The first page of repositories.
pub(crate) const REPOSITORIES: &str = "catalog-n100";
/// PUT of new manifests into the repository that was filled, by sixteen clients.
pub(crate) const PUT: &str = "putmanifest-c16";
