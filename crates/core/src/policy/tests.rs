use super::*;
use proptest::prelude::*;

const BEFORE: Timestamp = Timestamp(1_000);
const NOW: Timestamp = Timestamp(2_000);

#[track_caller]
fn check(asked: &Asked<'_>, expected: Result<Policies, InvalidPolicy>) {
    assert_eq!(Policies::new(BEFORE).changed(asked, Sku::Premium, NOW), expected, "{asked:?}");
}

#[test]
fn a_new_registry_has_acrs_policies() {
    let policies = Policies::new(BEFORE);
    let Policies { quarantine, trust, retention, export, azure_ad_as_arm, soft_delete, .. } =
        policies;
    let words = [quarantine, trust, retention.status, export, azure_ad_as_arm, soft_delete.status];
    let expected = ["disabled", "disabled", "disabled", "enabled", "enabled", "disabled"];
    assert_eq!(words.map(Status::as_str), expected);
    assert_eq!((retention.days, soft_delete.days), (7, 7));
    assert_eq!((retention.updated, soft_delete.updated), (BEFORE, BEFORE));
    for sku in Sku::ALL {
        assert_eq!(policies.check(sku), Ok(()), "{sku}");
    }
}

#[test]
fn what_is_not_named_stays() {
    let before = Policies::new(BEFORE);
    check(&Asked::default(), Ok(before));
    let asked = Asked { quarantine: Some("Enabled"), ..Asked::default() };
    check(&asked, Ok(Policies { quarantine: Status::Enabled, ..before }));
    let asked = Asked { trust: Some("enabled"), trust_type: Some("notary"), ..Asked::default() };
    check(&asked, Ok(Policies { trust: Status::Enabled, ..before }));
    let asked = Asked { export: Some("disabled"), ..Asked::default() };
    check(&asked, Ok(Policies { export: Status::Disabled, ..before }));
    let asked = Asked { azure_ad_as_arm: Some("DISABLED"), ..Asked::default() };
    check(&asked, Ok(Policies { azure_ad_as_arm: Status::Disabled, ..before }));
    let asked = Asked { retention: Some("enabled"), ..Asked::default() };
    let retention = Term { days: 7, status: Status::Enabled, updated: NOW };
    check(&asked, Ok(Policies { retention, retention_since: NOW, ..before }));
    let asked = Asked { soft_delete_days: Some(30), ..Asked::default() };
    let soft_delete = Term { days: 30, status: Status::Disabled, updated: NOW };
    check(&asked, Ok(Policies { soft_delete, ..before }));
}

#[test]
fn a_term_that_is_set_to_what_it_is_has_not_changed() {
    let asked = Asked {
        retention_days: Some(7),
        retention: Some("disabled"),
        soft_delete_days: Some(7),
        soft_delete: Some("disabled"),
        ..Asked::default()
    };
    check(&asked, Ok(Policies::new(BEFORE)));
}

#[test]
fn retention_counts_from_when_it_was_last_enabled() {
    let asked = |retention, days, before: Policies, at| {
        let asked = Asked { retention, retention_days: days, ..Asked::default() };
        before.changed(&asked, Sku::Premium, Timestamp(at)).unwrap()
    };
    let enabled = asked(Some("enabled"), None, Policies::new(BEFORE), 2);
    assert_eq!(enabled.retention_since, Timestamp(2));
    let again = asked(Some("enabled"), Some(3), enabled, 3);
    assert_eq!((again.retention_since, again.retention.updated), (Timestamp(2), Timestamp(3)));
    let disabled = asked(Some("disabled"), None, again, 4);
    assert_eq!(asked(Some("enabled"), None, disabled, 5).retention_since, Timestamp(5));
}

