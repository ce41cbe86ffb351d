//! Somebody says of a manifest whether it may be pulled.

use super::attributes::{self, Holder, Relocked, held, keep};
use super::records::tags_of;
use super::{TAGS_COMPARED_MAX, chart, tally};
use crate::cache::Key;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::outbox::NewEvent;
use crate::registry::Hold;
use crate::row::params;
use crate::tx::Tx;
use crate::webhook;
use boathook_core::digest::Digest;
use boathook_core::event::ExtraAction;
use boathook_core::lock::Attributes;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::quarantine::{self, Details, State, Verdict};
use boathook_core::time::Timestamp;
use std::sync::Arc;

/// How many tags a manifest has at most that is let out under the policy, since each of them is announced.
pub const RELEASED_TAGS_MAX: usize = 1_000;

/// What somebody says of a manifest. What is absent stays as it is.
#[derive(Clone, Debug)]
pub struct Judge {
    /// Where it is.
    pub place: Place,
    /// In which repository.
    pub repository: Repository,
    /// Which one.
    pub digest: Digest,
    /// Whether it may be pulled.
    pub verdict: Option<Verdict>,
    /// What that rests on.
    pub details: Option<Details>,
    /// When they say it.
    pub now: Timestamp,
}

/// A manifest that was held back and is not any more, under one of its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// The tag; none where it has none.
    pub tag: Option<Tag>,
}

/// A manifest of which somebody has said on what the verdict rests, otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// How it stands now.
    pub state: Option<State>,
    /// What that rests on.
    pub details: Details,
    /// What scopes are compared with: the tags that it carries.
    pub tags: Vec<Tag>,
}

/// What a verdict changes that only those hear of who ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestChange {
    /// What may be done with the manifest.
    Relocked(Relocked),
    /// What the verdict rests on.
    Scanned(Scanned),
}

/// What came of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It is written down, and with it that the manifest was pushed, where that waited for it.
    Done,
    /// There is no such manifest.
    Unknown,
    /// It has more tags than can be announced; nothing was changed.
    TooManyTags,
    /// It is a chart of the classic Helm repository, which nobody judges; nothing was changed.
    OfChart,
}

impl Db {
    /// Changes what may be done with a manifest and what the quarantine says of it, and records the events that `announce`
    /// makes of what is let out thereby: one for each tag that the manifest has, numbered from 0, or one alone. What has
    /// changed, `announce_change` tells those who ask for it.
    pub async fn judge_manifest(
        &self,
        judge: Judge,
        change: impl Fn(Attributes) -> Attributes + Send + Sync + 'static,
        announce: impl Fn(usize, &Released) -> NewEvent + Send + Sync + 'static,
        announce_change: impl Fn(&ManifestChange) -> NewEvent + Send + Sync + 'static,
    ) -> Result<Judged, Error> {
        let (judge, work) = (Arc::new(judge), Arc::new((change, announce, announce_change)));
        let place = judge.place.clone();
        self.write_held(&place, "judge_manifest", async move |tx: &mut Tx<'_>, hold| {
            let Judge { place, repository, digest, now, .. } = &*judge;
            let (change, announce, announce_change) = &*work;
            let holder = Holder::Manifest(digest.clone());
            let Some(attributes) = held(tx, place, repository, &holder).await? else {
                return Ok(Judged::Unknown);
            };
            let is_judged = judge.verdict.is_some();
            if is_judged && chart::of_manifest(tx, place, repository, digest).await?.is_some() {
                return Ok(Judged::OfChart);
            }
            let released = released(tx, &judge, hold).await?;
            if RELEASED_TAGS_MAX < released.len() {
                return Ok(Judged::TooManyTags);
            }
            let scanned = scanned(tx, &judge).await?;
            let after = change(attributes);
            keep(tx, place, repository, &holder, after, *now).await?;
            keep_verdict(tx, &judge).await?;
            tally::touch(tx, place, repository, *now).await?;
            chart::shown_otherwise(tx, place, repository, &holder, *now).await?;
            for (idx, released) in released.iter().enumerate() {
                announce(idx, released).append(tx).await?;
            }
            if attributes != after {
                let announce =
                    |of: &Relocked| announce_change(&ManifestChange::Relocked(of.clone()));
                attributes::record(tx, place, repository, &holder, after, announce).await?;
            }
            if let Some(scanned) = scanned {
                announce_change(&ManifestChange::Scanned(scanned)).append(tx).await?;
            }
            // All cached answers about the repository go with this one.
            tx.after.stale.push(Key::Repository(place.clone(), repository.clone()));
            Ok(Judged::Done)
        })
        .await
    }
}

/// What a verdict lets out, under each of its tags, and one more than may be.
async fn released(tx: &mut Tx<'_>, judge: &Judge, hold: Hold) -> Result<Vec<Released>, Fault> {
    let Judge { place, repository, digest, .. } = judge;
    let sql = "SELECT quarantine_state, media_type, size FROM manifest
               WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let key = params![registry, region, repository.as_str(), digest.as_str()];
    let row = tx.query_opt(sql, key).await?.expect("the manifest is there");
    let before: Option<State> = row.opt_parsed(0);
    let after = judge.verdict.map(State::from).or(before);
    if !quarantine::is_let_out(hold.policy, before, after) {
        return Ok(Vec::new());
    }
    let tags = tags_of(tx, place, repository, digest, RELEASED_TAGS_MAX + 1).await?;
    let under = |tag| Released {
        digest: digest.clone(),
        media_type: row.text(1).to_owned(),
        size: u64::try_from(row.int(2)).expect("a size is not negative"),
        tag,
    };
    if tags.is_empty() {
        return Ok(vec![under(None)]);
    }
    Ok(tags.into_iter().map(|tag| under(Some(tag))).collect())
}

/// What there is to tell of what a verdict rests on, if that is not as it was, and somebody asks for it.
async fn scanned(tx: &mut Tx<'_>, judge: &Judge) -> Result<Option<Scanned>, Fault> {
    let Judge { place, repository, digest, .. } = judge;
    let Some(details) = &judge.details else { return Ok(None) };
    if !webhook::is_asked_for(tx, place, ExtraAction::Scan).await? {
        return Ok(None);
    }
    let sql = "SELECT quarantine_details, quarantine_state, media_type FROM manifest
               WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let key = params![registry, region, repository.as_str(), digest.as_str()];
    let row = tx.query_opt(sql, key).await?.expect("the manifest is there");
    if row.opt_text(0) == Some(details.as_str()) {
        return Ok(None);
    }
    Ok(Some(Scanned {
        digest: digest.clone(),
        media_type: row.text(2).to_owned(),
        state: judge.verdict.map(State::from).or_else(|| row.opt_parsed(1)),
        details: details.clone(),
        tags: tags_of(tx, place, repository, digest, TAGS_COMPARED_MAX).await?,
    }))
}

async fn keep_verdict(tx: &mut Tx<'_>, judge: &Judge) -> Result<(), Fault> {
    let Judge { place, repository, digest, verdict, details, .. } = judge;
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.execute(
        "UPDATE manifest SET quarantine_state = COALESCE($5, quarantine_state),
                             quarantine_details = COALESCE($6, quarantine_details)
         WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4",
        params![
            registry,
            region,
            repository.as_str(),
            digest.as_str(),
            verdict.map(|verdict| State::from(verdict).as_str()),
            details.as_ref().map(Details::as_str),
        ],
    )
    .await?;
    Ok(())
}
