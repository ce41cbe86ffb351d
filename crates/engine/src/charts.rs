//! The classic Helm repository: charts pushed, pulled, listed and deleted (`acr-facts` §7).
//!
//! A version of a chart is a manifest with one tag, which the registry writes itself: see `store::content::chart`.

mod archive;
pub mod delete;
pub mod index;
pub mod pull;
pub mod push;
pub mod shelf;

use crate::ctx::Ctx;
use boathook_core::event::{Action, Chart, Event, Target};
use boathook_core::id::EventId;
use boathook_core::media_type::HELM_CHART;
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use boathook_store::{ChartRow, NewEvent};

pub use archive::{
    ARCHIVE_ENTRIES_MAX, EXPANDED_BYTES_MAX, FILE_BYTES_MAX, InvalidArchive, PATH_BYTES_MAX,
    TEXT_BYTES_MAX, Text, Texts,
};
pub use index::Indexes;

/// Where an event about a chart comes from.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) place: Place,
    pub(crate) repository: Repository,
    pub(crate) at: Timestamp,
}

impl Origin {
    pub(crate) fn now(ctx: &Ctx, place: &Place, repository: &Repository) -> Self {
        Self { place: place.clone(), repository: repository.clone(), at: ctx.clock.now() }
    }

    /// The event that tells of a chart. ACR's say nothing of the request.
    pub(crate) fn event(&self, id: &EventId, action: Action, chart: &ChartRow) -> NewEvent {
        let target = Target {
            media_type: Some(HELM_CHART.to_owned()),
            size: Some(chart.archive.size),
            digest: Some(chart.archive.digest.clone()),
            repository: self.repository.clone(),
            tag: Some(chart.tag.clone()),
            chart: Some(Chart { name: chart.name.clone(), version: chart.version.clone() }),
            detail: None,
        };
        let event = Event {
            id: id.clone(),
            place: self.place.clone(),
            action,
            at: self.at,
            target: Some(target),
            request: None,
        };
        crate::registry::record(&event, vec![chart.tag.clone()])
    }
}
