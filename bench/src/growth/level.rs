//! How full a Boathook is made.

use clap::ValueEnum;

/// A filling, named by what there is much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Nothing but what a row seeds.
    Empty,
    /// Ten thousand tags of one repository, each of a manifest of its own; all manifests share config and layers.
    #[value(name = "tags-10k")]
    Tags10k,
    /// A hundred thousand of them.
    #[value(name = "tags-100k")]
    Tags100k,
    /// A million of them.
    #[value(name = "tags-1m")]
    Tags1m,
    /// Ten thousand tags and ten million deliveries that were made.
    #[value(name = "finished-10m")]
    Finished10m,
    /// Ten thousand tags and a million deliveries that are due, to receivers that never answer.
    #[value(name = "pending-1m")]
    Pending1m,
    /// A hundred thousand repositories of one image each.
    #[value(name = "repositories-100k")]
    Repositories100k,
}

/// What there is of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amounts {
    /// Tags of the repository that is pushed to.
    pub(crate) tags: u64,
    /// Repositories besides.
    pub(crate) repositories: u64,
    /// Deliveries that were made, one attempt each.
    pub(crate) finished: u64,
    /// Deliveries that are due and never tried.
    pub(crate) pending: u64,
}

impl Level {
    /// Gives its name in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Tags10k => "tags-10k",
            Self::Tags100k => "tags-100k",
            Self::Tags1m => "tags-1m",
            Self::Finished10m => "finished-10m",
            Self::Pending1m => "pending-1m",
            Self::Repositories100k => "repositories-100k",
        }
    }

    /// Says what there is, or a part of it: one in so many.
    pub(crate) fn amounts(self, one_in: u64) -> Amounts {
        let some = Amounts { tags: 10_000 / one_in, ..Amounts::default() };
        match self {
            Self::Empty => Amounts::default(),
            Self::Tags10k => some,
            Self::Tags100k => Amounts { tags: 100_000 / one_in, ..some },
            Self::Tags1m => Amounts { tags: 1_000_000 / one_in, ..some },
            Self::Finished10m => Amounts { finished: 10_000_000 / one_in, ..some },
            Self::Pending1m => Amounts { pending: 1_000_000 / one_in, ..some },
            Self::Repositories100k => {
                Amounts { repositories: 100_000 / one_in, ..Amounts::default() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_read_from_the_name_that_it_prints() {
        for level in Level::value_variants() {
            assert_eq!(Level::from_str(level.name(), false), Ok(*level));
        }
    }

    #[test]
    fn a_part_of_a_level_still_fills_a_page() {
        for level in Level::value_variants() {
            let Amounts { tags, repositories, .. } = level.amounts(100);
            assert!([tags, repositories].iter().all(|count| *count == 0 || *count >= 100));
        }
    }
}
