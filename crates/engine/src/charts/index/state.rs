//! An index at one moment.

use boathook_core::chart::{ChartName, ChartVersion};
use boathook_core::name::Tag;
use boathook_core::time::Timestamp;
use boathook_store::{ChartChanges, ChartRow};
use boathook_wire::helm::entry::{self, Entry};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a version costs beside what is said of it, in bytes.
const VERSION_BYTES: u64 = 256;

/// A repository's charts at one moment, and what is said of each.
#[derive(Clone)]
pub(super) struct State {
    generation: String,
    pub(super) revision: i64,
    /// Shared with the index that this one was made of, as far as nothing has changed.
    charts: BTreeMap<ChartName, Arc<BTreeMap<ChartVersion, Version>>>,
    pub(super) yaml: Bytes,
    pub(super) entity_tag: String,
}

/// What is said of a version.
#[derive(Clone)]
struct Version {
    yaml: Bytes,
    json: Bytes,
}

impl State {
    /// One without charts, which still has to be [`finished`](Self::finished).
    pub(super) fn new(generation: String, revision: i64) -> Self {
        let (charts, yaml) = (BTreeMap::new(), Bytes::new());
        Self { generation, revision, charts, yaml, entity_tag: String::new() }
    }

    /// Says whether nothing has changed.
    pub(super) fn is_at(&self, changes: &ChartChanges) -> bool {
        self.generation == changes.generation && self.revision == changes.revision
    }

    /// Says whether all that has changed is known.
    pub(super) fn leads_to(&self, changes: &ChartChanges) -> bool {
        let missed = changes.revision - self.revision;
        self.generation == changes.generation
            && i64::try_from(changes.changes.len()).is_ok_and(|known| known == missed)
    }

    /// The charts after changes that it [leads to](Self::leads_to).
    pub(super) fn after(mut self, changes: &ChartChanges) -> Self {
        for change in &changes.changes {
            self.remove(&change.tag);
            if let Some(chart) = &change.chart {
                self.put(chart);
            }
        }
        self.revision = changes.revision;
        self
    }

    pub(super) fn put(&mut self, chart: &ChartRow) {
        let file = boathook_core::chart::file_name(&chart.name, &chart.version);
        let entry = Entry {
            metadata: &chart.metadata,
            created: chart.created,
            digest: &chart.archive.digest,
            manifest: &chart.manifest,
            url: &format!("_blobs/{file}"),
        };
        let version = Version { yaml: entry.yaml().into(), json: entry.json().into() };
        let versions = self.charts.entry(chart.name.clone()).or_default();
        Arc::make_mut(versions).insert(chart.version.clone(), version);
    }

    /// Removes the one version that has the tag, if there is any.
    fn remove(&mut self, tag: &Tag) {
        let names = self.charts.keys().filter_map(|name| {
            let rest = tag.as_str().strip_prefix(name.as_str())?.strip_prefix('-')?;
            let version = rest.strip_suffix(".tgz")?.replace('_', "+").parse().ok()?;
            self.charts[name].contains_key(&version).then(|| (name.clone(), version))
        });
        let Some((name, version)) = names.collect::<Vec<_>>().pop() else { return };
        let versions = Arc::make_mut(self.charts.get_mut(&name).expect("it was found here"));
        versions.remove(&version);
        if versions.is_empty() {
            self.charts.remove(&name);
        }
    }

    /// The same, with its `index.yaml` written. `changed` is when the last change was.
    pub(super) fn finished(mut self, changed: Timestamp) -> Self {
        let of_versions = self.charts.values().flat_map(|versions| versions.values());
        let bytes: usize = of_versions.map(|version| version.yaml.len()).sum();
        let mut text = Vec::with_capacity(bytes + 64 * (2 + self.charts.len()));
        text.extend_from_slice(entry::index_begin(!self.charts.is_empty()).as_bytes());
        for (name, versions) in &self.charts {
            text.extend_from_slice(entry::index_chart(name).as_bytes());
            for version in versions.values().rev() {
                text.extend_from_slice(&version.yaml);
            }
        }
        text.extend_from_slice(entry::index_end(changed).as_bytes());
        self.yaml = text.into();
        self.entity_tag = format!("\"{}.{}\"", self.generation, self.revision);
        self
    }

    pub(super) fn charts_json(&self) -> Vec<u8> {
        let mut text = b"{".to_vec();
        for (idx, (name, versions)) in self.charts.iter().enumerate() {
            if idx != 0 {
                text.push(b',');
            }
            // A chart's name has nothing that JSON would escape.
            text.extend_from_slice(format!("\"{name}\":").as_bytes());
            list(&mut text, versions);
        }
        text.push(b'}');
        text
    }

