//! Registries and resource groups.

use super::collecting::step;
use super::identities::audit;
use super::promises;
use super::replications::change;
use super::samples::*;
use crate::db::Db;
use crate::{
    CommitBlob, NewSecret, Put, PutGroupOutcome, PutOutcome, RegistryRow, RegistrySettings,
    RegistryStanding, ReplicationRefusal, ResourceGroupRow, Standing, TokenRefusal,
};
use boathook_core::digest::Digest;
use boathook_core::name::Place;
use boathook_core::policy::{Policies, Status, Term};
use boathook_core::quota::Sku;
use boathook_core::time::Timestamp;

promises![
    a_registry_is_made_once,
    a_registry_comes_back_as_it_was_written,
    registries_come_in_pages_by_name,
    a_registry_knows_how_much_it_holds,
    a_registry_is_written_as_it_was_decided,
    what_is_new_is_measured_by_the_sku_of_now,
    an_admin_users_secrets_are_made_once_and_replaced_one_by_one,
    a_resource_group_is_known_in_any_case,
    resource_groups_come_in_pages_by_name,
];

fn in_group(label: &str, group: &str) -> RegistryRow {
    RegistryRow { resource_group: group.parse().unwrap(), ..registry(label) }
}

async fn a_registry_is_made_once(db: &Db) {
    let row = registry("MyRegistry");
    assert_eq!(db.registry(&row.name).await.unwrap(), None);
    made(db, row.clone()).await;
    made(db, RegistryRow { sku: Sku::Basic, ..row.clone() }).await;
    assert_eq!(db.registry(&row.name).await.unwrap(), Some(row));
}

async fn a_registry_comes_back_as_it_was_written(db: &Db) {
    let settings = RegistrySettings {
        is_admin_user_enabled: true,
        is_anonymous_pull_enabled: false,
        is_data_endpoint_enabled: true,
        is_regional_endpoints_enabled: false,
        is_public_network_access_enabled: false,
        is_zone_redundant: true,
        network_rule_bypass_options: "None".to_owned(),
        is_network_rule_bypass_allowed_for_tasks: true,
        policies: Policies {
            quarantine: Status::Enabled,
            trust: Status::Disabled,
            retention: Term { days: 3, status: Status::Enabled, updated: Timestamp(4) },
            retention_since: Timestamp(10),
            export: Status::Disabled,
            azure_ad_as_arm: Status::Enabled,
            soft_delete: Term { days: 5, status: Status::Disabled, updated: Timestamp(6) },
        },
        has_oci_charts_in_index: true,
    };
    let row = RegistryRow {
        sku: Sku::Standard,
        tags: r#"{"team":"a"}"#.to_owned(),
        settings,
        revision: 7,
        created: (Timestamp(8), "maker".to_owned()),
        updated: (Timestamp(9), "changer".to_owned()),
        ..in_group("MyRegistry", "Group")
    };
    made(db, row.clone()).await;
    assert_eq!(db.registry(&row.name).await.unwrap(), Some(row));
}

async fn registries_come_in_pages_by_name(db: &Db) {
    for (label, group) in [("zebra", "one"), ("Bravo", "ONE"), ("alpha", "two"), ("Charlie", "one")]
    {
        made(db, in_group(label, group)).await;
    }
    let labels = async |group: Option<&str>, after: Option<&str>, limit| {
        let (group, after) =
            (group.map(|text| text.parse().unwrap()), after.map(|text| text.parse().unwrap()));
        let rows = db.registries(group.as_ref(), after.as_ref(), limit).await.unwrap();
        rows.iter().map(|row| row.label.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(labels(None, None, 9).await, ["alpha", "boathook", "Bravo", "Charlie", "zebra"]);
    assert_eq!(labels(None, Some("boathook"), 2).await, ["Bravo", "Charlie"]);
    assert_eq!(labels(Some("One"), None, 2).await, ["Bravo", "Charlie"]);
    assert_eq!(labels(Some("One"), Some("charlie"), 2).await, ["zebra"]);
    assert!(labels(Some("none"), None, 2).await.is_empty());
}

async fn write(db: &Db, row: &RegistryRow, secret: &str) -> Put<RegistryRow, &'static str> {
    let made = row.clone();
    let decide = move |standing: RegistryStanding<'_>| {
        if standing.has_group { Ok(made.clone()) } else { Err("no group") }
    };
    let secrets = vec![admin_secret(row, 1, secret)];
    let written =
        db.put_registry(&row.name, &row.resource_group, decide, secrets, audit(secret)).await;
    written.unwrap()
}

