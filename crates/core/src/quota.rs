//! SKUs, and how much of what a registry of each may have (`acr-facts` §2, §3.7).

use std::fmt;
use std::str::FromStr;

/// The limit, in lists of usages, of what has none.
pub const UNLIMITED: i64 = -1;

/// What a registry is sold as; here it only bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sku {
    /// The smallest.
    Basic,
    /// The usual.
    Standard,
    /// The one with replications.
    Premium,
}

/// Why a text is no SKU.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidSku {
    /// It is the one that ACR gave up, whose content was in the customer's own storage.
    #[error("the SKU `Classic` is no longer offered: it is `Basic`, `Standard` or `Premium`")]
    Classic,
    /// It never was one.
    #[error("a registry's SKU is `Basic`, `Standard` or `Premium`")]
    Unknown,
}

impl Sku {
    /// Every SKU, the smallest first.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Standard, Self::Premium];

    /// ACR's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Standard => "Standard",
            Self::Premium => "Premium",
        }
    }

    /// How much a registry may have.
    pub fn limits(self) -> Limits {
        const GIB: u64 = 1 << 30;
        let (size_bytes, webhooks, replications, scope_maps) = match self {
            Self::Basic => (10 * GIB, 2, Some(0), 100),
            Self::Standard => (100 * GIB, 10, Some(0), 500),
            Self::Premium => (500 * GIB, 500, None, 50_000),
        };
        Limits { size_bytes, webhooks, replications, scope_maps, tokens: scope_maps }
    }

    /// Says whether a registry may use a feature at all.
    pub fn has(self, feature: Feature) -> bool {
        match feature {
            Feature::AnonymousPull => Self::Standard <= self,
            Feature::Replications | Feature::Retention | Feature::ContentTrust => {
                self == Self::Premium
            }
        }
    }
}

/// ARM takes its words in any case.
impl FromStr for Sku {
    type Err = InvalidSku;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sku = Self::ALL.into_iter().find(|sku| sku.as_str().eq_ignore_ascii_case(text));
        let is_classic = text.eq_ignore_ascii_case("Classic");
        sku.ok_or(if is_classic { InvalidSku::Classic } else { InvalidSku::Unknown })
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that not every SKU has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Pulling without signing in.
    AnonymousPull,
    /// Other regions.
    Replications,
    /// Deleting untagged manifests after some days.
    Retention,
    /// Signed tags.
    ContentTrust,
}

/// How much a registry may have. Configuration may say other numbers than [`Sku::limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How much content is included. ACR sells more beyond, so that nothing is refused for it.
    pub size_bytes: u64,
    /// Webhooks.
    pub webhooks: u64,
    /// Replications beside the home region; `None` for any number of them.
    pub replications: Option<u64>,
    /// Scope maps, beside those that every registry has.
    pub scope_maps: u64,
    /// Tokens.
    pub tokens: u64,
}

/// How much a registry has, or would have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Its content.
    pub size_bytes: u64,
    /// Webhooks.
    pub webhooks: u64,
    /// Replications beside the home region.
    pub replications: u64,
    /// Scope maps, beside those that every registry has.
    pub scope_maps: u64,
    /// Tokens.
    pub tokens: u64,
}

/// What a registry would have too much of.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "Quota exceeded for resource type {resource} for the registry SKU {sku}: it may have {max}"
)]
pub struct QuotaExceeded {
    /// Which kind, in ARM's words.
    pub resource: &'static str,
    /// The registry's SKU.
    pub sku: Sku,
    /// How many it may have.
    pub max: u64,
}

impl Limits {
    /// Says what a registry of `sku` would have too much of: one more resource, or all of them on another SKU.
    pub fn check(&self, sku: Sku, counts: &Counts) -> Result<(), QuotaExceeded> {
        let exceeded = [
            ("webhooks", Some(self.webhooks), counts.webhooks),
            ("replications", self.replications, counts.replications),
            ("scopeMaps", Some(self.scope_maps), counts.scope_maps),
            ("tokens", Some(self.tokens), counts.tokens),
        ]
        .into_iter()
        .find_map(|(resource, max, count)| Some((resource, max.filter(|max| *max < count)?)));
        match exceeded {
            Some((resource, max)) => Err(QuotaExceeded { resource, sku, max }),
            None => Ok(()),
        }
    }

    /// The rows of `listUsages`, in ACR's order. Geo-replications have one where there may be any, and the home region
    /// is one of them.
    pub fn usages(&self, counts: &Counts) -> Vec<Usage> {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let count = |name, limit, current| Usage {
            name,
            limit: number(limit),
            current: number(current),
            unit: Unit::Count,
        };
        let size = Usage { unit: Unit::Bytes, ..count("Size", self.size_bytes, counts.size_bytes) };
        let mut usages = vec![size, count("Webhooks", self.webhooks, counts.webhooks)];
        if self.replications != Some(0) {
            usages.push(Usage {
                name: "Geo-replications",
                limit: self.replications.map_or(UNLIMITED, |max| number(max.saturating_add(1))),
                current: number(counts.replications.saturating_add(1)),
                unit: Unit::Count,
            });
        }
        usages.push(count("ScopeMaps", self.scope_maps, counts.scope_maps));
        usages.push(count("Tokens", self.tokens, counts.tokens));
        usages
    }
}

