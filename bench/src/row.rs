//! The names of the rows: what is done, and by how many clients at once.
//!
//! The names are those of the paper on the peers, so that figures can be laid side by side. What a row does
//! is in `work`, what it needs beforehand in `seed`.

use std::fmt;
use std::str::FromStr;

/// Clients that one row may have; more than this measures the generator.
pub(crate) const CLIENTS_MAX: usize = 1024;

/// How a large blob is uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// POST, then PUT with the whole body.
    Mono,
    /// POST, one PATCH of unknown length, then an empty PUT: docker's way.
    Patch,
    /// POST, one PATCH every 8 MiB with `Content-Range`, then an empty PUT.
    Chunked,
}

/// What a row does over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// GET of `/v2/`.
    Ping,
    /// GET of a manifest of 1 KiB by tag.
    ManifestTag,
    /// GET of a manifest of 1 KiB by digest.
    ManifestDigest,
    /// HEAD of a blob.
    HeadBlob,
    /// GET of a blob of 10 KiB.
    Blob10k,
    /// GET of a blob of 100 MiB.
    Blob100m,
    /// Upload of a new blob of 100 MiB.
    Push100m(Way),
    /// Push of a new image: three layers of 2 KiB and a config, each HEAD, POST, PUT, then the manifest.
    PushImage,
    /// PUT of a new manifest under a new tag.
    PutManifest,
    /// Mount of a blob into a repository that has not got it.
    Mount,
    /// GET of the first page of 100 tags.
    TagsPage,
    /// GET of the first page of 100 repositories.
    CatalogPage,
    /// Time from the 201 to the first byte at a webhook's receiver, at a steady rate.
    HookLag,
    /// Deliveries a second to several webhooks, every one counted at the receiver.
    HookDeliveries,
    /// The same as `HookLag`, without and with another webhook whose receiver never answers.
    HookBesideHang,
    /// POST of a refresh token for an access token.
    Token,
    /// The same as `ManifestTag`, with an access token.
    ManifestToken,
    /// GET of 500 webhooks in one page, with a token of the authority.
    WebhooksPage,
    /// GET of the index of a classic Helm repository with 10,000 versions of a chart.
    HelmIndex,
}

/// Every kind of work with its name.
const NAMES: &[(&str, Work)] = &[
    ("v2-ping", Work::Ping),
    ("manifest-tag", Work::ManifestTag),
    ("manifest-digest", Work::ManifestDigest),
    ("head-blob", Work::HeadBlob),
    ("blob10k", Work::Blob10k),
    ("blob100m", Work::Blob100m),
    ("push100m-mono", Work::Push100m(Way::Mono)),
    ("push100m-patch", Work::Push100m(Way::Patch)),
    ("push100m-chunked", Work::Push100m(Way::Chunked)),
    ("pushimg", Work::PushImage),
    ("putmanifest", Work::PutManifest),
    ("mount", Work::Mount),
    ("tags-n100", Work::TagsPage),
    ("catalog-n100", Work::CatalogPage),
    ("hook-lag", Work::HookLag),
    ("hook-deliveries", Work::HookDeliveries),
    ("hook-beside-hang", Work::HookBesideHang),
    ("token", Work::Token),
    ("manifest-token", Work::ManifestToken),
    ("webhooks-n500", Work::WebhooksPage),
    ("helm-index-n10000", Work::HelmIndex),
];

/// The rows that a comparison measures, in this order.
pub(crate) const STANDARD: &[&str] = &[
    "manifest-tag-c16",
    "manifest-tag-c64",
    "manifest-digest-c16",
    "manifest-digest-c64",
    "head-blob-c16",
    "blob10k-c1",
    "blob10k-c16",
    "blob10k-c64",
    "blob100m-c1",
    "blob100m-c8",
    "push100m-mono-c1",
    "push100m-mono-c4",
    "push100m-patch-c1",
    "push100m-patch-c4",
    "push100m-chunked-c1",
    "push100m-chunked-c4",
    "pushimg-c1",
    "pushimg-c16",
    "putmanifest-c1",
    "putmanifest-c16",
    "mount-c16",
    "tags-n100",
    "catalog-n100",
    "hook-lag-c16",
    "hook-deliveries-c16",
    "hook-beside-hang-c16",
    "token-c16",
    "manifest-token-c16",
    "webhooks-n500",
    "helm-index-n10000",
];

