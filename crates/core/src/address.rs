//! Which addresses a webhook or an import may reach.
//!
//! A registry that posts wherever it is told is a way into the network it stands in. So everything but public
//! addresses is closed until `webhooks.allow_cidrs` names it, and two kinds of addresses stay closed until they are
//! named one by one: those where clouds hand out credentials, and those where Boathook itself listens.
//!
//! Lives here: the verdict over one address. Not here: looking names up. The courier judges **every** address of a
//! name before it connects, and connects to none but those.

mod range;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::{IpNet, Ipv4Net};

use crate::service_uri::{ServiceHost, ServiceUri};

/// How many bits of a mapped or NAT64 address stand before the IPv4 address.
const EMBEDDED_AFTER_BITS: u8 = 96;

/// Judges addresses by what the configuration allows.
#[derive(Clone, Debug)]
pub struct AddressPolicy {
    allow: Vec<IpNet>,
    loopback_allowed: bool,
    own: Vec<SocketAddr>,
    purpose: Purpose,
}

/// Who wants to reach an address, for the words of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Webhooks,
    Imports,
}

impl Purpose {
    fn who(self) -> &'static str {
        match self {
            Self::Webhooks => "a webhook",
            Self::Imports => "an import",
        }
    }

    fn setting(self) -> &'static str {
        match self {
            Self::Webhooks => "webhooks.allow_cidrs",
            Self::Imports => "imports.allow_cidrs",
        }
    }

    fn instead_of_own(self) -> &'static str {
        match self {
            Self::Webhooks => "point it at the receiver's own address",
            Self::Imports => "name a registry of this server by its `resourceId` or its own host",
        }
    }
}

/// Says why an address may not be reached, and what would change that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRefusal {
    address: SocketAddr,
    reason: Reason,
    purpose: Purpose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// The address lies in a range that is not the public internet; the words name the range.
    Range(&'static str),
    /// A cloud hands out credentials there.
    Metadata,
    /// Boathook listens there.
    Own,
}

impl AddressPolicy {
    /// Makes the policy of `webhooks.allow_cidrs` (`allow`), `--dev` (`loopback_allowed`) and our own listeners.
    pub fn new(allow: Vec<IpNet>, loopback_allowed: bool, own: Vec<SocketAddr>) -> Self {
        let allow = allow.into_iter().map(embedded_net).collect();
        Self { allow, loopback_allowed, own, purpose: Purpose::Webhooks }
    }

    /// The same for imports, whose networks `imports.allow_cidrs` names.
    #[must_use]
    pub fn for_imports(self) -> Self {
        Self { purpose: Purpose::Imports, ..self }
    }

    /// Says whether an address may be reached.
    ///
    /// IPv4 addresses in IPv6 clothing (mapped, NAT64) get the verdict of the IPv4 address, whatever wrote them.
    pub fn judge(&self, address: SocketAddr) -> Result<(), AddressRefusal> {
        let purpose = self.purpose;
        let refused = |reason| Err(AddressRefusal { address, reason, purpose });
        let ip = embedded_ip(address.ip());
        if self.allow.contains(&IpNet::from(ip)) {
            return Ok(());
        }
        if self.is_own(ip, address.port()) {
            return refused(Reason::Own);
        }
        if range::is_metadata(ip) {
            return refused(Reason::Metadata);
        }
        let Some(range) = range::closed(ip) else { return Ok(()) };
        if (self.loopback_allowed && ip.is_loopback())
            || self.allow.iter().any(|net| net.contains(&ip))
        {
            return Ok(());
        }
        refused(Reason::Range(range))
    }

    /// Says whether the host of a URI may be reached, as far as the text tells: a name is judged when it is looked up.
    pub fn judge_uri(&self, uri: &ServiceUri) -> Result<(), AddressRefusal> {
        match uri.host() {
            ServiceHost::Domain(_) => Ok(()),
            ServiceHost::Address(ip) => self.judge(SocketAddr::new(ip, uri.port())),
        }
    }

    /// Judges an address that was found to be one of this machine's own interfaces.
    ///
    /// [`AddressPolicy::judge`] cannot know the interfaces. Where [`AddressPolicy::listens_everywhere`] at the port,
    /// whoever is about to connect finds out and asks here too.
    pub fn judge_interface(&self, address: SocketAddr) -> Result<(), AddressRefusal> {
        let named = self.allow.contains(&IpNet::from(embedded_ip(address.ip())));
        if named || !self.listens_everywhere(address.port()) {
            return self.judge(address);
        }
        Err(AddressRefusal { address, reason: Reason::Own, purpose: self.purpose })
    }

    /// Says whether one of our listeners takes connections at this port of every interface.
    pub fn listens_everywhere(&self, port: u16) -> bool {
        self.own.iter().any(|own| own.port() == port && own.ip().is_unspecified())
    }

    fn is_own(&self, ip: IpAddr, port: u16) -> bool {
        let own = |own: &SocketAddr| {
            let listener = embedded_ip(own.ip());
            // To connect to `0.0.0.0` is to connect to loopback.
            let meets_loopback = listener.is_loopback() || listener.is_unspecified();
            own.port() == port
                && (listener == ip
                    || (listener.is_unspecified() && ip.is_loopback())
                    || (ip.is_unspecified() && meets_loopback))
        };
        self.own.iter().any(own)
    }
}

impl AddressRefusal {
    /// Gives the address that was refused.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl fmt::Display for AddressRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ip = self.address.ip();
        let cidr = IpNet::from(embedded_ip(ip));
        let (who, setting) = (self.purpose.who(), self.purpose.setting());
        match self.reason {
            Reason::Range(range) => write!(
                f,
                "{who} may not reach `{ip}`, {range}, unless the setting `{setting}` names it, for example as `{cidr}`"
            ),
            Reason::Metadata => write!(
                f,
                "{who} may not reach `{ip}`, where a cloud may hand out credentials, unless the setting `{setting}` \
                 names `{cidr}` by itself"
            ),
            Reason::Own => write!(
                f,
                "{who} may not reach `{}`, where boathook itself listens; {}",
                self.address,
                self.purpose.instead_of_own()
            ),
        }
    }
}

impl std::error::Error for AddressRefusal {}

/// Gives the IPv4 address inside a mapped (RFC 4291) or NAT64 (RFC 6052) one, and any other address as it is.
fn embedded_ip(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else { return ip };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)).into()
        }
        _ => ip,
    }
}

/// Gives the IPv4 network inside a mapped or NAT64 one, so that an allow list means the same in either clothing.
fn embedded_net(net: IpNet) -> IpNet {
    let prefix_len = net.prefix_len().checked_sub(EMBEDDED_AFTER_BITS);
    match (net, embedded_ip(net.network()), prefix_len) {
        (IpNet::V6(_), IpAddr::V4(network), Some(prefix_len)) => {
            Ipv4Net::new(network, prefix_len).expect("because 128 - 96 is 32").into()
        }
        _ => net.trunc(),
    }
}

#[cfg(test)]
mod tests;
