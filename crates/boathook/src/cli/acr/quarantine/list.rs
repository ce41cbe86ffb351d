//! `acr quarantine list`.

use crate::cli::acr::image;
use crate::cli::acr::login_server::{AccountArgs, Entry, Listing, enter};
use crate::cli::acr::registry::{NameArgs, Whereabouts};
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::output::python;
use crate::cli::progress;
use crate::cli::value::Value;

/// How many repositories are signed in for at once: their names stand in one token, and that in one header.
const TOGETHER: usize = 20;

/// List the manifests that have not passed, which a registry with the policy holds back.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
A manifest without a state was pushed while the policy was disabled, and nobody has judged it.

Examples:
  List what a registry holds back.
    boathook acr quarantine list -n myregistry -o table"
)]
pub(super) struct List {
    #[command(flatten)]
    registry: NameArgs,
    /// The name of the repository; without it, all are looked through.
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    #[command(flatten)]
    account: AccountArgs,
}

/// Looks through the manifests of one repository, or of all.
pub(super) async fn run(
    args: List,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let repository = args.repository.as_deref().map(image::checked).transpose()?;
    let registry = args.registry.whereabouts(arm, console).await?;
    let repositories = match repository {
        Some(name) => vec![name],
        None => all(&registry, &args.account, arm, console).await?,
    };
    let mut held = Vec::new();
    for some in repositories.chunks(TOGETHER) {
        let scopes: Vec<_> =
            some.iter().map(|name| format!("repository:{name}:metadata_read")).collect();
        let scope = scopes.join(" ");
        let entry = Entry { registry: &registry, account: &args.account, scope: &scope };
        let server = enter(&entry, arm, console).await?;
        for name in some {
            let path = format!("/acr/v1/{name}/_manifests");
            let listing = Listing { path: &path, member: "manifests", top: None, order: None };
            let manifests = progress::during(console, server.list(&listing)).await?;
            held.extend(manifests.iter().filter(|one| is_held(one)).map(|one| shown(name, one)));
        }
    }
    Ok(Answer { value: Value::Array(held), columns })
}

async fn all(
    registry: &Whereabouts,
    account: &AccountArgs,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Vec<String>, Failure> {
    let entry = Entry { registry, account, scope: "registry:catalog:*" };
    let server = enter(&entry, arm, console).await?;
    let listing = Listing { path: "/v2/_catalog", member: "repositories", top: None, order: None };
    let names = progress::during(console, server.list(&listing)).await?;
    Ok(names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn is_held(manifest: &Value) -> bool {
    manifest.at(&["changeableAttributes", "quarantineState"]).as_str() != Some("Passed")
}

fn shown(repository: &str, manifest: &Value) -> Value {
    let attribute = |name| manifest.at(&["changeableAttributes", name]).clone();
    let tags = match manifest.member("tags") {
        Value::Null => Value::Array(Vec::new()),
        tags => tags.clone(),
    };
    Value::object([
        ("digest", manifest.member("digest").clone()),
        ("lastUpdateTime", manifest.member("lastUpdateTime").clone()),
        ("quarantineDetails", attribute("quarantineDetails")),
        ("quarantineState", attribute("quarantineState")),
        ("repository", repository.into()),
        ("tags", tags),
    ])
}

fn columns(value: &Value) -> Value {
    columns::each(value, |manifest| {
        let tags = match manifest.member("tags") {
            Value::Array(tags) => tags.iter().map(python::str).collect::<Vec<_>>().join(", "),
            _ => String::new(),
        };
        Value::object([
            ("Repository", columns::text(manifest, &["repository"])),
            ("Tags", tags.as_str().into()),
            ("State", columns::text(manifest, &["quarantineState"])),
            ("LastUpdate", columns::date(manifest, &["lastUpdateTime"])),
            ("Digest", columns::text(manifest, &["digest"])),
        ])
    })
}
