//! How many requests came, and how long they took.

use axum::http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// The upper bounds of the buckets, in seconds; a last bucket takes the rest.
const BUCKETS_SECONDS: [f64; 10] = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0];

/// The counts of requests since the server started.
pub(crate) struct RequestMetrics {
    answered: Family<Answered, Counter>,
    aborted: Family<Route, Counter>,
    durations: Family<Route, Histogram>,
}

/// A request's labels. Each of them has few values, whatever clients send.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    face: &'static str,
    route: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

/// How a request ended.
pub(crate) struct RequestEnd {
    /// The status of the answer, if there was one.
    pub(crate) status: Option<u16>,
    /// Whether the client took the whole answer.
    pub(crate) is_whole: bool,
}

impl RequestMetrics {
    /// Counts a request that is over. `route` is one of a few words that begin with the face, such as
    /// `oci.manifest`.
    pub(crate) fn record(
        &self,
        route: &'static str,
        method: &Method,
        end: &RequestEnd,
        elapsed: Duration,
    ) {
        let face = route.split('.').next().unwrap_or(route);
        if let Some(status) = end.status {
            let answered = Answered { face, route, method: known(method), status };
            self.answered.get_or_create(&answered).inc();
        }
        if !end.is_whole {
            self.aborted.get_or_create(&Route { route }).inc();
        }
        self.durations.get_or_create(&Route { route }).observe(elapsed.as_secs_f64());
    }

    /// Shows the counts to a registry.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("requests", "Requests that were answered", self.answered.clone());
        registry.register(
            "requests_aborted",
            "Requests whose client left before it had the whole answer",
            self.aborted.clone(),
        );
        registry.register_with_unit(
            "request_duration",
            "How long requests took until the last byte of the answer was handed to the connection",
            Unit::Seconds,
            self.durations.clone(),
        );
    }
}

impl Default for RequestMetrics {
    fn default() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS_SECONDS);
        Self {
            answered: Family::default(),
            aborted: Family::default(),
            durations: Family::new_with_constructor(histogram),
        }
    }
}

/// The method, or `other`: a client may send any word.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
