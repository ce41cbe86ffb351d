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
        self.form.is_some() || self.fields().next().is_some()
    }

    /// The ids of the fields that something is wrong with, in the order of the form.
    fn fields(&self) -> impl Iterator<Item = &'static str> {
        let fields = [
            ("name", &self.name),
            ("location", &self.location),
            ("service_uri", &self.service_uri),
            ("custom_headers", &self.custom_headers),
            ("actions", &self.actions),
            ("scope", &self.scope),
        ];
        fields.into_iter().filter(|(_, problem)| problem.is_some()).map(|(id, _)| id)
    }

    /// Says whether whoever sent the form goes on at this field: the first that something is wrong with.
    pub(super) fn begin_at(&self, id: &str) -> bool {
        self.fields().next() == Some(id)
    }

    /// The fields that something is wrong with, by their ids, and what they are called.
    pub(super) fn marked(&self, t: &'static dyn Text) -> Vec<(&'static str, &'static str)> {
        let called = |id| match id {
            "name" => t.webhook_name(),
            "location" => t.location(),
            "service_uri" => t.service_uri(),
            "custom_headers" => t.custom_headers(),
            "actions" => t.trigger_actions(),
            _ => t.scope(),
        };
        self.fields().map(|id| (id, called(id))).collect()
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
