//! The way to registries that images are imported from.

use std::net::SocketAddr;
use std::sync::Arc;

use boathook_core::address::AddressPolicy;
use boathook_core::origin::PlainHosts;
use boathook_engine::courier::client::HttpCourier;
use boathook_engine::courier::resolver::Resolver;
use boathook_engine::remote::{PATIENCE, Sources};

use super::authorities;
use crate::config::Imports;

pub(super) fn prepare(
    config: &Imports,
    is_dev: bool,
    own: Vec<SocketAddr>,
) -> anyhow::Result<Sources> {
    let addresses = AddressPolicy::new(config.allow_cidrs.clone(), is_dev, own).for_imports();
    let roots = authorities::read(&config.ca_certificate)?;
    let courier = HttpCourier::for_downloads(addresses, Resolver::system(), roots);
    Ok(Sources::new(Arc::new(courier), PlainHosts(config.plain_http.clone()), PATIENCE))
}
