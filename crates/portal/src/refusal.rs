//! Why a page is not shown, or a form does nothing: one page for all of it.

use crate::frame::{Frame, Look};
use crate::text::Text;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use boathook_core::grant::Access;
use boathook_core::lock::Locked;
use boathook_engine::Error;
use boathook_engine::auth::session::Session;
use boathook_engine::live;
use boathook_http::Uncollected;

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The visitor may not.
    #[error("`{action}` is not allowed")]
    Forbidden { action: &'static str },
    /// The visitor has not been granted this of a registry's content.
    #[error("`{wanted}` is not granted")]
    NotGranted { wanted: Access },
    /// The registry answers no requests for its content.
    #[error("the registry's network access is disabled")]
    Offline,
    /// It is locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// The server has too much to do, or is stopping.
    #[error("the server is busy")]
    Busy,
    /// So many pages follow events that this one has to do without.
    #[error(transparent)]
    NotLive(#[from] live::Refusal),
    /// The quarantine does not judge charts.
    #[error("the manifest is a chart's")]
    OfChart,
    /// More tags would be announced than may be at once.
    #[error("the manifest has too many tags")]
    TooManyTags,
    /// What the page would be about is not there, or not any more.
    #[error("it is not there")]
    Gone,
    /// A form that came from another site.
    #[error("the form came from elsewhere")]
    Elsewhere,
    /// A form that is too large.
    #[error("the form is too large")]
    TooLarge,
    /// A form that did not come whole.
    #[error("the form was cut off")]
    CutOff,
    /// Somebody else has changed what was to be changed.
    #[error("it was changed meanwhile")]
    Stale,
    /// Something cannot be begun now; the API's own words.
    #[error("{0}")]
    NotNow(String),
    /// A webhook that is off is sent nothing again.
    #[error("the webhook is disabled")]
    Disabled,
    /// Storage failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    frame: Frame,
    t: &'static dyn Text,
    title: &'static str,
    why: String,
}

impl From<Uncollected> for Refusal {
    fn from(why: Uncollected) -> Self {
        match why {
            Uncollected::TooLarge => Self::TooLarge,
            Uncollected::CutOff => Self::CutOff,
        }
    }
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Forbidden { .. } | Self::NotGranted { .. } | Self::Offline | Self::Elsewhere => {
                StatusCode::FORBIDDEN
            }
            Self::Gone => StatusCode::NOT_FOUND,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::CutOff => StatusCode::BAD_REQUEST,
            Self::Stale
            | Self::Disabled
            | Self::NotNow(_)
            | Self::Locked(_)
            | Self::OfChart
            | Self::TooManyTags => StatusCode::CONFLICT,
            Self::NotLive(live::Refusal::TooMany) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::NotLive(live::Refusal::Full) | Self::Failed(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The page that says so.
    pub(crate) fn show(&self, look: &Look, session: Option<&Session>) -> Response {
        if let Self::Failed(error) = self {
            tracing::error!(error = error as &dyn std::error::Error, "a page could not be made");
        }
        let t = look.text();
        let (title, why) = match self {
            Self::Forbidden { action } => (t.forbidden(), t.forbidden_why(action)),
            Self::NotGranted { wanted } => (t.forbidden(), t.not_granted_why(&wanted.to_string())),
            Self::Offline => (t.offline(), t.offline_why().to_owned()),
            Self::Locked(locked) => (t.locked(), t.locked_by(*locked).to_owned()),
            Self::Busy => (t.busy(), t.busy_why().to_owned()),
            Self::NotLive(why) => (t.not_live(), t.not_live_why(*why)),
            Self::OfChart => (t.not_judged(), t.chart_not_judged_why().to_owned()),
            Self::TooManyTags => (t.not_judged(), t.too_many_tags_why().to_owned()),
            Self::Gone => (t.gone(), t.gone_why().to_owned()),
            Self::Elsewhere => (t.not_sent(), t.elsewhere_why().to_owned()),
            Self::TooLarge => (t.not_sent(), t.too_large_why().to_owned()),
            Self::CutOff => (t.not_sent(), t.cut_off_why().to_owned()),
            Self::Stale => (t.stale(), t.stale_why().to_owned()),
            Self::NotNow(why) => (t.failed(), why.clone()),
            Self::Disabled => (t.disabled(), t.disabled_why().to_owned()),
            Self::Failed(_) => (t.failed(), t.failed_why().to_owned()),
        };
        let page = RefusedPage { frame: Frame::new(look, session), t, title, why };
        look.show(session, "portal.refused", self.status(), page.render())
    }
}