fn admin_secret(row: &RegistryRow, slot: u32, text: &str) -> NewSecret {
    NewSecret {
        registry: row.name.clone(),
        owner: row.name.to_string(),
        slot,
        hash: text.to_owned(),
        sealed: Some(text.as_bytes().to_vec()),
    }
}

async fn a_registry_knows_how_much_it_holds(db: &Db) {
    let held =
        async |name: &str| db.registry_counts(&name.parse().unwrap()).await.unwrap().size_bytes;
    assert_eq!(held("boathook").await, 0);
    db.commit_blob(blob("layer")).await.unwrap();
    let north = Place { region: "north".parse().unwrap(), ..place() };
    db.commit_blob(CommitBlob { place: north, ..blob("northern") }).await.unwrap();
    assert_eq!(held("boathook").await, 13);
    // However often it is pushed, and wherever it is known, it is there once.
    db.commit_blob(blob("layer")).await.unwrap();
    let other = repository("team/other");
    db.commit_blob(CommitBlob { repository: other, ..blob("layer") }).await.unwrap();
    assert_eq!(held("boathook").await, 13);
    // What nobody knows of any more is there until it is collected.
    for repository in [app(), repository("team/other")] {
        db.delete_blob(&place(), &repository, &sha256("layer"), NOW).await.unwrap();
    }
    assert_eq!(held("boathook").await, 13);
    let no_file = |digest: &Digest| panic!("{digest} has no file");
    assert_eq!(db.remove_blobs(step(NOW.0), no_file, no_file).await.unwrap().bytes, 5);
    assert_eq!(held("boathook").await, 8);
    assert_eq!(held("other").await, 0);
}

async fn a_registry_is_written_as_it_was_decided(db: &Db) {
    let row = in_group("MyRegistry", "Team");
    assert_eq!(write(db, &row, "a").await, Put::Refused("no group"));
    assert_eq!(db.registry(&row.name).await.unwrap(), None);
    put(db, &group("team")).await;
    assert_eq!(write(db, &row, "b").await, Put::Created(row.clone()));
    let mut changed = RegistryRow { sku: Sku::Basic, revision: 2, ..row.clone() };
    changed.settings.is_anonymous_pull_enabled = true;
    assert_eq!(write(db, &changed, "c").await, Put::Updated(changed.clone()));
    assert_eq!(db.registry(&row.name).await.unwrap(), Some(changed));
}

/// Refuses, and says whether nothing was there yet and the registry had this SKU.
fn measures<R>(sku: Sku) -> impl Fn(Standing<'_, R>) -> Result<R, bool> + Clone {
    move |standing| match standing {
        Standing::Vacant { others, sku: now } => Err(others == 0 && now == sku),
        Standing::Row(_) => Err(false),
    }
}

