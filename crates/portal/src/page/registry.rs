//! A registry: where clients find it, how much it holds, how much goes through it, and the commands to begin with.

mod activity;

use super::answered;
use crate::frame::{Frame, Section};
use crate::refusal::Refusal;
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::Visitor;
use activity::Traffic;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::quota::{UNLIMITED, Unit, Usage};
use boathook_engine::manage::registries;
use boathook_engine::traffic;
use boathook_http::{host, login_server};

const ROUTE: &str = "portal.registry";
const LIST_USAGES: &str = "Microsoft.ContainerRegistry/registries/listUsages/read";

#[derive(Template)]
#[template(path = "registry.html")]
struct RegistryPage {
    frame: Frame,
    t: &'static dyn Text,
    label: String,
    login_server: String,
    resource_group: String,
    sku: &'static str,
    location: String,
    created: Moment,
    usages: Vec<UsageRow>,
    traffic: Traffic,
    commands: Vec<Command>,
}

/// How much there is of something that is limited.
struct UsageRow {
    name: &'static str,
    current: String,
    limit: Option<String>,
    /// The same in per cent, for the bar.
    percent: Option<i64>,
}

/// A command to copy.
struct Command {
    what_for: &'static str,
    line: String,
}

/// `GET /portal/registries/{registry}`.
pub(crate) async fn get(visitor: Visitor, Path(name): Path<String>) -> Response {
    answered(&visitor, page(&visitor, &name).await)
}

async fn page(visitor: &Visitor, name: &str) -> Result<Response, Refusal> {
    let (row, scope) = super::registry(visitor, name).await?;
    let (t, site) = (visitor.look.text(), &visitor.ctx.site);
    let login = login_server(&row.name, &site.registry, &site.domain, &host(&visitor.parts));
    let usages = if visitor.may(LIST_USAGES, &scope) {
        registries::usages(&visitor.ctx, &row).await?
    } else {
        Vec::new()
    };
    let activity = traffic::of(&visitor.ctx, &row.name).await?;
    let page = RegistryPage {
        frame: Frame::of(visitor, &row, Section::Overview),
        t,
        label: row.label.to_string(),
        commands: commands(t, &visitor.base(), &login, (row.name.as_str(), &site.domain)),
        login_server: login,
        resource_group: row.resource_group.to_string(),
        sku: row.sku.as_str(),
        location: row.location.to_string(),
        created: row.created.0.into(),
        traffic: Traffic::new(t, &activity),
        usages: usages.iter().map(|usage| shown(t, usage)).collect(),
    };
    Ok(visitor.show(ROUTE, page.render()))
}

fn shown(t: &'static dyn Text, usage: &Usage) -> UsageRow {
    let amount = |number: i64| match usage.unit {
        Unit::Count => number.to_string(),
        Unit::Bytes => bytes(number),
    };
    let limit = Some(usage.limit).filter(|limit| *limit != UNLIMITED);
    UsageRow {
        name: t.usage(usage.name),
        current: amount(usage.current),
        limit: limit.map(amount),
        percent: limit.filter(|limit| 0 < *limit).map(|limit| {
            i64::try_from(i128::from(usage.current) * 100 / i128::from(limit))
                .unwrap_or(100)
                .min(100)
        }),
    }
}

/// An amount of bytes in the largest unit of which there is at least one.
pub(crate) fn bytes(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut amount, mut unit) = (bytes.max(0) * 10, 0);
    while 10 * 1_024 <= amount && unit + 1 < UNITS.len() {
        amount /= 1_024;
        unit += 1;
    }
    match (unit, amount % 10) {
        (0, _) | (_, 0) => format!("{} {}", amount / 10, UNITS[unit]),
        (_, tenths) => format!("{}.{tenths} {}", amount / 10, UNITS[unit]),
    }
}

fn commands(
    t: &'static dyn Text,
    base: &str,
    login: &str,
    (name, domain): (&str, &str),
) -> Vec<Command> {
    let plain = if base.starts_with("https:") { "" } else { " --plain-http" };
    let lines = [
        (t.command_sign_in(), format!("docker login {login}")),
        (
            t.command_push(),
            format!(
                "docker tag hello-world {login}/hello-world:v1\ndocker push {login}/hello-world:v1"
            ),
        ),
        (t.command_chart(), format!("helm push mychart-0.1.0.tgz oci://{login}/charts{plain}")),
        (
            t.command_az(),
            format!(
                "az cloud register -n boathook --endpoint-resource-manager https://management.{domain}\n\
                 az cloud set -n boathook\naz acr webhook list --registry {name} --output table"
            ),
        ),
    ];
    lines.into_iter().map(|(what_for, line)| Command { what_for, line }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_the_largest_unit() {
        for (number, expected) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1 KiB"),
            (1_536, "1.5 KiB"),
            (10 << 30, "10 GiB"),
            (5 << 50, "5120 TiB"),
        ] {
            assert_eq!(bytes(number), expected);
        }
    }
}
