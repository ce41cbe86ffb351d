//! What is wrong with what is typed, by field: all of it at once, as far as it can be judged without a look at the registry.

use super::typed::Typed;
use crate::text::Text;
use boathook_core::custom_headers::CustomHeaders;
use boathook_core::name::WebhookName;
use boathook_core::scope::Scope;
use boathook_core::service_uri::ServiceUri;
use boathook_engine::manage::webhooks::Refusal as NotMade;

/// What is wrong, by field.
#[derive(Default)]
pub(super) struct Problems {
    pub(super) name: Option<String>,
    pub(super) location: Option<String>,
    pub(super) service_uri: Option<String>,
    pub(super) custom_headers: Option<String>,
    pub(super) actions: Option<String>,
    pub(super) scope: Option<String>,
    /// With no field in particular.
    pub(super) form: Option<String>,
}

impl Problems {
    pub(super) fn any(&self) -> bool {
        [
            &self.name,
            &self.location,
            &self.service_uri,
            &self.custom_headers,
            &self.actions,
            &self.scope,
            &self.form,
        ]
        .into_iter()
        .any(Option::is_some)
    }

    pub(super) fn add(&mut self, t: &'static dyn Text, refusal: &NotMade) {
        let place = match refusal.target() {
            Some("webhookName") => &mut self.name,
            Some("location") => &mut self.location,
            Some("properties.serviceUri") => &mut self.service_uri,
            Some("properties.customHeaders") => &mut self.custom_headers,
            Some("properties.actions" | "properties.boathook.extraActions") => &mut self.actions,
            Some("properties.scope") => &mut self.scope,
            _ => &mut self.form,
        };
        place.get_or_insert_with(|| t.webhook_refused(refusal));
    }

    /// Looks at everything that can be judged by itself, so that all of it is said at once.
    pub(super) fn of(
        t: &'static dyn Text,
        typed: &Typed,
        headers: Result<&[(String, String)], usize>,
    ) -> Self {
        let mut problems = Self::default();
        let mut check = |checked: Result<(), NotMade>| {
            if let Err(refusal) = checked {
                problems.add(t, &refusal);
            }
        };
        check(typed.name.parse::<WebhookName>().map(drop).map_err(NotMade::Name));
        check(typed.scope.parse().map(|_: Scope| ()).map_err(NotMade::Scope));
        if !typed.service_uri.is_empty() {
            let uri = typed.service_uri.parse::<ServiceUri>();
            check(uri.map(drop).map_err(NotMade::Uri));
        }
        if typed.actions.is_empty() {
            check(Err(NotMade::NoAction));
        }
        match headers {
            Ok(headers) => {
                check(CustomHeaders::new(headers.to_vec()).map(drop).map_err(NotMade::Headers));
            }
            Err(line) => problems.custom_headers = Some(t.header_line(line)),
        }
        problems
    }
}
