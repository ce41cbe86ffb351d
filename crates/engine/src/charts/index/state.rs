//! An index at one moment.

use boathook_core::chart::{ChartName, ChartVersion, oci_version};
use boathook_core::digest::Algorithm;
use boathook_core::name::{Repository, Tag};
use boathook_core::time::Timestamp;
use boathook_store::{ChartChanges, ChartRow};
use boathook_wire::helm::entry::{self, Entry};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a version costs beside what is said of it, in bytes.
const VERSION_BYTES: u64 = 256;
/// How many digits tell which artifacts somebody sees who does not see all of them.
const SEEN_DIGITS: usize = 16;

/// A repository's charts at one moment, and what is said of each.
#[derive(Clone)]
pub(super) struct State {
    generation: String,
    pub(super) revision: i64,
    listing: Option<i64>,
    changed: Timestamp,
    own: Charts,
    artifacts: Charts,
    /// Which artifacts these are, where others are not seen.
    seen: Option<String>,
    pub(super) yaml: Bytes,
    pub(super) entity_tag: String,
}

/// Shared with the index that this one was made of, as far as nothing has changed.
type Charts = BTreeMap<ChartName, Arc<BTreeMap<ChartVersion, Version>>>;

/// What is said of a version.
#[derive(Clone)]
struct Version {
    yaml: Bytes,
    json: Bytes,
}

impl State {
    /// One without charts, which still has to be [`finished`](Self::finished).
    pub(super) fn new(generation: String, revision: i64, listing: Option<i64>) -> Self {
        Self {
            generation,
            revision,
            listing,
            changed: Timestamp(0),
            own: BTreeMap::new(),
            artifacts: BTreeMap::new(),
            seen: None,
            yaml: Bytes::new(),
            entity_tag: String::new(),
        }
    }

    /// Says whether nothing has changed.
    pub(super) fn is_at(&self, changes: &ChartChanges) -> bool {
        self.is_of(changes) && self.revision == changes.revision
    }

    /// Says whether all that has changed is known.
    pub(super) fn leads_to(&self, changes: &ChartChanges) -> bool {
        self.is_of(changes) && changes.told_count == changes.revision - self.revision
    }

    fn is_of(&self, changes: &ChartChanges) -> bool {
        self.generation == changes.generation && self.listing == changes.listing
    }

    /// The charts after changes that it [leads to](Self::leads_to).
    pub(super) fn after(mut self, changes: &ChartChanges) -> Self {
        for change in &changes.changes {
            match &change.below {
                None => self.remove(&change.tag),
                Some(below) => self.remove_artifact(below, &change.tag),
            }
            match (&change.chart, &change.below) {
                (None, _) => (),
                (Some(chart), None) => self.put(chart),
                (Some(chart), Some(_)) => self.put_artifact(chart),
            }
        }
        self.revision = changes.revision;
        self
    }

    pub(super) fn put(&mut self, chart: &ChartRow) {
        let file = boathook_core::chart::file_name(&chart.name, &chart.version);
        put(&mut self.own, chart, &format!("_blobs/{file}"));
    }

    /// Puts a chart that lies below: its files are had there, from whoever may pull them.
    pub(super) fn put_artifact(&mut self, chart: &ChartRow) {
        let file = boathook_core::chart::file_name(&chart.name, &chart.version);
        put(&mut self.artifacts, chart, &format!("{}/_blobs/{file}", chart.name));
    }

    /// Removes the one version that has the tag, if there is any.
    fn remove(&mut self, tag: &Tag) {
        let names = self.own.keys().filter_map(|name| {
            let rest = tag.as_str().strip_prefix(name.as_str())?.strip_prefix('-')?;
            let version = rest.strip_suffix(".tgz")?.replace('_', "+").parse().ok()?;
            self.own[name].contains_key(&version).then(|| (name.clone(), version))
        });
        let Some((name, version)) = names.collect::<Vec<_>>().pop() else { return };
        remove(&mut self.own, &name, &version);
    }

    /// Removes the version that has the tag in the repository below, if there is any.
    fn remove_artifact(&mut self, below: &Repository, tag: &Tag) {
        let name = below.above().and_then(|(_, name)| name.parse().ok());
        if let (Some(name), Some(version)) = (name, oci_version(tag)) {
            remove(&mut self.artifacts, &name, &version);
        }
    }