async fn what_is_new_is_measured_by_the_sku_of_now(db: &Db) {
    let row = registry("registry1");
    made(db, row.clone()).await;
    let of = &row.name;
    for sku in [Sku::Basic, Sku::Standard, Sku::Premium] {
        write(db, &RegistryRow { sku, ..row.clone() }, "changed").await;
        let name = "hook1".parse().unwrap();
        let put = db.put_webhook(of, &name, measures(sku), audit("hook")).await.unwrap();
        assert_eq!(put, PutOutcome::Refused(true), "{sku}");
        let name = "map01".parse().unwrap();
        let put = db.put_scope_map(of, &name, measures(sku), audit("map")).await.unwrap();
        assert_eq!(put, Put::Refused(true), "{sku}");
        let name = "token1".parse().unwrap();
        let put = db.put_token(of, &name, measures(sku), audit("token")).await.unwrap();
        assert_eq!(put, Put::Refused(TokenRefusal::Rule(true)), "{sku}");
        let (name, change) = ("north".parse().unwrap(), change("north"));
        let put = db.put_replication(of, &name, measures(sku), change).await.unwrap();
        assert_eq!(put, Put::Refused(ReplicationRefusal::Rule(true)), "{sku}");
    }
}

async fn an_admin_users_secrets_are_made_once_and_replaced_one_by_one(db: &Db) {
    let mut row = registry("registry1");
    let secrets = async || db.sealed_secrets(&row.name, "registry1").await.unwrap();
    write(db, &row, "first").await;
    assert_eq!(secrets().await, []);
    let name = row.name.clone();
    row.settings.is_admin_user_enabled = true;
    write(db, &row, "second").await;
    write(db, &row, "third").await;
    let secrets = async || db.sealed_secrets(&name, "registry1").await.unwrap();
    assert_eq!(secrets().await, [(1, Some(b"second".to_vec()))]);
    db.replace_secret(admin_secret(&row, 2, "other"), NOW, audit("2")).await.unwrap();
    db.replace_secret(admin_secret(&row, 1, "new"), NOW, audit("3")).await.unwrap();
    let expected = [(1, Some(b"new".to_vec())), (2, Some(b"other".to_vec()))];
    assert_eq!(secrets().await, expected);
    assert_eq!(db.secrets(&name, "registry1").await.unwrap(), ["new", "other"]);
}

async fn put(db: &Db, row: &ResourceGroupRow) -> PutGroupOutcome<()> {
    let made = row.clone();
    let decide = move |before: Option<&ResourceGroupRow>, _| {
        Ok(match before {
            Some(before) => ResourceGroupRow {
                tags: made.tags.clone(),
                updated: made.updated.clone(),
                ..before.clone()
            },
            None => made.clone(),
        })
    };
    db.put_resource_group(&row.name, decide, audit("group")).await.unwrap()
}

async fn a_resource_group_is_known_in_any_case(db: &Db) {
    let row = group("MyGroup");
    assert_eq!(put(db, &row).await, PutGroupOutcome::Created(row.clone()));
    let again = ResourceGroupRow {
        tags: r#"{"a":"b"}"#.to_owned(),
        updated: (Timestamp(2), "other".to_owned()),
        ..group("MYGROUP")
    };
    let expected =
        ResourceGroupRow { name: row.name.clone(), created: row.created.clone(), ..again.clone() };
    assert_eq!(put(db, &again).await, PutGroupOutcome::Updated(expected.clone()));
    assert_eq!(
        db.resource_group(&"mygroup".parse().unwrap()).await.unwrap(),
        Some(expected.clone())
    );
    made(db, in_group("another", "mygroup")).await;
    assert_eq!(db.resource_group(&row.name).await.unwrap(), Some(expected));
    let refused = db
        .put_resource_group(&row.name, |_: Option<&ResourceGroupRow>, _| Err("no"), audit("no"))
        .await;
    assert_eq!(refused.unwrap(), PutGroupOutcome::Refused("no"));
}

async fn resource_groups_come_in_pages_by_name(db: &Db) {
    for name in ["zebra", "Bravo", "alpha"] {
        put(db, &group(name)).await;
    }
    let names = async |after: Option<&str>, limit| {
        let after = after.map(|text| text.parse().unwrap());
        let rows = db.resource_groups(after.as_ref(), limit).await.unwrap();
        rows.iter().map(|row| row.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(None, 2).await, ["alpha", "Bravo"]);
    assert_eq!(names(Some("BRAVO"), 2).await, ["group", "zebra"]);
}