    pub(super) fn chart_json(&self, name: &ChartName) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        list(&mut text, self.charts.get(name)?);
        Some(text)
    }

    pub(super) fn version_json(&self, name: &ChartName, version: &ChartVersion) -> Option<Bytes> {
        Some(self.charts.get(name)?.get(version)?.json.clone())
    }

    /// How much memory it takes, in bytes.
    pub(super) fn weight(&self) -> u64 {
        let of_version =
            |version: &Version| (version.yaml.len() + version.json.len()) as u64 + VERSION_BYTES;
        let versions = self.charts.values().flat_map(|versions| versions.values());
        VERSION_BYTES + self.yaml.len() as u64 + versions.map(of_version).sum::<u64>()
    }
}

/// The newest version first.
fn list(text: &mut Vec<u8>, versions: &BTreeMap<ChartVersion, Version>) {
    text.push(b'[');
    for (idx, version) in versions.values().rev().enumerate() {
        if idx != 0 {
            text.push(b',');
        }
        text.extend_from_slice(&version.json);
    }
    text.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::chart::file_name;
    use boathook_core::digest::Algorithm;
    use boathook_store::{ChartChange, ChartPart};
    use proptest::prelude::*;

    fn chart(name: &str, version: &str, number: usize) -> ChartRow {
        let (name, version): (ChartName, ChartVersion) =
            (name.parse().unwrap(), version.parse().unwrap());
        let digest = Algorithm::Sha256.digest(number.to_string().as_bytes());
        ChartRow {
            tag: boathook_core::chart::tag(&file_name(&name, &version)).unwrap(),
            manifest: digest.clone(),
            archive: ChartPart { digest, size: 1 },
            provenance: None,
            metadata: format!(r#"{{"name":"{name}","version":"{version}","number":"{number}"}}"#),
            created: Timestamp(0),
            name,
            version,
        }
    }

    fn changes(revision: i64, changes: Vec<ChartChange>) -> ChartChanges {
        ChartChanges { generation: "one".to_owned(), revision, changed: Timestamp(7), changes }
    }

    fn anew<'a>(charts: impl IntoIterator<Item = &'a ChartRow>, revision: i64) -> State {
        let mut state = State::new("one".to_owned(), revision);
        for chart in charts {
            state.put(chart);
        }
        state.finished(Timestamp(7))
    }

    #[test]
    fn what_has_been_missed_is_noticed() {
        let state = anew([&chart("a", "1.0.0", 0)], 5);
        let change =
            |revision| ChartChange { revision, tag: "x.tgz".parse().unwrap(), chart: None };
        assert!(state.is_at(&changes(5, Vec::new())));
        assert!(!state.is_at(&changes(6, vec![change(6)])));
        assert!(state.leads_to(&changes(7, vec![change(7), change(6)])));
        assert!(!state.leads_to(&changes(8, vec![change(7), change(8)])), "one is forgotten");
        let other = ChartChanges { generation: "two".to_owned(), ..changes(5, Vec::new()) };
        assert!(!state.is_at(&other) && !state.leads_to(&other));
    }

    #[test]
    fn names_that_end_as_versions_begin_are_told_apart() {
        let charts = [chart("a", "1.0.0-2.0.0", 0), chart("a-1.0.0", "3.0.0", 1)];
        let gone = ChartChange { revision: 2, tag: charts[1].tag.clone(), chart: None };
        let state = anew(&charts, 1).after(&changes(2, vec![gone])).finished(Timestamp(7));
        assert_eq!(state.yaml, anew([&charts[0]], 2).yaml);
    }

    proptest! {
        #[test]
        fn an_index_that_was_changed_is_the_one_that_is_made_anew(
            steps in proptest::collection::vec(("a|b|a-1", "1\\.0\\.[0-2](\\+b|-rc)?", any::<bool>()), 1..24),
            size in 1_usize..5,
        ) {
            let mut now: BTreeMap<Tag, ChartRow> = BTreeMap::new();
            let (mut state, mut revision) = (anew([], 0), 0);
            for (batch, steps) in steps.chunks(size).enumerate() {
                let mut told = Vec::new();
                for (idx, (name, version, is_there)) in steps.iter().enumerate() {
                    let row = chart(name, version, batch * 100 + idx);
                    told.push(row.tag.clone());
                    if *is_there {
                        now.insert(row.tag.clone(), row);
                    } else {
                        now.remove(&row.tag);
                    }
                }
                // Each change is told with what is there now.
                let told: Vec<_> = told.into_iter().enumerate().map(|(idx, tag)| {
                    let chart = now.get(&tag).cloned();
                    ChartChange { revision: revision + 1 + i64::try_from(idx).unwrap(), tag, chart }
                }).collect();
                revision += i64::try_from(told.len()).unwrap();
                let told = changes(revision, told);
                prop_assert!(state.leads_to(&told));
                state = state.after(&told).finished(told.changed);
                let expected = anew(now.values(), revision);
                prop_assert_eq!(&state.yaml, &expected.yaml);
                prop_assert_eq!(state.charts_json(), expected.charts_json());
                prop_assert_eq!(&state.entity_tag, &expected.entity_tag);
                prop_assert_eq!(state.weight(), expected.weight());
            }
        }
    }
}
