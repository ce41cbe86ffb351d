//! Fills the `SQLite` file of a Boathook that is stopped.
//!
//! Ten million deliveries through the front door would take hours, so the rows are written by SQL, as the server
//! itself would have written them: the same columns, ids and digests in the same order of time, and manifests whose
//! digests are those of their bytes. This is the one place of the bench that knows the schema
//! (`crates/store/src/migrations`).

pub(crate) mod portal;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, params};

use crate::clock;
use crate::content::{Blob, digest_of};
use crate::image::{self, CONFIG_TYPE, MANIFEST_TYPE};
use crate::work::tag_name;

use super::level::Amounts;

/// The size of a sealed request as the server keeps it with each attempt, in bytes.
const REQUEST_BYTES: usize = 700;
/// The size of the body that receivers get, in bytes.
const EVENT_BYTES: usize = 500;
/// How long a delivery is tried, in milliseconds.
const LIMIT_MS: i64 = 24 * 60 * 60 * 1000;
/// The repository of blobs that nobody needs.
const GARBAGE: &str = "bench/garbage";
/// How long nobody has needed them, in milliseconds.
const IDLE_MS: i64 = 48 * 60 * 60 * 1000;
/// The size of those that lie in the database, in bytes.
const LINKED_BYTES: usize = 100;
/// How many rows the counts of a repository are spread over.
const TALLY_SHARDS: u64 = 64;

/// What every manifest refers to; the repository that is filled must have these blobs.
pub(crate) struct Parts<'a> {
    /// The repository that the tags go to.
    pub(crate) repository: &'a str,
    /// The config.
    pub(crate) config: &'a Blob,
    /// The layers.
    pub(crate) layers: &'a [Blob],
}

/// The database of a server that is stopped, and in whose name the rows are written.
struct Stopped {
    connection: Connection,
    registry: String,
    region: String,
    now_ms: i64,
}

/// Blobs that nobody needs and that are due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Garbage {
    /// Small ones that a repository has.
    pub(crate) linked: u64,
    /// Ones with a file that no repository has any more.
    pub(crate) doomed: u64,
}

/// Writes blobs that nobody needs into the database below `data`, and their files.
pub(crate) fn fill_garbage(data: &Path, garbage: Garbage) -> Result<()> {
    let stopped = Stopped::open(data)?;
    stopped.garbage(&data.join("blobs"), garbage)?;
    stopped.close()
}

/// Says whether there is anything left of what nobody needs.
pub(crate) fn has_garbage(data: &Path) -> Result<bool> {
    let connection = Connection::open(data.join("boathook.db"))?;
    let sql = "SELECT EXISTS (SELECT 1 FROM repository_blob WHERE repository = ?1)
                   OR EXISTS (SELECT 1 FROM blob WHERE doomed_ms IS NOT NULL)";
    Ok(connection.query_row(sql, [GARBAGE], |row| row.get(0))?)
}

/// Writes repositories into the database below `data`, each with so many images.
pub(crate) fn fill_repositories(
    data: &Path,
    names: &[String],
    images: u64,
    parts: &Parts<'_>,
) -> Result<()> {
    let stopped = Stopped::open(data)?;
    stopped.repositories(names)?;
    stopped.links(names, parts)?;
    for name in names {
        stopped.images(images, parts, |turn| (name.clone(), tag_name(turn)))?;
    }
    stopped.close()
}

/// Writes so many rows of each kind into the database below `data`; deliveries go to the webhooks that there are.
pub(crate) fn fill(data: &Path, amounts: Amounts, parts: &Parts<'_>) -> Result<()> {
    let stopped = Stopped::open(data)?;
    let Amounts { tags, repositories, finished, pending } = amounts;
    stopped.repositories(&[parts.repository.to_owned()])?;
    stopped.images(tags, parts, |turn| (parts.repository.to_owned(), tag_name(turn)))?;
    let name = |turn| format!("bench/catalog/{}", tag_name(turn));
    let names: Vec<String> = (0..repositories).map(name).collect();
    stopped.repositories(&names)?;
    stopped.images(repositories, parts, |turn| (name(turn), "latest".to_owned()))?;
    stopped.links(&names, parts)?;
    stopped.deliveries(finished, true)?;
    stopped.deliveries(pending, false)?;
    stopped.close()
}

