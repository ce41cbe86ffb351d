//! A version of a chart: what it says of itself, its values and its README, as text.

use super::answered;
use super::charts::must_pull;
use super::manifest::is_link;
use crate::content::{Content, amount, named};
use crate::frame::{Frame, Section};
use crate::refusal::Refusal;
use crate::room::{Room, cut, escaped};
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::Visitor;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::name::{Repository, Tag};
use boathook_engine::charts::shelf::{self, Looked};
use boathook_engine::charts::{self, Texts};
use serde_json::{Map, Value};

const ROUTE: &str = "portal.chart";
/// How much HTML all is at most that a chart says, what of that `Chart.yaml` is, and a value there, in bytes.
const HTML_BYTES_MAX: usize = 40_000;
const FIELDS_BYTES_MAX: usize = 10_000;
const VALUE_BYTES_MAX: usize = 2_000;
/// How much there is around a value.
const VALUE_BYTES: usize = 70;

#[derive(Template)]
#[template(path = "chart.html")]
struct ChartPage {
    frame: Frame,
    t: &'static dyn Text,
    list: String,
    repository: String,
    /// The page of its tag.
    href: String,
    tag: String,
    name: String,
    version: String,
    pushed: Moment,
    digest: String,
    size: String,
    provenance: Option<String>,
    fields: Vec<Field>,
    /// Whether it says more than these.
    has_other_fields: bool,
    /// Its files, or why they are not shown.
    texts: Result<Texts, String>,
}

/// A member of `Chart.yaml`.
struct Field {
    name: String,
    values: Vec<(String, bool)>,
}

/// `GET …/chart?repository=&tag=`.
pub(crate) async fn get(visitor: Visitor, Path(registry): Path<String>) -> Response {
    answered(&visitor, page(&visitor, &registry).await)
}

async fn page(visitor: &Visitor, registry: &str) -> Result<Response, Refusal> {
    let content = Content::of(visitor, registry).await?;
    let name: Repository = named(visitor.query.text("repository"))?;
    let tag: Tag = named(visitor.query.text("tag"))?;
    must_pull(&content, &name)?;
    let (ctx, place) = (&visitor.ctx, &content.place);
    let chart = match shelf::version(ctx, place, &name, &tag, content.sight(&name)).await? {
        Looked::Found(chart) => chart,
        Looked::Unknown => return Err(Refusal::Gone),
        Looked::Locked(locked) => return Err(locked.into()),
    };
    let texts = shelf::texts(ctx, place, &name, &chart).await?;
    let mut room = Room::new(HTML_BYTES_MAX);
    let mut part = room.part(FIELDS_BYTES_MAX);
    let (fields, has_other_fields) = fitting(fields(&chart.metadata), &mut part);
    room.give_back(part);
    let of = ("repository", name.as_str());
    let page = ChartPage {
        frame: content.frame(visitor, Section::Charts),
        t: visitor.look.text(),
        list: content.link("/charts", &[of]),
        repository: name.to_string(),
        href: content.link("/tag", &[of, ("tag", tag.as_str())]),
        tag: tag.to_string(),
        name: chart.name.to_string(),
        version: chart.version.to_string(),
        pushed: chart.created.into(),
        digest: chart.archive.digest.to_string(),
        size: amount(chart.archive.size),
        provenance: chart.provenance.as_ref().map(|part| part.digest.to_string()),
        fields,
        has_other_fields,
        texts: texts.map(|texts| beginnings(texts, &mut room)).map_err(|why| why.to_string()),
    };
    Ok(visitor.show(ROUTE, page.render()))
}

/// What a chart says of itself, member by member.
fn fields(metadata: &str) -> Vec<Field> {
    let members: Map<String, Value> = serde_json::from_str(metadata).unwrap_or_default();
    let field = |(name, value): (String, Value)| {
        let values = match value {
            Value::Array(values) => values.iter().map(text).collect(),
            Value::Object(members) => {
                let pair = |(name, value): (&String, &Value)| format!("{name}: {}", text(value));
                members.iter().map(pair).collect()
            }
            value => vec![text(&value)],
        };
        let with_link = |text: String| {
            let beginning = cut(&text, VALUE_BYTES_MAX);
            let is_link = beginning == text && is_link(&text);
            (beginning, is_link)
        };
        Field { name, values: values.into_iter().map(with_link).collect() }
    };
    members.into_iter().map(field).collect()
}

/// What there is room for of a chart's members, and whether that is not all.
fn fitting(fields: Vec<Field>, room: &mut Room) -> (Vec<Field>, bool) {
    let (mut shown, mut has_more) = (Vec::new(), false);
    for mut field in fields {
        let bytes = |(value, is_link): &(String, bool)| {
            VALUE_BYTES + if *is_link { 2 } else { 1 } * escaped(value)
        };
        let count = field.values.iter().take_while(|value| room.fits(bytes(value))).count();
        let is_shown = 0 < count && room.fits(VALUE_BYTES + escaped(&field.name));
        has_more |= count < field.values.len() || 0 < count && !is_shown;
        field.values.truncate(count);
        if is_shown {
            shown.push(field);
        }
    }
    (shown, has_more)
}

/// The beginnings of a chart's files. The shorter one leaves the other its room.
fn beginnings(texts: Texts, room: &mut Room) -> Texts {
    let whole = room.left();
    let of_values = texts.values.as_ref().map_or(0, |file| escaped(&file.text)).min(whole / 2);
    let mut begin = |file: Option<charts::Text>, bytes_max: usize| {
        let mut part = room.part(bytes_max);
        let file = file.map(|file| {
            let text = part.beginning(&file.text);
            charts::Text { is_cut: file.is_cut || text != file.text, text }
        });
        room.give_back(part);
        file
    };
    let readme = begin(texts.readme, whole - of_values);
    Texts { values: begin(texts.values, whole), readme }
}

/// A value in a line.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            let pair = |(name, value): (&String, &Value)| format!("{name}: {}", text(value));
            members.iter().map(pair).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
