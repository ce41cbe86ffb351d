//! What makes the portal's pages full: repositories with images of their own, and webhooks with a long history.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::params;

use crate::content::Blob;
use crate::image;
use crate::work::tag_name;

use super::{LIMIT_MS, Parts, Stopped, event_id};

/// Repositories, the one with many tags aside.
const REPOSITORIES: u64 = 10_000;
/// Images of each, each with a tag.
const IMAGES: u64 = 5;
/// Tags of the one with many.
const TAGS: u64 = 10_000;
/// How many of them are on one manifest.
const TAGS_OF_ONE: u64 = 1_000;
/// Events, with a delivery and an attempt each.
const EVENTS: u64 = 1_000_000;
/// Webhooks that they are spread over, the first by name.
const BUSY: u64 = 4;
/// Attempts of the latest event, all of which have failed.
const FAILURES: i64 = 20;
/// How much of a receiver's answer the server keeps, in bytes.
const ANSWER_BYTES: usize = 4_096;

/// What there is to look at.
pub(crate) struct Shown {
    /// A repository like all others.
    pub(crate) repository: String,
    /// An image's digest in the repository with many tags.
    pub(crate) digest: String,
    /// The digest of the one there that has many of the tags.
    pub(crate) tagged: String,
    /// The latest event of the first webhook.
    pub(crate) event: String,
}

/// Writes what the portal shows into the database below `data`, or one in so many of it. Every webhook must have been sent
/// an event already, by the server itself: what is written is a copy of that.
pub(crate) fn fill_portal(data: &Path, parts: &Parts<'_>, one_in: u64) -> Result<Shown> {
    let stopped = Stopped::open(data)?;
    let count = REPOSITORIES / one_in;
    let name = |number| format!("team/service/{}", tag_name(number));
    let names: Vec<String> = (0..count).map(name).collect();
    stopped.repositories(&names)?;
    stopped.repositories(&[parts.repository.to_owned()])?;
    for (number, name) in (0..).zip(&names) {
        stopped.own_images(name, number * IMAGES)?;
    }
    let tags = TAGS / one_in;
    stopped.images(tags, parts, |turn| (parts.repository.to_owned(), tag_name(turn)))?;
    let manifest = |turn| image::manifest(parts.config, parts.layers, &tag_name(turn));
    let digest = |turn| Blob::from_bytes(manifest(turn)).digest;
    stopped.tags_of_one(parts.repository, &digest(0), TAGS_OF_ONE / one_in)?;
    let event = stopped.history(EVENTS / one_in)?;
    stopped.close()?;
    let (digest, tagged) = (digest(tags - 1), digest(0));
    Ok(Shown { repository: name(count / 2), digest, tagged, event })
}

