//! `acr quarantine pass` and `acr quarantine fail`.

use anyhow::Context;
use serde_json::{Value as Json, json};
use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;

use crate::cli::acr::image::{Image, Reference};
use crate::cli::acr::login_server::{AccountArgs, Entry, LoginServer, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, attributes, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// How many manifests one image may have, those of its indexes counted.
const MANIFESTS_MAX: usize = 10_000;
/// The longest file of details, in bytes; a registry takes less.
const DETAILS_BYTES_MAX: u64 = 64 * 1024;

/// Let a manifest out: it can be pulled, and its push is announced.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
An index passes alone. The manifests that it lists are held back on their own, each until it has passed, because an
index says nothing of what is in them: with --with-children they pass as well, before the index does.

Examples:
  Let an image out.
    boathook acr quarantine pass -n myregistry --image hello-world:v1

  Let it out, and keep what a scanner has found.
    boathook acr quarantine pass -n myregistry --image hello-world:v1 --details scan.json"
)]
pub(super) struct Pass {
    #[command(flatten)]
    verdict: VerdictArgs,
    /// Let out what an index lists as well.
    #[arg(long)]
    with_children: bool,
}

/// See to it that a manifest stays where it is, or take it out of circulation again.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Say that an image has failed, and why.
    boathook acr quarantine fail -n myregistry --image hello-world:v1 --details '{\"state\":\"failed\"}'"
)]
pub(super) struct Fail {
    #[command(flatten)]
    verdict: VerdictArgs,
}

#[derive(clap::Args)]
struct VerdictArgs {
    #[command(flatten)]
    registry: NameArgs,
    /// The name of the image. May include a tag in the format 'name:tag' or digest in the format 'name@digest'.
    #[arg(long, short = 't', value_name = "NAME")]
    image: String,
    /// What the verdict rests on: a JSON object, or the name of a file that holds one.
    #[arg(long, value_name = "FILE|JSON")]
    details: Option<String>,
    #[command(flatten)]
    account: AccountArgs,
}

/// A registry that was entered to judge an image of it.
struct Court {
    server: LoginServer,
    repository: String,
    digest: String,
    body: Json,
}

pub(super) async fn pass(
    args: Pass,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let court = enter_court(&args.verdict, "Passed", arm, console).await?;
    progress::during(console, async {
        if args.with_children {
            for digest in court.children().await?.iter().rev() {
                court.judge(digest).await?;
            }
        }
        court.judge(&court.digest).await
    })
    .await
    .map(|value| Answer { value, columns: columns::sorted })
}

pub(super) async fn fail(
    args: Fail,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let court = enter_court(&args.verdict, "Failed", arm, console).await?;
    let value = progress::during(console, court.judge(&court.digest)).await?;
    Ok(Answer { value, columns: columns::sorted })
}

async fn enter_court(
    args: &VerdictArgs,
    state: &str,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Court, Failure> {
    let image = Image::read(&args.image)?;
    let mut body = json!({ "quarantineState": state });
    if let Some(details) = &args.details {
        body["quarantineDetails"] = read_details(details)?.into();
    }
    let registry = args.registry.whereabouts(arm, console).await?;
    let scope = format!("repository:{}:pull,push,metadata_read", image.repository);
    let entry = Entry { registry: &registry, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    let digest = progress::during(console, attributes::digest(&server, &image)).await?;
    Ok(Court { server, repository: image.repository, digest, body })
}

/// What was typed, or the file that it names.
fn read_details(typed: &str) -> Result<String, Failure> {
    if typed.trim_start().starts_with('{') {
        return Ok(typed.to_owned());
    }
    let mut text = String::new();
    let read = File::open(typed)
        .and_then(|file| file.take(DETAILS_BYTES_MAX + 1).read_to_string(&mut text));
    let size = read.with_context(|| format!("could not read `{typed}`"))?;
    if DETAILS_BYTES_MAX < size as u64 {
        let words = format!("`{typed}` has more than {DETAILS_BYTES_MAX} bytes");
        return Err(Failure::Argument(words));
    }
    Ok(text.trim().to_owned())
}

impl Court {
    /// Says of one manifest what was asked for, and returns what is known of it then.
    async fn judge(&self, digest: &str) -> Result<Value, Failure> {
        let path = format!("/acr/v1/{}/_manifests/{digest}", self.repository);
        let judged = self.server.patch(&path, &self.body).await;
        judged
            .map(|answer| answer.member("manifest").clone())
            .map_err(|error| self.told(error, &[401]))
    }

    /// Says who may judge, to somebody who may not: a registry has these statuses for that.
    fn told(&self, failure: Failure, statuses: &[u16]) -> Failure {
        match failure {
            Failure::Content { status, .. } if statuses.contains(&status) => Failure::Content {
                status,
                message: format!(
                    "You may not judge what is in '{}': that takes the role AcrQuarantineWriter on the registry \
                     (boathook identity role assign), or the username and password of its admin user.",
                    self.repository
                ),
                is_shown: false,
            },
            other => other,
        }
    }

    /// The manifests below the image's own, the nearest first.
    async fn children(&self) -> Result<Vec<String>, Failure> {
        let (mut found, mut next) = (Vec::new(), 0);
        let mut seen = HashSet::from([self.digest.clone()]);
        let mut of = self.digest.clone();
        loop {
            let image =
                Image { repository: self.repository.clone(), reference: Reference::Digest(of) };
            let manifest = self.server.manifest(&image.manifest()).await;
            let manifest = manifest.map_err(|error| self.told(error, &[401, 405]))?;
            if let Value::Array(entries) = manifest.member("manifests") {
                let digests = entries.iter().filter_map(|entry| entry.member("digest").as_str());
                found.extend(digests.map(str::to_owned).filter(|one| seen.insert(one.clone())));
            }
            if MANIFESTS_MAX < found.len() {
                let words = format!("an image has at most {MANIFESTS_MAX} manifests");
                return Err(Failure::Argument(words));
            }
            let Some(digest) = found.get(next) else { return Ok(found) };
            of = digest.clone();
            next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_typed_or_in_a_file() {
        let typed = r#" {"state":"ok"} "#;
        assert_eq!(read_details(typed).unwrap(), typed);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scan.json");
        let name = file.to_str().unwrap();
        assert!(read_details(name).unwrap_err().to_string().contains("could not read"));
        for (bytes, is_read) in [(DETAILS_BYTES_MAX, true), (DETAILS_BYTES_MAX + 1, false)] {
            let text = "x".repeat(usize::try_from(bytes).unwrap());
            std::fs::write(&file, &text).unwrap();
            assert_eq!(read_details(name).ok(), is_read.then_some(text));
        }
        std::fs::write(&file, "{}\n").unwrap();
        assert_eq!(read_details(name).unwrap(), "{}");
    }
}