    /// The same, with its `index.yaml` written. `changed` is when the last change was.
    pub(super) fn finished(mut self, changed: Timestamp) -> Self {
        let charts = self.own.values().chain(self.artifacts.values());
        let bytes: usize =
            charts.flat_map(|versions| versions.values()).map(|one| one.yaml.len()).sum();
        let names = self.names();
        let mut text = Vec::with_capacity(bytes + 64 * (2 + names.len()));
        text.extend_from_slice(entry::index_begin(!names.is_empty()).as_bytes());
        for name in names {
            text.extend_from_slice(entry::index_chart(name).as_bytes());
            for version in self.versions(name).values().rev() {
                text.extend_from_slice(&version.yaml);
            }
        }
        text.extend_from_slice(entry::index_end(changed).as_bytes());
        self.yaml = text.into();
        let listing = self.listing.map(|number| format!(".{number}")).unwrap_or_default();
        let seen = self.seen.as_ref().map(|seen| format!(".{seen}")).unwrap_or_default();
        self.entity_tag = format!("\"{}.{}{listing}{seen}\"", self.generation, self.revision);
        self.changed = changed;
        self
    }

    /// Tells apart those who may not pull all of the artifacts, by what they see; `None` is for who sees all.
    pub(super) fn seen_by(&self, may_pull: impl Fn(&ChartName) -> bool) -> Option<String> {
        // Most see all, and each request asks.
        if self.artifacts.keys().all(&may_pull) {
            return None;
        }
        let names = self.artifacts.keys().filter(|name| may_pull(name)).map(ChartName::as_str);
        let names: Vec<_> = names.collect();
        let digest = Algorithm::Sha256.digest(names.join("/").as_bytes());
        Some(digest.hex()[..SEEN_DIGITS].to_owned())
    }

    /// The same for those who see that much of the artifacts.
    pub(super) fn only(&self, seen: String, may_pull: impl Fn(&ChartName) -> bool) -> Self {
        let mut some = self.clone();
        some.artifacts.retain(|name, _| may_pull(name));
        some.seen = Some(seen);
        some.finished(self.changed)
    }

    /// Says whether this is what somebody sees of another.
    pub(super) fn is_of_the_same(&self, other: &Self) -> bool {
        (&self.generation, self.revision, self.listing)
            == (&other.generation, other.revision, other.listing)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty() && self.artifacts.is_empty()
    }

    pub(super) fn charts_json(&self) -> Vec<u8> {
        let mut text = b"{".to_vec();
        for (idx, name) in self.names().into_iter().enumerate() {
            if idx != 0 {
                text.push(b',');
            }
            // A chart's name has nothing that JSON would escape.
            text.extend_from_slice(format!("\"{name}\":").as_bytes());
            list(&mut text, &self.versions(name));
        }
        text.push(b'}');
        text
    }

    pub(super) fn chart_json(&self, name: &ChartName) -> Option<Vec<u8>> {
        let versions = self.versions(name);
        let mut text = Vec::new();
        list(&mut text, &versions);
        (!versions.is_empty()).then_some(text)
    }

    pub(super) fn version_json(&self, name: &ChartName, version: &ChartVersion) -> Option<Bytes> {
        let of = |charts: &Charts| Some(charts.get(name)?.get(version)?.json.clone());
        of(&self.own).or_else(|| of(&self.artifacts))
    }

    /// How much memory it takes, in bytes.
    pub(super) fn weight(&self) -> u64 {
        let of_version =
            |version: &Version| (version.yaml.len() + version.json.len()) as u64 + VERSION_BYTES;
        let charts = self.own.values().chain(self.artifacts.values());
        let versions = charts.flat_map(|versions| versions.values());
        VERSION_BYTES + self.yaml.len() as u64 + versions.map(of_version).sum::<u64>()
    }

    fn names(&self) -> BTreeSet<&ChartName> {
        self.own.keys().chain(self.artifacts.keys()).collect()
    }

    /// All versions of a chart. What lies in the repository itself counts.
    fn versions(&self, name: &ChartName) -> BTreeMap<&ChartVersion, &Version> {
        let charts = [&self.artifacts, &self.own].into_iter();
        charts.filter_map(|charts| charts.get(name)).flat_map(|versions| versions.iter()).collect()
    }
}