/// One row of `listUsages`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// What is counted.
    pub name: &'static str,
    /// How much there may be, or [`UNLIMITED`].
    pub limit: i64,
    /// How much there is.
    pub current: i64,
    /// What it is counted in.
    pub unit: Unit,
}

/// What usages are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Pieces.
    Count,
    /// Bytes.
    Bytes,
}

impl Unit {
    /// ACR's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Bytes => "Bytes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn skus_are_read_in_any_case() {
        for (text, expected) in [
            ("Basic", Ok(Sku::Basic)),
            ("standard", Ok(Sku::Standard)),
            ("PREMIUM", Ok(Sku::Premium)),
            ("classic", Err(InvalidSku::Classic)),
            ("", Err(InvalidSku::Unknown)),
            ("Gold", Err(InvalidSku::Unknown)),
        ] {
            assert_eq!(text.parse(), expected, "{text:?}");
        }
        for sku in Sku::ALL {
            assert_eq!(sku.to_string().parse(), Ok(sku));
        }
    }

    #[test]
    fn features_come_with_skus() {
        let with = |feature| Sku::ALL.map(|sku| sku.has(feature));
        assert_eq!(with(Feature::AnonymousPull), [false, true, true]);
        assert_eq!(with(Feature::Replications), [false, false, true]);
        assert_eq!(with(Feature::Retention), [false, false, true]);
        assert_eq!(with(Feature::ContentTrust), [false, false, true]);
    }

    #[track_caller]
    fn check_usages(sku: Sku, counts: &Counts, expected: &[(&str, i64, i64, &str)]) {
        let usages = sku.limits().usages(counts);
        let found: Vec<_> = usages
            .iter()
            .map(|usage| (usage.name, usage.limit, usage.current, usage.unit.as_str()))
            .collect();
        assert_eq!(found, expected, "{sku}");
    }

    #[test]
    fn usages_are_acrs() {
        let counts =
            Counts { size_bytes: 5, webhooks: 1, scope_maps: 3, tokens: 4, replications: 0 };
        check_usages(
            Sku::Basic,
            &counts,
            &[
                ("Size", 10_737_418_240, 5, "Bytes"),
                ("Webhooks", 2, 1, "Count"),
                ("ScopeMaps", 100, 3, "Count"),
                ("Tokens", 100, 4, "Count"),
            ],
        );
        check_usages(
            Sku::Standard,
            &counts,
            &[
                ("Size", 107_374_182_400, 5, "Bytes"),
                ("Webhooks", 10, 1, "Count"),
                ("ScopeMaps", 500, 3, "Count"),
                ("Tokens", 500, 4, "Count"),
            ],
        );
        check_usages(
            Sku::Premium,
            &Counts { replications: 2, ..counts },
            &[
                ("Size", 536_870_912_000, 5, "Bytes"),
                ("Webhooks", 500, 1, "Count"),
                ("Geo-replications", -1, 3, "Count"),
                ("ScopeMaps", 50_000, 3, "Count"),
                ("Tokens", 50_000, 4, "Count"),
            ],
        );
    }

    #[test]
    fn the_limit_is_allowed_and_one_more_is_not() {
        for sku in Sku::ALL {
            let limits = sku.limits();
            let Limits { webhooks, replications, scope_maps, tokens, .. } = limits;
            let full = Counts {
                size_bytes: u64::MAX,
                webhooks,
                replications: replications.unwrap_or(u64::MAX),
                scope_maps,
                tokens,
            };
            let one_more = |counts| limits.check(sku, &counts).err().map(|error| error.resource);
            assert_eq!(one_more(full), None, "{sku}");
            assert_eq!(one_more(Counts { webhooks: webhooks + 1, ..full }), Some("webhooks"));
            assert_eq!(one_more(Counts { scope_maps: scope_maps + 1, ..full }), Some("scopeMaps"));
            assert_eq!(one_more(Counts { tokens: tokens + 1, ..full }), Some("tokens"));
        }
        let counts = Counts { replications: 1, ..Counts::default() };
        let refused = Sku::Standard.limits().check(Sku::Standard, &counts).unwrap_err();
        assert_eq!((refused.resource, refused.max), ("replications", 0));
        assert_eq!(Sku::Premium.limits().check(Sku::Premium, &counts), Ok(()));
    }

    #[test]
    fn a_refusal_begins_with_acrs_words() {
        let counts = Counts { webhooks: 3, ..Counts::default() };
        let refused = Sku::Basic.limits().check(Sku::Basic, &counts).unwrap_err();
        let expected =
            "Quota exceeded for resource type webhooks for the registry SKU Basic: it may have 2";
        assert_eq!(refused.to_string(), expected);
    }

    proptest! {
        #[test]
        fn what_a_sku_allows_a_larger_one_does(
            webhooks in 0..600_u64, replications in 0..3_u64, scope_maps in 0..60_000_u64, tokens in 0..60_000_u64,
        ) {
            let counts = Counts { size_bytes: 0, webhooks, replications, scope_maps, tokens };
            let is_allowed = Sku::ALL.map(|sku| sku.limits().check(sku, &counts).is_ok());
            prop_assert!(is_allowed.is_sorted());
        }
    }
}
