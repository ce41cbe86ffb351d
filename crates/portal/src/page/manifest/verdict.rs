//! The form by which somebody judges what is in quarantine.

use crate::content::Content;
use crate::form::Fields;
use crate::refusal::Refusal;
use crate::visitor::Visitor;
use boathook_core::digest::Digest;
use boathook_core::grant::Permission;
use boathook_core::lock::Attributes;
use boathook_core::name::Repository;
use boathook_core::quarantine;
use boathook_engine::registry::quarantine::{Judge, Judged, judge as engine_judge};

/// What was typed, and what is wrong with it.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) state: String,
    pub(super) details: String,
    pub(super) state_problem: Option<String>,
    pub(super) details_problem: Option<String>,
}

/// Writes down what somebody says of a manifest; the form again where it is not right.
pub(super) async fn judge(
    visitor: &Visitor,
    content: &Content,
    (repository, digest): (&Repository, &Digest),
    fields: &Fields,
) -> Result<Result<(), Verdict>, Refusal> {
    content.must(repository, Permission::QuarantineWrite)?;
    let (state, details) = (fields.text("state"), fields.text("details").trim());
    let said = state.parse::<quarantine::Verdict>();
    let rests_on = Some(details).filter(|text| !text.is_empty());
    let rests_on = rests_on.map(str::parse::<quarantine::Details>).transpose();
    let (verdict, details) = match (said, rests_on) {
        (Ok(verdict), Ok(details)) => (verdict, details),
        (said, rests_on) => {
            let needed = || visitor.look.text().verdict_needed().to_owned();
            return Ok(Err(Verdict {
                state: state.to_owned(),
                details: details.to_owned(),
                state_problem: said.err().map(|_| needed()),
                details_problem: rests_on.err().map(|why| why.to_string()),
            }));
        }
    };
    let judge = Judge {
        place: content.place.clone(),
        repository: repository.clone(),
        digest: digest.clone(),
        verdict: Some(verdict),
        details,
        now: visitor.ctx.clock.now(),
    };
    let as_it_is = |before: Attributes| before;
    let request = content.request(visitor, "PATCH");
    match engine_judge(&visitor.ctx, judge, as_it_is, request).await? {
        Judged::Done => Ok(Ok(())),
        Judged::Unknown => Err(Refusal::Gone),
        Judged::TooManyTags => Err(Refusal::TooManyTags),
        Judged::OfChart => Err(Refusal::OfChart),
    }
}
