//! Which language a reader gets.

use crate::text::{English, Text, TraditionalChinese};

/// A language that pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    TraditionalChinese,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::TraditionalChinese];

    /// Its tag (BCP 47), for `<html lang>`, the cookie and `?lang=`.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::TraditionalChinese => "zh-Hant",
        }
    }

    /// Its own name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::TraditionalChinese => "繁體中文",
        }
    }

    /// Its words.
    pub(crate) fn text(self) -> &'static dyn Text {
        match self {
            Self::English => &English,
            Self::TraditionalChinese => &TraditionalChinese,
        }
    }

    /// The language of a tag. Whoever reads any Chinese gets Traditional Chinese, which is closer to them than English.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "zh" => Some(Self::TraditionalChinese),
            _ => None,
        }
    }

    /// The language that `Accept-Language` prefers (RFC 9110 §12.5.4); English where it names none of ours.
    pub(crate) fn preferred(accepted: &str) -> Self {
        let mut best = (Self::English, 0.0);
        for entry in accepted.split(',') {
            let mut parts = entry.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let quality = parts.find_map(|part| part.strip_prefix("q=")).unwrap_or("1");
            let quality = quality.parse().unwrap_or(0.0);
            if let Some(language) = Self::of_tag(tag).filter(|_| best.1 < quality) {
                best = (language, quality);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accepted: &str, expected: Language) {
        assert_eq!(Language::preferred(accepted), expected, "{accepted}");
    }

    #[test]
    fn whoever_reads_chinese_gets_traditional_chinese() {
        for accepted in [
            "zh",
            "zh-TW",
            "zh-Hant-HK",
            "zh-CN, en;q=0.8",
            "ZH_tw",
            "fr, zh;q=0.1",
            "zh; q=0.9",
            "en;q=0.1, zh ; q=0.2",
        ] {
            check(accepted, Language::TraditionalChinese);
        }
        for accepted in ["", "fr", "en-GB, zh;q=0.9", "zh;q=0, en;q=0.1", "*", "zh;q=x", ";q=", ","]
        {
            check(accepted, Language::English);
        }
    }
}
