//! A strict reader of the text format, so that what Prometheus would stumble over fails a test.

use std::collections::{BTreeMap, BTreeSet};

type Labels = BTreeSet<(String, String)>;

/// All samples of a scrape.
pub(super) struct Exposition(BTreeMap<(String, Labels), f64>);

impl Exposition {
    /// Reads a scrape, and fails where it is not what the format demands.
    pub(super) fn parse(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").expect("the text ends with its end");
        let mut samples = BTreeMap::new();
        let mut types = BTreeMap::new();
        let mut family = String::new();
        for line in body.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                let (kind, rest) = comment.split_once(' ').unwrap();
                let (name, rest) = rest.split_once(' ').unwrap();
                match kind {
                    "HELP" => assert!(!rest.is_empty(), "{line}"),
                    "UNIT" => assert!(name.ends_with(&format!("_{rest}")), "{line}"),
                    "TYPE" => {
                        let is_new = types.insert(name.to_owned(), rest.to_owned()).is_none();
                        assert!(is_new, "{name} is there twice");
                    }
                    _ => panic!("{line}"),
                }
                name.clone_into(&mut family);
                continue;
            }
            let (name, labels, value) = sample(line);
            assert_suffix(&family, &types[&family], &name, value);
            let is_new = samples.insert((name, labels), value).is_none();
            assert!(is_new, "{line} is there twice");
        }
        Self(samples)
    }

    /// The sample of that name with exactly these labels.
    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        self.0.get(&(name.to_owned(), owned(labels))).copied()
    }

    /// The buckets of a histogram by their bounds, checked to be cumulative.
    pub(super) fn buckets(&self, name: &str, labels: &[(&str, &str)]) -> Vec<(f64, f64)> {
        let name = format!("{name}_bucket");
        let wanted = owned(labels);
        let of_it = self.0.iter().filter(|((of, has), _)| *of == name && wanted.is_subset(has));
        let mut buckets: Vec<_> = of_it
            .map(|((_, labels), count)| {
                let (_, bound) = labels.iter().find(|(name, _)| name == "le").unwrap();
                (bound.parse().unwrap(), *count)
            })
            .collect();
        buckets.sort_by(|(a, _), (b, _)| f64::total_cmp(a, b));
        assert!(buckets.is_sorted_by(|(_, a), (_, b)| a <= b), "{buckets:?}");
        buckets
    }
}

fn owned(labels: &[(&str, &str)]) -> Labels {
    labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// `name{label="value",…} number`; no label of ours holds a quotation mark or a comma.
fn sample(line: &str) -> (String, Labels, f64) {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').unwrap()),
        None => (series, ""),
    };
    let label = |text: &str| {
        let (name, value) = text.split_once('=').unwrap();
        let value = value.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
        assert!(!value.contains(['"', '\\']), "{line}");
        (name.to_owned(), value.to_owned())
    };
    let labels = labels.split(',').filter(|text| !text.is_empty()).map(label).collect();
    (name.to_owned(), labels, value.parse().unwrap())
}

fn assert_suffix(family: &str, kind: &str, name: &str, value: f64) {
    let suffix = name.strip_prefix(family).unwrap_or_else(|| panic!("{name} is not of {family}"));
    let allowed: &[&str] = match kind {
        "counter" => &["_total"],
        "gauge" => &[""],
        "info" => &["_info"],
        "histogram" => &["_sum", "_count", "_bucket"],
        _ => panic!("{family} has the type {kind}"),
    };
    assert!(allowed.contains(&suffix), "{name} is a {kind}");
    assert!(0.0 <= value, "{name} is {value}");
}
