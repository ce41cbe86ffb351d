//! The courier that goes out into the world.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use boathook_core::address::AddressPolicy;
use rustls::pki_types::CertificateDer;
use tokio::time::timeout;

use crate::courier::answer::receive;
use crate::courier::connection::Connection;
use crate::courier::connector::Connector;
use crate::courier::destination::Destination;
use crate::courier::failure::{Failure, Phase};
use crate::courier::outgoing::Outgoing;
use crate::courier::pool::Pool;
use crate::courier::resolver::Resolver;
use crate::courier::tls::{Protocols, Tls};
use crate::courier::trace::{Trace, now};
use crate::courier::{Answer, Courier, Download, Exchange, Parcel};

/// How long a connection is given to become free after its answer was read. It is free at once, unless the receiver
/// answered before it had taken the request in.
const CHECK_IN_MAX: Duration = Duration::from_millis(5);

/// Sends parcels over HTTP/1.1 and HTTP/2, and keeps connections for the next.
pub struct HttpCourier {
    connector: Connector,
    pool: Arc<Pool>,
}

/// What a request on one connection came to.
enum Outcome {
    /// It was answered, and the connection may be free for another.
    Answered(Answer, Option<Connection>),
    /// It was not.
    Failed(Failure),
    /// It was not, and not a byte came back.
    Silent(Failure),
}

impl HttpCourier {
    /// Makes a courier that goes where `policy` allows and trusts the machine's certificates and `extra_roots`.
    pub fn new(
        policy: AddressPolicy,
        resolver: Resolver,
        extra_roots: Vec<CertificateDer<'static>>,
    ) -> Self {
        Self::speaking(Protocols::Both, policy, resolver, extra_roots)
    }

    /// Makes one for downloads. It speaks HTTP/1.1: a window of HTTP/2 that suits short answers would slow them down.
    pub fn for_downloads(
        policy: AddressPolicy,
        resolver: Resolver,
        extra_roots: Vec<CertificateDer<'static>>,
    ) -> Self {
        Self::speaking(Protocols::Http1, policy, resolver, extra_roots)
    }

    fn speaking(
        protocols: Protocols,
        policy: AddressPolicy,
        resolver: Resolver,
        extra_roots: Vec<CertificateDer<'static>>,
    ) -> Self {
        let connector = Connector { policy, resolver, tls: Tls::new(extra_roots, protocols) };
        Self { connector, pool: Arc::default() }
    }

    async fn begin(
        &self,
        parcel: &Parcel,
        destination: &Destination,
        trace: &mut Trace,
    ) -> Result<Download, Failure> {
        let request = Outgoing::of(parcel)?;
        let place = self.pool.place(destination);
        let mut connection = self.connector.connect(destination, place, trace).await?;
        trace.enter(Phase::Head);
        let sent = connection.send(&request).await;
        let response = sent.map_err(|unanswered| Failure::Protocol(unanswered.fault))?;
        Ok(Download::of(response, connection, parcel.timeout))
    }

    async fn exchange(
        &self,
        parcel: &Parcel,
        destination: &Destination,
        trace: &mut Trace,
    ) -> Result<(Answer, Option<Connection>), Failure> {
        let request = Outgoing::of(parcel)?;
        if let Some(connection) = self.pool.check_out(destination, now()) {
            match exchange_on(connection, &request, trace).await {
                Outcome::Answered(answer, connection) => return Ok((answer, connection)),
                Outcome::Failed(failure) => return Err(failure),
                // The receiver had closed the connection before it could know of the request. The others that wait
                // are no younger than this one.
                Outcome::Silent(_) => self.pool.forget(destination),
            }
        }
        let connection =
            self.connector.connect(destination, self.pool.place(destination), trace).await?;
        if let Some(shared) = connection.share() {
            self.pool.check_in(destination, shared, now());
        }
        match exchange_on(connection, &request, trace).await {
            Outcome::Answered(answer, connection) => Ok((answer, connection)),
            Outcome::Failed(failure) | Outcome::Silent(failure) => Err(failure),
        }
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn send(&self, parcel: Parcel) -> Exchange {
        let destination = Destination::of(&parcel.uri);
        let mut trace = Trace::start(parcel.timeout);
        let exchanged =
            timeout(parcel.timeout, self.exchange(&parcel, &destination, &mut trace)).await;
        let result = exchanged.unwrap_or(Err(Failure::Timeout { phase: trace.phase }));
        let (result, connection) = match result {
            Ok((answer, connection)) => (Ok(answer), connection),
            Err(failure) => (Err(failure), None),
        };
        if matches!(result, Err(Failure::Timeout { .. })) {
            self.pool.forget(&destination);
        }
        let exchange = trace.finish(result);
        if let Some(mut connection) = connection
            && matches!(timeout(CHECK_IN_MAX, connection.ready()).await, Ok(true))
        {
            self.pool.check_in(&destination, connection, now());
        }
        exchange
    }

    async fn open(&self, parcel: Parcel) -> Result<Download, Failure> {
        let destination = Destination::of(&parcel.uri);
        let mut trace = Trace::start(parcel.timeout);
        let begun = timeout(parcel.timeout, self.begin(&parcel, &destination, &mut trace)).await;
        begun.unwrap_or(Err(Failure::Timeout { phase: trace.phase }))
    }
}

async fn exchange_on(mut connection: Connection, request: &Outgoing, trace: &mut Trace) -> Outcome {
    trace.remote = Some(connection.remote);
    let started = trace.enter(Phase::Head);
    let response = match connection.send(request).await {
        Ok(response) => response,
        Err(unanswered) if unanswered.is_silent => {
            return Outcome::Silent(Failure::Protocol(unanswered.fault));
        }
        Err(unanswered) => return Outcome::Failed(Failure::Protocol(unanswered.fault)),
    };
    trace.timings.first_byte = Some(now().duration_since(started));
    trace.enter(Phase::Body);
    match receive(response, request.answer_bytes_max).await {
        Ok(answer) => {
            let connection = answer.is_whole.then_some(connection);
            Outcome::Answered(answer, connection)
        }
        Err(fault) => Outcome::Failed(Failure::Protocol(fault)),
    }
}
