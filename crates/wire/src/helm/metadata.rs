//! `Chart.yaml`: what a chart says of itself.
//!
//! The members are those of Helm's `chart.Metadata`; others are passed over, as Helm does.

use boathook_core::chart::{
    ChartName, ChartVersion, InvalidChartName, InvalidChartVersion, file_name,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_saphyr::Error;
use serde_saphyr::budget::BudgetBreach;
use std::collections::BTreeMap;

/// The largest `Chart.yaml`, in bytes.
pub const CHART_YAML_BYTES_MAX: usize = 256 * 1024;
/// How many pieces of it aliases may repeat in all; each is some bytes, and an alias may stand for many.
const ALIASED_EVENTS_MAX: usize = 10_000;
/// How much text they may be in all, with what they repeat, in bytes; what is kept may have less.
const ALIASED_BYTES_MAX: usize = 1024 * 1024;
/// The largest metadata, in bytes of JSON, which aliases and escapes make longer than `Chart.yaml` is.
pub const METADATA_BYTES_MAX: usize = 256 * 1024;

/// What a chart says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartMetadata {
    /// Its name.
    pub name: ChartName,
    /// Its version.
    pub version: ChartVersion,
    /// All of it, as JSON.
    pub json: String,
}

/// Why a `Chart.yaml` is none.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidMetadata {
    /// It is no YAML, or a member has the wrong kind.
    #[error("`Chart.yaml` cannot be read: {0}")]
    Yaml(String),
    /// It says too much.
    #[error(
        "`Chart.yaml` is more than {METADATA_BYTES_MAX} bytes when it is written as JSON, with all that its aliases repeat: \
         make it shorter"
    )]
    TooLarge,
    /// A member has to be there.
    #[error("`Chart.yaml` has no `{0}`")]
    Missing(&'static str),
    /// It is of a form that Helm does not know.
    #[error("`apiVersion` is `{0}` in `Chart.yaml`, and has to be `v1` or `v2`")]
    ApiVersion(String),
    /// It is of a kind that Helm does not know.
    #[error("`type` is `{0}` in `Chart.yaml`, and has to be `application` or `library`")]
    Type(String),
    /// The name breaks the grammar.
    #[error("`name` in `Chart.yaml` cannot be used: {0}")]
    Name(#[from] InvalidChartName),
    /// The version breaks the grammar.
    #[error("`version` in `Chart.yaml` cannot be used: {0}")]
    Version(#[from] InvalidChartVersion),
}

impl ChartMetadata {
    /// Reads a `Chart.yaml`.
    pub fn parse(yaml: &[u8]) -> Result<Self, InvalidMetadata> {
        let options = serde_saphyr::options! {
            with_snippet: false,
            budget: serde_saphyr::budget! { max_total_scalar_bytes: ALIASED_BYTES_MAX },
            alias_limits: serde_saphyr::alias_limits! {
                max_total_replayed_events: ALIASED_EVENTS_MAX,
            },
        };
        let read: Chart =
            serde_saphyr::from_slice_with_options(yaml, options).map_err(|error| match error {
                Error::Budget { breach: BudgetBreach::ScalarBytes { .. }, .. } => {
                    InvalidMetadata::TooLarge
                }
                other => InvalidMetadata::Yaml(other.to_string()),
            })?;
        Self::checked(&read)
    }

    /// Reads the configuration of a chart that is an OCI artifact, which has the same members as JSON; nothing where it is
    /// not what Helm would write.
    pub fn of_config(json: &[u8]) -> Option<Self> {
        Self::checked(&serde_json::from_slice(json).ok()?).ok()
    }

    fn checked(read: &Chart) -> Result<Self, InvalidMetadata> {
        let given = |member: &Option<String>, name| match member.as_deref() {
            None | Some("") => Err(InvalidMetadata::Missing(name)),
            Some(text) => Ok(text.to_owned()),
        };
        let api_version = given(&read.api_version, "apiVersion")?;
        if api_version != "v1" && api_version != "v2" {
            return Err(InvalidMetadata::ApiVersion(api_version));
        }
        if let Some(other) = read.r#type.as_deref()
            && !matches!(other, "" | "application" | "library")
        {
            return Err(InvalidMetadata::Type(other.to_owned()));
        }
        let (name, version) = (given(&read.name, "name")?, given(&read.version, "version")?);
        let (name, version) = (name.parse()?, version.parse()?);
        let json = serde_json::to_string(read).expect("because all of it is text, and lists of it");
        if METADATA_BYTES_MAX < json.len() {
            return Err(InvalidMetadata::TooLarge);
        }
        Ok(Self { name, version, json })
    }

    /// What its archive has to be called.
    pub fn file_name(&self) -> String {
        file_name(&self.name, &self.version)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Chart {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keywords: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maintainers: Option<Vec<Maintainer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<BTreeMap<String, Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kube_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dependencies: Option<Vec<Dependency>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Maintainer {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Dependency {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(rename = "import-values", skip_serializing_if = "Option::is_none")]
    import_values: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Write;

    const LEAST: &str = "apiVersion: v2\nname: hello\nversion: 1.2.3\n";

    #[track_caller]
    fn check(yaml: &str, expected: &str) {
        match ChartMetadata::parse(yaml.as_bytes()) {
            Ok(read) => assert_eq!(read.json, expected, "{yaml}"),
            Err(error) => assert!(error.to_string().contains(expected), "{yaml}\n{error}"),
        }
    }

    #[test]
    fn what_helm_knows_of_is_read() {
        check(LEAST, r#"{"name":"hello","version":"1.2.3","apiVersion":"v2"}"#);
        check(
            &format!(
                "{LEAST}appVersion: 1.10\ndescription: >-\n  two\n  lines\nunknown: [1, 2]\nkeywords: [a, b]\n\
                 deprecated: true\nhome:\nannotations: {{ n: 7, t: \"yes\" }}\nmaintainers:\n- {{ name: me, email: m@e }}\n\
                 dependencies:\n- name: d\n  version: ~1.0\n  import-values: [data, {{ child: c, parent: p }}]\n"
            ),
            r#"{"name":"hello","version":"1.2.3","description":"two lines","keywords":["a","b"],"maintainers":[{"name":"me","email":"m@e"}],"apiVersion":"v2","appVersion":"1.10","deprecated":true,"annotations":{"n":"7","t":"yes"},"dependencies":[{"name":"d","version":"~1.0","import-values":["data",{"child":"c","parent":"p"}]}]}"#,
        );
    }

    #[test]
    fn a_configuration_says_what_a_chart_yaml_says() {
        let of_yaml = ChartMetadata::parse(format!("{LEAST}appVersion: '1'\n").as_bytes()).unwrap();
        let json = br#"{"version":"1.2.3","name":"hello","apiVersion":"v2","appVersion":"1","unknown":[]}"#;
        assert_eq!(ChartMetadata::of_config(json), Some(of_yaml));
        for other in ["", "{}", "[]", r#"{"apiVersion":"v2","name":"a/b","version":"1.2.3"}"#] {
            assert_eq!(ChartMetadata::of_config(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn what_helm_would_not_take_is_refused_by_name() {
        check("", "has no");
        check("[]", "`Chart.yaml` cannot be read");
        check("a: b: c", "`Chart.yaml` cannot be read");
        check("name: hello\nversion: 1.2.3\n", "has no `apiVersion`");
        check("apiVersion: v2\nversion: 1.2.3\n", "has no `name`");
        check("apiVersion: v2\nname: hello\n", "has no `version`");
        check("apiVersion: v3\nname: hello\nversion: 1.2.3\n", "`apiVersion` is `v3`");
        check(&format!("{LEAST}type: thing\n"), "`type` is `thing`");
        check("apiVersion: v2\nname: a/b\nversion: 1.2.3\n", "`name` in `Chart.yaml`");
        check("apiVersion: v2\nname: hello\nversion: one\n", "SemVer 2");
        check(&format!("{LEAST}keywords: none\n"), "`Chart.yaml` cannot be read");
    }

    #[test]
    fn aliases_repeat_no_more_than_they_may() {
        check(
            &format!("{LEAST}home: &h http://h\nicon: *h\n"),
            r#"{"name":"hello","home":"http://h","version":"1.2.3","icon":"http://h","apiVersion":"v2"}"#,
        );
        // A billion laughs: each line is ten of the one before.
        let mut bomb = format!("{LEAST}a: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
        for level in 1..10 {
            let aliases = vec![format!("*l{}", level - 1); 10].join(", ");
            writeln!(bomb, "b{level}: &l{level} [{aliases}]").unwrap();
        }
        assert!(matches!(ChartMetadata::parse(bomb.as_bytes()), Err(InvalidMetadata::Yaml(_))));
    }

    #[test]
    fn what_a_chart_says_has_a_limit_that_counts_what_aliases_repeat() {
        let parse = |yaml: String| ChartMetadata::parse(yaml.as_bytes());
        let of = |len: usize| parse(format!("{LEAST}home: {}\n", "h".repeat(len)));
        let least = of(1).unwrap().json.len() - 1;
        assert_eq!(of(METADATA_BYTES_MAX - least).unwrap().json.len(), METADATA_BYTES_MAX);
        assert_eq!(of(METADATA_BYTES_MAX - least + 1), Err(InvalidMetadata::TooLarge));
        let repeated = |count: usize, len: usize| {
            let aliases = vec!["*h"; count].join(", ");
            parse(format!("{LEAST}home: &h {}\nkeywords: [{aliases}]\n", "h".repeat(len)))
        };
        for (count, len) in [(2, 200_000), (90, 3_000)] {
            assert_eq!(repeated(count, len), Err(InvalidMetadata::TooLarge), "{count} times {len}");
        }
        // So much is not even read.
        assert!(matches!(repeated(90, 200_000), Err(InvalidMetadata::Yaml(_))));
        let config = format!(
            r#"{{"apiVersion":"v2","name":"hello","version":"1.2.3","home":"{}"}}"#,
            "h".repeat(METADATA_BYTES_MAX)
        );
        assert_eq!(ChartMetadata::of_config(config.as_bytes()), None);
    }

    #[test]
    fn what_is_nested_without_end_does_not_end_us() {
        for open in ["[", "{a: "] {
            let deep = format!("{LEAST}x: {}", open.repeat(50_000));
            assert!(matches!(ChartMetadata::parse(deep.as_bytes()), Err(InvalidMetadata::Yaml(_))));
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(yaml in "(apiVersion|name|version|a|-|:|\\[|\\{|&x|\\*x|!!|\"|'|\\||>|\n| |\\PC){0,40}") {
            let _ = ChartMetadata::parse(yaml.as_bytes());
        }
    }
}