impl Stopped {
    fn open(data: &Path) -> Result<Self> {
        let connection = Connection::open(data.join("boathook.db"))?;
        // Nothing is lost if this is: without a journal each page is written once.
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1048576; BEGIN",
        )?;
        let sql = "SELECT registry, region FROM repository_blob LIMIT 1";
        let (registry, region) =
            connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let now_ms = i64::try_from(clock::run_number() / 1_000_000)?;
        Ok(Self { connection, registry, region, now_ms })
    }

    fn close(self) -> Result<()> {
        self.connection.execute_batch("COMMIT; PRAGMA journal_mode = WAL")?;
        Ok(())
    }

    fn garbage(&self, blobs: &Path, garbage: Garbage) -> Result<()> {
        let due_ms = self.now_ms - IDLE_MS;
        let mut blob = self.connection.prepare(
            "INSERT INTO blob (registry, region, digest, size, bytes, created_ms, doomed_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let mut link = self
            .connection
            .prepare("INSERT INTO repository_blob VALUES (?1, ?2, ?3, ?4, ?5, ?5)")?;
        let digest = |kind: &str, turn: u64| digest_of(format!("{kind} {turn}").as_bytes());
        let bytes = vec![b' '; LINKED_BYTES];
        let size = i64::try_from(LINKED_BYTES)?;
        for turn in 0..garbage.linked {
            let digest = digest("linked", turn);
            let nobody = None::<i64>;
            let row = params![self.registry, self.region, digest, size, bytes, due_ms, nobody];
            blob.execute(row)?;
            link.execute(params![self.registry, self.region, GARBAGE, digest, due_ms])?;
        }
        let folder = blobs.join(&self.registry).join(&self.region).join("sha256");
        for turn in 0..garbage.doomed {
            let digest = digest("doomed", turn);
            let in_file = None::<Vec<u8>>;
            blob.execute(params![self.registry, self.region, digest, 1, in_file, due_ms, due_ms])?;
            let hex = digest.trim_start_matches("sha256:");
            let folder = folder.join(&hex[..2]);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(hex), " ")?;
        }
        self.count(i64::try_from(garbage.linked)? * size + i64::try_from(garbage.doomed)?)
    }

    /// Counts bytes of blobs that were written.
    fn count(&self, bytes: i64) -> Result<()> {
        let sql = "INSERT INTO blob_tally VALUES (?1, ?2, 0, ?3)
                   ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes";
        let mut count = self.connection.prepare_cached(sql)?;
        count.execute(params![self.registry, self.region, bytes])?;
        Ok(())
    }

    fn repositories(&self, names: &[String]) -> Result<()> {
        let mut insert = self.connection.prepare(
            "INSERT OR IGNORE INTO repository (registry, region, name, created_ms) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for name in names {
            insert.execute(params![self.registry, self.region, name, self.now_ms])?;
        }
        Ok(())
    }

    /// Writes manifests, each different, with the repository and the tag that `place` gives.
    fn images(
        &self,
        count: u64,
        parts: &Parts<'_>,
        place: impl Fn(u64) -> (String, String),
    ) -> Result<()> {
        let mut manifest = self.connection.prepare(
            "INSERT INTO manifest (registry, region, repository, digest, media_type, annotations, size, bytes, created_ms,
                                   updated_ms, image_size, config_media_type, architecture, os)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, 'amd64', 'linux')",
        )?;
        let mut reference = self
            .connection
            .prepare("INSERT INTO manifest_reference VALUES (?1, ?2, ?3, ?4, ?5)")?;
        let mut tag = self.connection.prepare(
            "INSERT INTO tag (registry, region, repository, name, digest, created_ms, updated_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        )?;
        let mut tally = self.connection.prepare(
            "INSERT INTO repository_tally VALUES (?1, ?2, ?3, ?4, 1, 1, ?5)
             ON CONFLICT DO UPDATE SET manifest_count = manifest_count + 1, tag_count = tag_count + 1",
        )?;
        let parts_size = parts.config.len() + parts.layers.iter().map(Blob::len).sum::<usize>();
        for turn in 0..count {
            let (repository, name) = place(turn);
            let label = tag_name(turn);
            let bytes = image::manifest(parts.config, parts.layers, &label);
            let digest = digest_of(bytes.as_bytes());
            let annotations = format!("{{\"bench\":\"{label}\"}}");
            manifest.execute(params![
                self.registry,
                self.region,
                repository,
                digest,
                MANIFEST_TYPE,
                annotations,
                i64::try_from(bytes.len())?,
                bytes.as_bytes(),
                self.now_ms,
                i64::try_from(bytes.len() + parts_size)?,
                CONFIG_TYPE,
            ])?;
            for part in parts.layers.iter().chain([parts.config]) {
                reference.execute(params![
                    self.registry,
                    self.region,
                    repository,
                    part.digest,
                    digest
                ])?;
            }
            tag.execute(params![
                self.registry,
                self.region,
                repository,
                name,
                digest,
                self.now_ms
            ])?;
            let shard = i64::try_from(turn % TALLY_SHARDS)?;
            tally.execute(params![self.registry, self.region, repository, shard, self.now_ms])?;
        }
        Ok(())
    }

    /// Lets each repository show the blobs that its image refers to.
    fn links(&self, repositories: &[String], parts: &Parts<'_>) -> Result<()> {
        let mut insert = self
            .connection
            .prepare("INSERT INTO repository_blob VALUES (?1, ?2, ?3, ?4, ?5, NULL)")?;
        for repository in repositories {
            for part in parts.layers.iter().chain([parts.config]) {
                insert.execute(params![
                    self.registry,
                    self.region,
                    repository,
                    part.digest,
                    self.now_ms
                ])?;
            }
        }
        Ok(())
    }

    /// Writes events, one a millisecond until now, and for each a delivery to every webhook.
    fn deliveries(&self, count: u64, finished: bool) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let webhooks: Vec<String> = {
            let mut ids = self.connection.prepare("SELECT id FROM webhook ORDER BY id")?;
            ids.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        ensure!(!webhooks.is_empty(), "deliveries need a webhook to go to");
        let events = i64::try_from(count)? / i64::try_from(webhooks.len())?;
        let times = self.now_ms - events..self.now_ms;
        self.events(times.clone())?;
        let (state, attempts, finished_ms) =
            if finished { ("delivered", 1, Some(self.now_ms)) } else { ("pending", 0, None) };
        let mut delivery = self.connection.prepare(
            "INSERT INTO delivery (webhook, event, registry, region, kind, state, attempts, due_ms, lease, limit_ms,
                                  created_ms, finished_ms)
             VALUES (?1, ?2, ?3, ?4, 'event', ?5, ?6, ?7, NULL, ?8, ?7, ?9)",
        )?;
        for webhook in &webhooks {
            for at_ms in times.clone() {
                delivery.execute(params![
                    webhook,
                    event_id(at_ms),
                    self.registry,
                    self.region,
                    state,
                    attempts,
                    at_ms,
                    at_ms + LIMIT_MS,
                    finished_ms
                ])?;
            }
        }
        if finished { self.attempts(&webhooks, times) } else { Ok(()) }
    }

    fn events(&self, times: std::ops::Range<i64>) -> Result<()> {
        let mut event = self.connection.prepare(
            "INSERT INTO event (id, registry, region, action, repository, tags, body, occurred_ms, dispatched_ms)
             VALUES (?1, ?2, ?3, 'push', 'bench/filled', 'latest', ?4, ?5, ?5)",
        )?;
        let body = vec![b' '; EVENT_BYTES];
        for at_ms in times {
            event
                .execute(params![event_id(at_ms), self.registry, self.region, body, at_ms])
                .context("cannot write an event")?;
        }
        Ok(())
    }

    fn attempts(&self, webhooks: &[String], times: std::ops::Range<i64>) -> Result<()> {
        let mut attempt = self.connection.prepare(
            "INSERT INTO attempt (webhook, event, region, number, started_ms, duration_ms, request, status, reason,
                                  version, headers, body)
             VALUES (?1, ?2, ?3, 1, ?4, 3, ?5, 200, 'OK', '1.1', '{}', x'')",
        )?;
        let request = vec![0_u8; REQUEST_BYTES];
        for webhook in webhooks {
            for at_ms in times.clone() {
                attempt.execute(params![webhook, event_id(at_ms), self.region, at_ms, request])?;
            }
        }
        Ok(())
    }
}

