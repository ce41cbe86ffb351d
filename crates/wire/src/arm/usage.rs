//! What `listUsages` shows: how much there is of what is limited.

use serde::Serialize;

/// One thing that a registry has a limit of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// ACR's name for it: `Size`, `Webhooks`, `Geo-replications` and others.
    pub name: &'static str,
    /// How much there may be; -1 where there is no limit.
    pub limit: i64,
    /// How much there is.
    pub current_value: i64,
    /// What is counted.
    pub unit: Unit,
}

/// What a usage counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
}

/// What `listUsages` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Usages {
    /// Everything that has a limit.
    pub value: Vec<Usage>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_acr_shows() {
        let usages = Usages {
            value: vec![
                Usage { name: "Size", limit: 107_374_182_400, current_value: 0, unit: Unit::Bytes },
                Usage { name: "Webhooks", limit: 10, current_value: 1, unit: Unit::Count },
            ],
        };
        let expected = r#"{"value":[{"name":"Size","limit":107374182400,"currentValue":0,"unit":"Bytes"},{"name":"Webhooks","limit":10,"currentValue":1,"unit":"Count"}]}"#;
        assert_eq!(serde_json::to_string(&usages).unwrap(), expected);
    }
}