fn put(charts: &mut Charts, chart: &ChartRow, url: &str) {
    let entry = Entry {
        metadata: &chart.metadata,
        created: chart.created,
        digest: &chart.archive.digest,
        manifest: &chart.manifest,
        url,
    };
    let version = Version { yaml: entry.yaml().into(), json: entry.json().into() };
    let versions = charts.entry(chart.name.clone()).or_default();
    Arc::make_mut(versions).insert(chart.version.clone(), version);
}

fn remove(charts: &mut Charts, name: &ChartName, version: &ChartVersion) {
    let Some(versions) = charts.get_mut(name) else { return };
    Arc::make_mut(versions).remove(version);
    if versions.is_empty() {
        charts.remove(name);
    }
}

/// The newest version first.
fn list(text: &mut Vec<u8>, versions: &BTreeMap<&ChartVersion, &Version>) {
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
pub(super) mod tests {
    use super::*;
    use boathook_core::chart::{file_name, oci_tag};
    use boathook_store::{ChartChange, ChartPart};
    use proptest::prelude::*;

    pub(in super::super) fn chart(name: &str, version: &str, number: usize) -> ChartRow {
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
        let told_count = i64::try_from(changes.len()).unwrap();
        ChartChanges {
            generation: "one".to_owned(),
            revision,
            changed: Timestamp(7),
            told_count,
            changes,
            listing: Some(3),
        }
    }

    /// The repository where an artifact lies.
    fn below(chart: &ChartRow) -> Repository {
        format!("charts/{}", chart.name).parse().unwrap()
    }

    fn gone(revision: i64, tag: &str) -> ChartChange {
        ChartChange { revision, tag: tag.parse().unwrap(), below: None, chart: None }
    }

    fn anew<'a>(charts: impl IntoIterator<Item = &'a ChartRow>, revision: i64) -> State {
        with_artifacts(charts, [], revision)
    }

    fn with_artifacts<'a>(
        charts: impl IntoIterator<Item = &'a ChartRow>,
        artifacts: impl IntoIterator<Item = &'a ChartRow>,
        revision: i64,
    ) -> State {
        let mut state = State::new("one".to_owned(), revision, Some(3));
        for chart in charts {
            state.put(chart);
        }
        for chart in artifacts {
            state.put_artifact(chart);
        }
        state.finished(Timestamp(7))
    }

    #[test]
    fn what_has_been_missed_is_noticed() {
        let state = anew([&chart("a", "1.0.0", 0)], 5);
        let change = |revision| gone(revision, "x.tgz");
        assert!(state.is_at(&changes(5, Vec::new())));
        assert!(!state.is_at(&changes(6, vec![change(6)])));
        assert!(state.leads_to(&changes(7, vec![change(7), change(6)])));
        assert!(!state.leads_to(&changes(8, vec![change(7), change(8)])), "one is forgotten");
        let twice = ChartChanges { told_count: 2, ..changes(7, vec![change(7)]) };
        assert!(state.leads_to(&twice), "two were about the same tag");
        let other = ChartChanges { generation: "two".to_owned(), ..changes(5, Vec::new()) };
        assert!(!state.is_at(&other) && !state.leads_to(&other));
        for listing in [None, Some(4)] {
            let other = ChartChanges { listing, ..changes(5, Vec::new()) };
            assert!(!state.is_at(&other) && !state.leads_to(&other), "{listing:?}");
        }
    }

    #[test]
    fn what_lies_in_the_repository_counts_before_an_artifact() {
        let (own, artifact) = (chart("a", "1.0.0", 0), chart("a", "1.0.0", 1));
        let newer = chart("a", "1.1.0", 2);
        let state = with_artifacts([&own], [&artifact, &newer], 1);
        let shown: serde_json::Value = serde_json::from_slice(&state.charts_json()).unwrap();
        let urls: Vec<_> = [0, 1].map(|idx| shown["a"][idx]["urls"][0].as_str().unwrap()).into();
        assert_eq!(urls, ["a/_blobs/a-1.1.0.tgz", "_blobs/a-1.0.0.tgz"]);
        let version = state.version_json(&own.name, &own.version).unwrap();
        assert_eq!(version, shown["a"][1].to_string());
        // When it goes, the artifact is there.
        let state = state.after(&changes(2, vec![gone(2, "a-1.0.0.tgz")])).finished(Timestamp(7));
        assert_eq!(state.yaml, with_artifacts([], [&artifact, &newer], 2).yaml);
    }

    #[test]
    fn who_may_not_pull_an_artifact_does_not_see_it() {
        let (own, artifacts) =
            (chart("a", "1.0.0", 0), [chart("b", "1.0.0", 1), chart("c", "1.0.0", 2)]);
        let state = with_artifacts([&own], &artifacts, 1);
        assert_eq!(state.seen_by(|_| true), None);
        let only = |may_pull: fn(&ChartName) -> bool| {
            state.only(state.seen_by(may_pull).expect("it is not all"), may_pull)
        };
        let some = only(|name| name.as_str() == "c");
        assert_eq!(some.yaml, with_artifacts([&own], &artifacts[1..], 1).yaml);
        let none = only(|_| false);
        assert_eq!(none.yaml, anew([&own], 1).yaml);
        assert!(some.is_of_the_same(&state) && none.is_of_the_same(&some));
        assert!(!some.is_of_the_same(&anew([&own], 2)));
        let tags: BTreeSet<_> =
            [&state, &some, &none].map(|state| state.entity_tag.as_str()).into();
        assert_eq!(tags.len(), 3, "{tags:?}");
    }

    #[test]
    fn names_that_end_as_versions_begin_are_told_apart() {
        let charts = [chart("a", "1.0.0-2.0.0", 0), chart("a-1.0.0", "3.0.0", 1)];
        let gone = gone(2, charts[1].tag.as_str());
        let state = anew(&charts, 1).after(&changes(2, vec![gone])).finished(Timestamp(7));
        assert_eq!(state.yaml, anew([&charts[0]], 2).yaml);
    }

    proptest! {
        #[test]
        fn an_index_that_was_changed_is_the_one_that_is_made_anew(
            steps in proptest::collection::vec(
                ("a|b|a-1", "1\\.0\\.[0-2](\\+b|-rc)?", any::<bool>(), any::<bool>()), 1..24),
            size in 1_usize..5,
        ) {
            let mut now: BTreeMap<(Tag, Option<Repository>), ChartRow> = BTreeMap::new();
            let (mut state, mut revision) = (anew([], 0), 0);
            for (batch, steps) in steps.chunks(size).enumerate() {
                let mut told = Vec::new();
                for (idx, (name, version, is_artifact, is_there)) in steps.iter().enumerate() {
                    let mut row = chart(name, version, batch * 100 + idx);
                    let below = is_artifact.then(|| below(&row));
                    if *is_artifact {
                        row.tag = oci_tag(&row.version).unwrap();
                    }
                    let key = (row.tag.clone(), below);
                    told.push(key.clone());
                    if *is_there {
                        now.insert(key, row);
                    } else {
                        now.remove(&key);
                    }
                }
                // Each change is told with what is there now.
                let told: Vec<_> = told.into_iter().enumerate().map(|(idx, key)| {
                    let chart = now.get(&key).cloned();
                    let revision = revision + 1 + i64::try_from(idx).unwrap();
                    ChartChange { revision, tag: key.0, below: key.1, chart }
                }).collect();
                revision += i64::try_from(told.len()).unwrap();
                let told = changes(revision, told);
                prop_assert!(state.leads_to(&told));
                state = state.after(&told).finished(told.changed);
                let (artifacts, own): (Vec<_>, Vec<_>) = now.iter().partition(|((_, below), _)| below.is_some());
                let rows = |some: Vec<(&'_ _, _)>| some.into_iter().map(|(_, row)| row).collect::<Vec<&ChartRow>>();
                let expected = with_artifacts(rows(own), rows(artifacts), revision);
                prop_assert_eq!(&state.yaml, &expected.yaml);
                prop_assert_eq!(state.charts_json(), expected.charts_json());
                prop_assert_eq!(&state.entity_tag, &expected.entity_tag);
                prop_assert_eq!(state.weight(), expected.weight());
            }
        }
    }
}