/// Makes the id that an event of this time could have: UUID version 7 begins with the time.
fn event_id(at_ms: i64) -> String {
    format!("{:08x}-{:04x}-7000-8000-000000000000", at_ms >> 16, at_ms & 0xffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes the schema that the server makes, with a repository that has a blob and one webhook.
    pub(super) fn data() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("boathook.db")).unwrap();
        let migrations =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store/src/migrations");
        let mut files: Vec<_> =
            fs::read_dir(migrations).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            let text = fs::read_to_string(file).unwrap();
            let text = text.replace("{text}", "TEXT").replace("{bytes}", "BLOB");
            connection.execute_batch(&text.replace("{clustered}", "WITHOUT ROWID")).unwrap();
        }
        let seeds = "INSERT INTO repository_blob VALUES ('boathook', 'local', 'bench/new', 'sha256:0', 0, NULL);
            INSERT INTO webhook (registry, name_key, id, name, region, target, actions, scope, is_enabled, tags, paused_ms,
                                 paused_reason, created_ms, created_by, updated_ms, updated_by)
                VALUES ('boathook', 'w', 'id', 'w', 'local', x'', '', '', 1, '', NULL, NULL, 0, '', 0, '')";
        connection.execute_batch(seeds).unwrap();
        folder
    }

    /// How many bytes the blobs have that their tally does not tell of.
    pub(super) fn uncounted(connection: &Connection) -> i64 {
        let sql = "SELECT (SELECT sum(size) FROM blob) - (SELECT sum(bytes) FROM blob_tally)";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_rows_fit_the_schema_of_the_server() {
        let folder = data();
        let config = Blob::from_bytes("{}");
        let layers = [Blob::from_bytes("a")];
        let parts = Parts { repository: "bench/new", config: &config, layers: &layers };
        let amounts = Amounts { tags: 3, repositories: 2, finished: 5, pending: 0 };
        fill(folder.path(), amounts, &parts).unwrap();
        let connection = Connection::open(folder.path().join("boathook.db")).unwrap();
        for (what, expected) in [
            ("repository", 3),
            ("tag WHERE repository = 'bench/new'", 3),
            ("tag JOIN manifest USING (registry, region, repository, digest)", 5),
            ("manifest_reference", 10),
            ("repository_blob WHERE repository LIKE 'bench/catalog/%'", 4),
            ("delivery JOIN event ON event.id = delivery.event WHERE state = 'delivered'", 5),
            ("attempt WHERE number = 1", 5),
            ("repository_tally WHERE repository = 'bench/new' AND manifest_count = 1", 3),
            ("repository_tally WHERE repository LIKE 'bench/catalog/%' AND tag_count = 1", 2),
        ] {
            let sql = format!("SELECT count(*) FROM {what}");
            let count: i64 = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(count, expected, "{what}");
        }
    }

    #[test]
    fn garbage_is_what_the_server_would_remove() {
        let folder = data();
        fill_garbage(folder.path(), Garbage { linked: 3, doomed: 2 }).unwrap();
        let connection = Connection::open(folder.path().join("boathook.db")).unwrap();
        for (what, expected) in [
            (
                "repository_blob JOIN blob USING (registry, region, digest) WHERE idle_ms IS NOT NULL",
                3,
            ),
            ("blob WHERE doomed_ms IS NOT NULL AND bytes IS NULL", 2),
        ] {
            let sql = format!("SELECT count(*) FROM {what}");
            let count: i64 = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(count, expected, "{what}");
        }
        assert_eq!(uncounted(&connection), 0);
        assert!(has_garbage(folder.path()).unwrap());
        connection.execute_batch("DELETE FROM blob; DELETE FROM repository_blob").unwrap();
        assert!(!has_garbage(folder.path()).unwrap());
    }

    #[test]
    fn deliveries_that_are_due_have_not_been_tried() {
        let folder = data();
        let parts = Parts { repository: "bench/new", config: &Blob::from_bytes("{}"), layers: &[] };
        fill(folder.path(), Amounts { pending: 4, ..Amounts::default() }, &parts).unwrap();
        let connection = Connection::open(folder.path().join("boathook.db")).unwrap();
        let sql = "SELECT count(*), sum(attempts) FROM delivery WHERE state = 'pending' AND lease IS NULL";
        let found: (i64, i64) =
            connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(found, (4, 0));
    }

    #[test]
    fn ids_of_events_sort_by_their_time() {
        assert_eq!(event_id(0x0199_0123_abcd), "01990123-abcd-7000-8000-000000000000");
        let ids = [0xffff, 0x1_0000, 0x1_0001].map(event_id);
        assert!(ids.is_sorted());
    }
}
