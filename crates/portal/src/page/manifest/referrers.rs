//! What is about a manifest, what is about that, and so on, as far as is shown.

use crate::content::{Content, amount, short};
use crate::refusal::Refusal;
use crate::room::{Room, cut, escaped};
use crate::visitor::Visitor;
use boathook_core::digest::Digest;
use boathook_core::name::Repository;
use boathook_engine::registry::list::{self, ReferrerRow, WantedReferrers};

/// How deep the tree is shown.
const DEPTH_MAX: usize = 3;
/// How many referrers are shown in all.
const SHOWN_MAX: usize = 50;
/// How much HTML they are at most, how much there is around each, and how long its kind may be, in bytes.
const HTML_BYTES_MAX: usize = 14_000;
const LINE_BYTES: usize = 90;
const KIND_BYTES_MAX: usize = 200;

/// A tree, written down from top to bottom.
pub(super) struct Referrers {
    pub(super) lines: Vec<Line>,
    pub(super) has_more: bool,
}

pub(super) struct Line {
    pub(super) digest: String,
    pub(super) href: String,
    pub(super) kind: String,
    pub(super) size: String,
    depth: usize,
    /// Whether what is about it follows.
    pub(super) opens: bool,
    /// How many lists end after it.
    pub(super) closes: usize,
}

impl Referrers {
    pub(super) async fn of(
        visitor: &Visitor,
        content: &Content,
        name: &Repository,
        subject: &Digest,
        room: &mut Room,
    ) -> Result<Self, Refusal> {
        let (mut lines, mut has_more) = (Vec::new(), false);
        // What is still to be written down, the next one last. What is found is never more than may be shown.
        let mut waiting: Vec<(ReferrerRow, usize)> = Vec::new();
        let mut next = Some((subject.clone(), 0));
        while let Some((digest, depth)) = next {
            let room = SHOWN_MAX - lines.len() - waiting.len();
            let limit = u32::try_from(room).expect("few are shown");
            let wanted = WantedReferrers { artifact_type: None, sight: content.sight(name) };
            let page = list::referrers(
                &visitor.ctx,
                &content.place,
                name,
                &digest,
                &wanted,
                "",
                // A page of nothing does not say whether there is more.
                limit.max(1),
            )
            .await?;
            has_more |= page.has_more || room < page.entries.len();
            let found = page.entries.into_iter().take(room);
            let found: Vec<_> = found.map(|row| (row, depth)).collect();
            waiting.extend(found.into_iter().rev());
            next = None;
            while let Some((row, depth)) = waiting.pop() {
                let digest = row.digest.clone();
                lines.push(Line::new(content, name, row, depth));
                if depth + 1 < DEPTH_MAX {
                    next = Some((digest, depth + 1));
                    break;
                }
            }
        }
        let mut part = room.part(HTML_BYTES_MAX);
        let fitting = lines.iter().take_while(|line| part.fits(line.bytes())).count();
        room.give_back(part);
        has_more |= fitting < lines.len();
        lines.truncate(fitting);
        nest(&mut lines);
        Ok(Self { lines, has_more })
    }
}

impl Line {
    fn new(content: &Content, name: &Repository, row: ReferrerRow, depth: usize) -> Self {
        Self {
            digest: short(&row.digest),
            href: content.manifest_link(name, &row.digest),
            kind: cut(&row.artifact_type.unwrap_or(row.media_type), KIND_BYTES_MAX),
            size: amount(row.size),
            depth,
            opens: false,
            closes: 0,
        }
    }

    /// How much HTML it is, in bytes.
    fn bytes(&self) -> usize {
        LINE_BYTES + escaped(&self.href) + escaped(&self.kind)
    }
}

/// Says where lists begin and end, from how deep each line is.
fn nest(lines: &mut [Line]) {
    let depths: Vec<_> = lines.iter().map(|line| line.depth).chain([0]).collect();
    for (idx, line) in lines.iter_mut().enumerate() {
        let following = depths[idx + 1];
        line.opens = line.depth < following;
        line.closes = line.depth.saturating_sub(following);
    }
}
