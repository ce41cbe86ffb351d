//! The regions that a registry is in.

use super::{answered, registry};
use crate::frame::{Frame, Section};
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::Visitor;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_engine::manage::replications::{self, ReplicationRow};

const ROUTE: &str = "portal.replications";
pub(crate) const READ: &str = "Microsoft.ContainerRegistry/registries/replications/read";

#[derive(Template)]
#[template(path = "replications.html")]
struct ReplicationsPage {
    frame: Frame,
    t: &'static dyn Text,
    home: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    region: String,
    is_endpoint_enabled: bool,
    is_zone_redundant: bool,
    created: Moment,
}

/// `GET …/replications`.
pub(crate) async fn get(visitor: Visitor, Path(name): Path<String>) -> Response {
    let shown = async {
        let (row, scope) = registry(&visitor, &name).await?;
        visitor.must(READ, &scope)?;
        // There are no more than the server has regions.
        let found = replications::list(&visitor.ctx, &row).await?;
        let page = ReplicationsPage {
            frame: Frame::of(&visitor, &row, Section::Replications),
            t: visitor.look.text(),
            home: row.location.to_string(),
            rows: found.into_iter().map(Row::from).collect(),
        };
        Ok(visitor.show(ROUTE, page.render()))
    };
    answered(&visitor, shown.await)
}

impl From<ReplicationRow> for Row {
    fn from(row: ReplicationRow) -> Self {
        Self {
            name: row.name.to_string(),
            region: row.region.to_string(),
            is_endpoint_enabled: row.is_endpoint_enabled,
            is_zone_redundant: row.is_zone_redundant,
            created: row.created.0.into(),
        }
    }
}