#[test]
fn days_have_bounds() {
    let retention =
        |days| Asked { retention_days: Some(days), retention: Some("enabled"), ..Asked::default() };
    let soft_delete = |days| Asked {
        soft_delete_days: Some(days),
        soft_delete: Some("enabled"),
        ..Asked::default()
    };
    let before = Policies::new(BEFORE);
    for days in [0, 365] {
        let term = Term { days, status: Status::Enabled, updated: NOW };
        let expected = Policies { retention: term, retention_since: NOW, ..before };
        check(&retention(days.into()), Ok(expected));
    }
    for days in [1, 90] {
        let term = Term { days, status: Status::Enabled, updated: NOW };
        check(&soft_delete(days.into()), Ok(Policies { soft_delete: term, ..before }));
    }
    for days in [-1, 366, 65_536 + 7, i64::MIN, i64::MAX] {
        check(&retention(days), Err(InvalidPolicy::RetentionDays));
    }
    for days in [-1, 0, 91, i64::MAX] {
        check(&soft_delete(days), Err(InvalidPolicy::SoftDeleteDays));
    }
}

#[test]
fn what_is_wrong_is_told_by_its_name() {
    for (asked, member) in [
        (Asked { quarantine: Some("on"), ..Asked::default() }, "quarantinePolicy.status"),
        (Asked { trust: Some(""), ..Asked::default() }, "trustPolicy.status"),
        (Asked { trust_type: Some("Cosign"), ..Asked::default() }, "trustPolicy.type"),
        (Asked { retention: Some("true"), ..Asked::default() }, "retentionPolicy.status"),
        (Asked { retention_days: Some(-1), ..Asked::default() }, "retentionPolicy.days"),
        (Asked { export: Some("off"), ..Asked::default() }, "exportPolicy.status"),
        (
            Asked { azure_ad_as_arm: Some("no"), ..Asked::default() },
            "azureADAuthenticationAsArmPolicy.status",
        ),
        (Asked { soft_delete: Some("x"), ..Asked::default() }, "softDeletePolicy.status"),
        (Asked { soft_delete_days: Some(0), ..Asked::default() }, "softDeletePolicy.retentionDays"),
    ] {
        let refused = Policies::new(BEFORE).changed(&asked, Sku::Premium, NOW).unwrap_err();
        assert_eq!(refused.member(), format!("properties.policies.{member}"));
        assert!(refused.to_string().contains(&format!("`{member}`")), "{refused}");
    }
}

#[test]
fn retention_and_soft_delete_exclude_each_other() {
    let both =
        Asked { retention: Some("enabled"), soft_delete: Some("enabled"), ..Asked::default() };
    check(&both, Err(InvalidPolicy::RetentionAndSoftDelete));
    assert_eq!(
        InvalidPolicy::RetentionAndSoftDelete.member(),
        "properties.policies.softDeletePolicy"
    );
}

#[test]
fn some_policies_come_with_premium_alone() {
    for (asked, policy) in [
        (Asked { retention: Some("enabled"), ..Asked::default() }, "retentionPolicy"),
        (Asked { trust: Some("enabled"), ..Asked::default() }, "trustPolicy"),
    ] {
        let change = |sku| Policies::new(BEFORE).changed(&asked, sku, NOW);
        let with = change(Sku::Premium).unwrap();
        for sku in [Sku::Basic, Sku::Standard] {
            let refused = change(sku).unwrap_err();
            assert_eq!(refused, InvalidPolicy::NeedsPremium(policy), "{sku}");
            assert_eq!(refused.member(), format!("properties.policies.{policy}"));
            assert_eq!(with.check(sku), Err(refused), "going down to {sku}");
        }
    }
}

proptest! {
    #[test]
    fn what_was_taken_is_taken_again_and_changes_nothing(
        retention in proptest::option::of("enabled|disabled|x"),
        soft_delete in proptest::option::of("enabled|disabled|x"),
        retention_days in proptest::option::of(-2..370_i64),
        soft_delete_days in proptest::option::of(-2..95_i64),
    ) {
        let asked = Asked {
            retention_days,
            retention: retention.as_deref(),
            soft_delete_days,
            soft_delete: soft_delete.as_deref(),
            ..Asked::default()
        };
        if let Ok(changed) = Policies::new(BEFORE).changed(&asked, Sku::Premium, NOW) {
            prop_assert_eq!(changed.changed(&asked, Sku::Premium, Timestamp(3_000)), Ok(changed));
            prop_assert!(changed.retention.days <= RETENTION_DAYS_MAX);
            prop_assert!((1..=SOFT_DELETE_DAYS_MAX).contains(&changed.soft_delete.days));
        }
    }
}