impl Work {
    /// Says whether a server of static files can do it.
    pub(crate) fn is_static(self) -> bool {
        matches!(
            self,
            Self::ManifestTag
                | Self::ManifestDigest
                | Self::HeadBlob
                | Self::Blob10k
                | Self::Blob100m
        )
    }

    /// Says whether it is about webhooks, which only Boathook has at these addresses.
    pub(crate) fn is_hook(self) -> bool {
        matches!(self, Self::HookLag | Self::HookDeliveries | Self::HookBesideHang)
    }

    /// Says whether it is about tokens or lists of Azure's wire, which only Boathook has at these addresses.
    pub(crate) fn is_azure(self) -> bool {
        matches!(self, Self::Token | Self::ManifestToken | Self::WebhooksPage)
    }

    /// Says whether it leaves gigabytes behind, so that a comparison gives it a data folder of its own.
    pub(crate) fn is_bulky(self) -> bool {
        matches!(self, Self::Push100m(_))
    }

    /// Says whether its speed is told in megabytes rather than in requests.
    pub(crate) fn counts_bytes(self) -> bool {
        matches!(self, Self::Blob100m | Self::Push100m(_))
    }

    fn name(self) -> &'static str {
        let entry = NAMES.iter().find(|(_, work)| *work == self);
        entry.expect("because a test walks through every kind of work").0
    }
}

/// One line of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// What is done.
    pub(crate) work: Work,
    /// How many clients do it at once, each on a connection of its own.
    pub(crate) clients: usize,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.work.name())?;
        if self.clients == 1
            && matches!(
                self.work,
                Work::TagsPage | Work::CatalogPage | Work::WebhooksPage | Work::HelmIndex
            )
        {
            return Ok(());
        }
        write!(f, "-c{}", self.clients)
    }
}

/// Why a text names no row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownRow(String);

impl std::error::Error for UnknownRow {}

impl fmt::Display for UnknownRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no row `{}`; a row is one of", self.0)?;
        for (name, _) in NAMES {
            write!(f, " {name}")?;
        }
        write!(f, ", then `-c` and the number of clients, 1 to {CLIENTS_MAX}")
    }
}

impl FromStr for Row {
    type Err = UnknownRow;

    fn from_str(text: &str) -> Result<Self, UnknownRow> {
        let unknown = || UnknownRow(text.to_owned());
        let (name, clients) = match text.rsplit_once("-c") {
            Some((name, count)) if count.starts_with(|c: char| c.is_ascii_digit()) => {
                (name, count.parse().map_err(|_| unknown())?)
            }
            _ => (text, 1),
        };
        let (_, work) = NAMES.iter().find(|(known, _)| *known == name).ok_or_else(unknown)?;
        if clients == 0 || clients > CLIENTS_MAX {
            return Err(unknown());
        }
        Ok(Self { work: *work, clients })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_work_is_read_back_from_its_name() {
        for (name, work) in NAMES {
            let row = Row { work: *work, clients: 7 };
            assert_eq!(row.to_string(), format!("{name}-c7"));
            assert_eq!(row.to_string().parse(), Ok(row));
        }
    }

    #[test]
    fn the_standard_rows_are_rows_and_print_as_written() {
        for name in STANDARD {
            assert_eq!(name.parse::<Row>().unwrap().to_string(), *name);
        }
    }

    #[test]
    fn a_name_without_clients_means_one() {
        assert_eq!("pushimg".parse(), Ok(Row { work: Work::PushImage, clients: 1 }));
    }

    #[test]
    fn what_is_no_row_is_refused() {
        for name in ["", "manifest", "pushimg-c0", "pushimg-c1025", "pushimg-c1x", "-c4"] {
            assert_eq!(name.parse::<Row>(), Err(UnknownRow(name.to_owned())), "{name}");
        }
    }
}
