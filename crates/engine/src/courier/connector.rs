//! Making a connection: look up, judge, connect, shake hands.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use boathook_core::address::{AddressPolicy, AddressRefusal};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::courier::connection::Connection;
use crate::courier::destination::{Destination, Host};
use crate::courier::failure::{Failure, Phase};
use crate::courier::pool::Place;
use crate::courier::resolver::Resolver;
use crate::courier::tls::Tls;
use crate::courier::trace::{Trace, now};

/// How many addresses of one name are tried, in the resolver's order.
const ADDRESSES_TRIED_MAX: usize = 4;

/// Makes connections to allowed addresses.
pub(super) struct Connector {
    pub(super) policy: AddressPolicy,
    pub(super) resolver: Resolver,
    pub(super) tls: Tls,
}

impl Connector {
    /// Connects to a destination, at an address that was judged.
    pub(super) async fn connect(
        &self,
        destination: &Destination,
        place: Place,
        trace: &mut Trace,
    ) -> Result<Connection, Failure> {
        let addresses = self.look_up(destination, trace).await?;
        for &address in &*addresses {
            self.judge(address).map_err(Failure::Refused)?;
        }
        let (stream, remote) = connect_to_one_of(&addresses, trace).await?;
        trace.remote = Some(remote);
        let connection = if destination.https {
            let started = trace.enter(Phase::Tls);
            let stream = self.tls.handshake(&destination.host, stream).await?;
            trace.timings.tls = Some(started.elapsed());
            trace.enter(Phase::Head);
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                Connection::http2(stream, remote, place).await
            } else {
                Connection::http1(stream, remote, place).await
            }
        } else {
            trace.enter(Phase::Head);
            Connection::http1(stream, remote, place).await
        };
        connection.map_err(Failure::Protocol)
    }

    /// Gives all addresses of a destination, judged or not.
    async fn look_up(
        &self,
        destination: &Destination,
        trace: &mut Trace,
    ) -> Result<Arc<[SocketAddr]>, Failure> {
        let with_port = |ip: &IpAddr| SocketAddr::new(*ip, destination.port);
        let name = match &destination.host {
            Host::Address(ip) => return Ok(Arc::new([with_port(ip)])),
            Host::Name(name) => name,
        };
        let started = trace.enter(Phase::Dns);
        let found = self.resolver.resolve(name).await;
        trace.timings.dns = Some(started.elapsed());
        let found = found.map_err(|reason| Failure::Dns {
            host: name.clone(),
            reason: reason.as_ref().to_owned(),
        })?;
        Ok(found.iter().map(with_port).collect())
    }

    fn judge(&self, address: SocketAddr) -> Result<(), AddressRefusal> {
        if self.policy.listens_everywhere(address.port()) && is_own_interface(address.ip()) {
            return self.policy.judge_interface(address);
        }
        self.policy.judge(address)
    }
}

/// Connects to the first of the addresses that lets us, each getting its share of the time that is left.
async fn connect_to_one_of(
    addresses: &[SocketAddr],
    trace: &mut Trace,
) -> Result<(TcpStream, SocketAddr), Failure> {
    let started = trace.enter(Phase::Connect);
    let tried = &addresses[..addresses.len().min(ADDRESSES_TRIED_MAX)];
    let mut failure = Failure::Timeout { phase: Phase::Connect };
    for (address_idx, &address) in tried.iter().enumerate() {
        let remaining =
            u32::try_from(tried.len() - address_idx).expect("because few addresses are tried");
        let share = trace.time_left() / remaining;
        let connected = timeout(share, TcpStream::connect(address)).await;
        failure = match connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => {
                trace.timings.connect = Some(now().duration_since(started));
                // Nothing is gained by a late request; a socket that cannot be told so still works.
                stream.set_nodelay(true).ok();
                return Ok((stream, address));
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut && remaining == 1 => {
                Failure::Timeout { phase: Phase::Connect }
            }
            Err(error) => Failure::Connect { address, kind: error.kind() },
        };
    }
    Err(failure)
}

/// Says whether an address is one of this machine's: then the way to it starts at itself. No packet is sent.
fn is_own_interface(ip: IpAddr) -> bool {
    let anywhere: IpAddr = match ip {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let local_address = || {
        let socket = UdpSocket::bind((anywhere, 0))?;
        socket.connect((ip, 9))?;
        socket.local_addr()
    };
    local_address().is_ok_and(|local| local.ip() == ip)
}
