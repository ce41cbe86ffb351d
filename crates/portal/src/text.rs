//! The words of the pages, named after what they say rather than where they stand.
//!
//! One file a group of pages, in which both languages stand side by side. A word or a sentence that one of them lacks does
//! not compile. What ACR calls a thing keeps its name; for the rest of Traditional Chinese, as it is written in Taiwan, see
//! `docs/glossary.md`.

mod account;
mod chart;
mod chinese_refusals;
mod common;
mod content;
mod delivery;
mod operation;
mod refusal;
mod registry;
mod webhook;

pub(crate) use account::{AccountSentences, AccountWords};
pub(crate) use chart::ChartWords;
pub(crate) use common::{CommonSentences, CommonWords};
pub(crate) use content::{ContentSentences, ContentWords};
pub(crate) use delivery::{DeliverySentences, DeliveryWords};
pub(crate) use operation::{OperationSentences, OperationWords};
pub(crate) use refusal::{RefusalSentences, RefusalWords};
pub(crate) use registry::{RegistrySentences, RegistryWords};
pub(crate) use webhook::{WebhookSentences, WebhookWords};

/// English.
pub(crate) struct English;

/// Traditional Chinese.
pub(crate) struct TraditionalChinese;

/// All that is said in a language.
pub(crate) trait Text:
    AccountWords
    + AccountSentences
    + ChartWords
    + CommonWords
    + CommonSentences
    + ContentWords
    + ContentSentences
    + DeliveryWords
    + DeliverySentences
    + OperationWords
    + OperationSentences
    + RefusalWords
    + RefusalSentences
    + RegistryWords
    + RegistrySentences
    + WebhookWords
    + WebhookSentences
    + Sync
{
}

impl Text for English {}
impl Text for TraditionalChinese {}

/// Makes a trait of words: each has a name, and is said in English and in Traditional Chinese.
macro_rules! words {
    (
        $(#[$doc:meta])* $group:ident
        $($(#[$word_doc:meta])* $word:ident: $english:literal, $chinese:literal;)*
    ) => {
        $(#[$doc])*
        pub(crate) trait $group {
            $($(#[$word_doc])* fn $word(&self) -> &'static str;)*
        }

        impl $group for English {
            $(fn $word(&self) -> &'static str {
                $english
            })*
        }

        impl $group for TraditionalChinese {
            $(fn $word(&self) -> &'static str {
                $chinese
            })*
        }
    };
}
use words;
