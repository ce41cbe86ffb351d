//! The parts that every use case shares.

use crate::announce::Deliverer;
use crate::auth::{Provider, Secrets};
use crate::charts::Indexes;
use crate::courier::Courier;
use crate::live::Live;
use crate::meters::Meters;
use crate::place::Registries;
use crate::remote::Sources;
use crate::seal::Seal;
use crate::supervisor::Supervisor;
use crate::traffic::Traffic;
use boathook_core::address::AddressPolicy;
use boathook_core::id::Ids;
use boathook_core::name::{Place, Region, RegistryName};
use boathook_core::quota::{self, Sku};
use boathook_core::time::Clock;
use boathook_store::{Blobs, Db, Uploads};
use std::sync::Arc;
use std::time::Duration;

/// Everything that a use case may need, made once when the server starts.
pub struct Ctx {
    /// What has been stored.
    pub db: Db,
    /// Bytes by digest.
    pub blobs: Blobs,
    /// Bytes on their way in.
    pub uploads: Uploads,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids, and chance.
    pub ids: Arc<dyn Ids>,
    /// The way out.
    pub courier: Arc<dyn Courier>,
    /// The way to registries that images are imported from.
    pub sources: Sources,
    /// Where webhooks may point.
    pub addresses: AddressPolicy,
    /// The key of secrets at rest.
    pub seal: Seal,
    /// Passwords and tokens.
    pub secrets: Secrets,
    /// Somebody else's tokens that are believed.
    pub provider: Option<Provider>,
    /// Registries that are known.
    pub registries: Registries,
    /// Indexes of charts that need not be made again.
    pub charts: Indexes,
    /// Deliveries under way.
    pub deliverer: Deliverer,
    /// Pages that wait for what is sent.
    pub live: Live,
    /// Work that goes on when its request has gone.
    pub tasks: Supervisor,
    /// Which registries there are by default, and where.
    pub site: Site,
    /// How much of everything there may be.
    pub limits: Limits,
    /// Counts.
    pub meters: Meters,
    /// Counts of what went through each registry.
    pub traffic: Traffic,
}

/// Which registry a server begins with, and where it stands.
#[derive(Clone, Debug)]
pub struct Site {
    /// The default registry, which any host name leads to.
    pub registry: RegistryName,
    /// The regions that registries can be in; the first is home for whatever names none.
    pub regions: Vec<Region>,
    /// What registries' host names end in, such as `azurecr.localhost`.
    pub domain: String,
    /// Lets callers pull and push who have not signed in.
    pub is_open: bool,
}

impl Site {
    /// The region that is home for whatever names none.
    pub fn home(&self) -> &Region {
        self.regions.first().expect("a server has at least one region")
    }
}

/// How much of everything there may be, as far as it can be configured.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Uploads in progress.
    pub uploads_open_max: usize,
    /// How long an upload may lie untouched.
    pub upload_age_max: Duration,
    /// Webhooks a registry, by SKU: Basic, Standard, Premium.
    pub webhooks_max: [usize; 3],
    /// How long one attempt at a delivery may take in all.
    pub attempt_timeout: Duration,
    /// How long events of webhooks are kept.
    pub event_age_max: Duration,
    /// Whether content that nobody needs is removed.
    pub collects: bool,
    /// How long nobody must have needed it.
    pub collection_grace: Duration,
    /// How often it is looked for.
    pub collection_interval: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            uploads_open_max: 1_000,
            upload_age_max: Duration::from_hours(24),
            webhooks_max: [2, 10, 500],
            attempt_timeout: Duration::from_secs(5),
            event_age_max: Duration::from_hours(30 * 24),
            collects: true,
            collection_grace: Duration::from_hours(24),
            collection_interval: Duration::from_mins(10),
        }
    }
}

impl Limits {
    /// How much a registry of a SKU may have.
    pub fn of(&self, sku: Sku) -> quota::Limits {
        let [basic, standard, premium] = self.webhooks_max;
        let webhooks = match sku {
            Sku::Basic => basic,
            Sku::Standard => standard,
            Sku::Premium => premium,
        };
        quota::Limits { webhooks: webhooks as u64, ..sku.limits() }
    }
}

impl Ctx {
    /// Where the default registry's content lies.
    pub fn place(&self) -> Place {
        Place { registry: self.site.registry.clone(), region: self.site.home().clone() }
    }
}