impl Stopped {
    /// Writes the images of a repository, each with a config and a layer that nobody else has.
    fn own_images(&self, repository: &str, first: u64) -> Result<()> {
        let mut blob = self.connection.prepare_cached(
            "INSERT INTO blob (registry, region, digest, size, bytes, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let mut link = self
            .connection
            .prepare_cached("INSERT INTO repository_blob VALUES (?1, ?2, ?3, ?4, ?5, NULL)")?;
        for turn in first..first + IMAGES {
            let [config, layer] = ["config", "layer"].map(|kind| format!("{kind} {turn}"));
            for text in [&config, &layer] {
                let (digest, size) = (Blob::from_bytes(text.clone()).digest, text.len());
                let size = i64::try_from(size)?;
                self.count(size)?;
                blob.execute(params![
                    self.registry,
                    self.region,
                    digest,
                    size,
                    text.as_bytes(),
                    self.now_ms
                ])?;
                link.execute(params![self.registry, self.region, repository, digest, self.now_ms])?;
            }
            let own = Parts {
                repository,
                config: &Blob::from_bytes(config),
                layers: &[Blob::from_bytes(layer)],
            };
            let tag = format!("v{}", turn - first);
            self.images(1, &own, |_| (repository.to_owned(), tag.clone()))?;
        }
        Ok(())
    }

    /// Writes more tags of one manifest.
    fn tags_of_one(&self, repository: &str, digest: &str, count: u64) -> Result<()> {
        let mut tag = self.connection.prepare(
            "INSERT INTO tag (registry, region, repository, name, digest, created_ms, updated_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        )?;
        for turn in 0..count {
            let name = format!("also-{}", tag_name(turn));
            tag.execute(params![
                self.registry,
                self.region,
                repository,
                name,
                digest,
                self.now_ms
            ])?;
        }
        let sql = "UPDATE repository_tally SET tag_count = tag_count + ?1
                   WHERE registry = ?2 AND region = ?3 AND repository = ?4 AND shard = 0";
        let count = i64::try_from(count)?;
        self.connection.execute(sql, params![count, self.registry, self.region, repository])?;
        Ok(())
    }

    /// Writes events, one a millisecond until now, each of them delivered to one of the busy webhooks; but the latest was
    /// refused again and again. Gives the id of that.
    fn history(&self, count: u64) -> Result<String> {
        let webhooks: Vec<String> = {
            let sql = "SELECT id FROM webhook ORDER BY name_key LIMIT ?1";
            let mut ids = self.connection.prepare(sql)?;
            let busy = i64::try_from(BUSY)?;
            ids.query_map([busy], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        let mut event = self.connection.prepare(
            "INSERT INTO event (id, registry, region, action, repository, tags, body, occurred_ms, dispatched_ms)
             SELECT ?1, e.registry, e.region, e.action, e.repository, e.tags, e.body, ?2, ?2
             FROM attempt a JOIN event e ON e.id = a.event WHERE a.webhook = ?3 LIMIT 1",
        )?;
        let mut delivery = self.connection.prepare(
            "INSERT INTO delivery (webhook, event, registry, region, kind, state, attempts, due_ms, lease, limit_ms,
                                  created_ms, finished_ms)
             VALUES (?1, ?2, ?3, ?4, 'event', 'delivered', 1, ?5, NULL, ?6, ?5, ?5)",
        )?;
        let mut attempt = self.connection.prepare(COPY_ATTEMPT)?;
        let watched = webhooks.first().context("there is no webhook")?;
        let mut latest = None;
        let first = self.now_ms - i64::try_from(count)?;
        for (at_ms, webhook) in (first..self.now_ms).zip(webhooks.iter().cycle()) {
            let id = event_id(at_ms);
            event.execute(params![id, at_ms, webhook])?;
            let limit_ms = at_ms + LIMIT_MS;
            delivery.execute(params![webhook, id, self.registry, self.region, at_ms, limit_ms])?;
            let copied = attempt.execute(params![webhook, id, 1, at_ms])?;
            ensure!(copied == 1, "the webhook {webhook} was sent nothing that could be copied");
            if webhook == watched {
                latest = Some(id);
            }
        }
        let latest = latest.context("there is no event")?;
        self.fail(watched, &latest)?;
        Ok(latest)
    }

    /// Has a delivery have failed as often as it was tried.
    fn fail(&self, webhook: &str, event: &str) -> Result<()> {
        let mut attempt = self.connection.prepare(COPY_ATTEMPT)?;
        for number in 2..=FAILURES {
            attempt.execute(params![webhook, event, number, self.now_ms])?;
        }
        let answer = vec![b'x'; ANSWER_BYTES];
        let sql = "UPDATE attempt SET status = 503, reason = 'Service Unavailable', body = ?1
                   WHERE webhook = ?2 AND event = ?3";
        self.connection.execute(sql, params![answer, webhook, event])?;
        let sql =
            "UPDATE delivery SET state = 'dead', attempts = ?1 WHERE webhook = ?2 AND event = ?3";
        self.connection.execute(sql, params![FAILURES, webhook, event])?;
        Ok(())
    }
}

/// An attempt like the first that its webhook has had: the request is sealed for that webhook.
const COPY_ATTEMPT: &str = "INSERT INTO attempt (webhook, event, region, number, started_ms, duration_ms, request, status,
                         reason, version, headers, body)
     SELECT webhook, ?2, region, ?3, ?4, duration_ms, request, status, reason, version, headers, body
     FROM attempt WHERE webhook = ?1 ORDER BY event DESC LIMIT 1";

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::tests::{data, uncounted};
    use super::*;

    #[test]
    fn what_is_shown_fits_the_schema_of_the_server() {
        let folder = data();
        let connection = Connection::open(folder.path().join("boathook.db")).unwrap();
        let first = "INSERT INTO event (id, registry, region, action, tags, body, occurred_ms)
                VALUES ('0', 'boathook', 'local', 'push', '', x'7b7d', 0);
            INSERT INTO attempt VALUES ('id', '0', 'local', 1, 0, 7, x'01', 200, 'OK', '1.1', '{}', x'', NULL, NULL)";
        connection.execute_batch(first).unwrap();
        let config = Blob::from_bytes("{}");
        let parts = Parts { repository: "bench/new", config: &config, layers: &[] };
        let shown = fill_portal(folder.path(), &parts, 100).unwrap();
        let event = &shown.event;
        for (what, expected) in [
            ("repository".to_owned(), 101),
            ("blob JOIN repository_blob USING (registry, region, digest)".to_owned(), 1_000),
            ("tag JOIN manifest USING (registry, region, repository, digest)".to_owned(), 610),
            (format!("tag WHERE repository = 'bench/new' AND digest = '{}'", shown.tagged), 11),
            (format!("manifest WHERE repository = 'bench/new' AND digest = '{}'", shown.digest), 1),
            (format!("tag WHERE repository = '{}' AND name = 'v1'", shown.repository), 1),
            (
                "delivery JOIN event ON event.id = delivery.event WHERE body = x'7b7d'".to_owned(),
                10_000,
            ),
            (format!("delivery WHERE state = 'dead' AND event = '{event}'"), 1),
            (format!("attempt WHERE status = 503 AND event = '{event}'"), 20),
            ("attempt WHERE duration_ms = 7 AND request = x'01'".to_owned(), 10_020),
        ] {
            let sql = format!("SELECT count(*) FROM {what}");
            let count: i64 = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(count, expected, "{what}");
        }
        let sql = "SELECT sum(tag_count) - (SELECT count(*) FROM tag) FROM repository_tally";
        let differs: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!((differs, uncounted(&connection)), (0, 0));
        let latest: String =
            connection.query_row("SELECT max(event) FROM delivery", [], |row| row.get(0)).unwrap();
        assert_eq!(&latest, event);
    }
}
