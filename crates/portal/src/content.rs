//! What a registry holds, as somebody may see and change it: by the grants, and the rules, of the faces that programs use.

use crate::frame::{Frame, Section};
use crate::page::address;
use crate::refusal::Refusal;
use crate::visitor::Visitor;
use boathook_core::digest::Digest;
use boathook_core::event::Request;
use boathook_core::grant::{Access, Grants, Permission};
use boathook_core::name::{Place, Region, RegistryName, Repository};
use boathook_core::quarantine::Sight;
use boathook_engine::RegistryRow;
use boathook_engine::auth::scope_of;
use boathook_engine::place::{self, Registry};
use boathook_engine::registry::quarantine;
use boathook_http::{RequestId, host, login_server};
use std::sync::Arc;
use url::form_urlencoded;

/// The registry that a page is about, in one of its regions, and what the visitor may do there.
pub(crate) struct Content {
    registry: Arc<Registry>,
    pub(crate) place: Place,
    pub(crate) grants: Grants,
}

/// A region to look at.
pub(crate) struct RegionChoice {
    pub(crate) name: String,
    pub(crate) is_here: bool,
}

impl Content {
    /// The registry of this name, in the region that the query names or else at home.
    pub(crate) async fn of(visitor: &Visitor, name: &str) -> Result<Self, Refusal> {
        let name: RegistryName = name.parse().map_err(|_| Refusal::Gone)?;
        let registry = place::registry(&visitor.ctx, &name).await?.ok_or(Refusal::Gone)?;
        let region = match visitor.query.find("region").filter(|region| !region.is_empty()) {
            Some(region) => region.parse::<Region>().map_err(|_| Refusal::Gone)?,
            None => registry.row.location.clone(),
        };
        if !registry.regions.contains(&region) {
            return Err(Refusal::Gone);
        }
        let grants = visitor.session.principal.grants_on(&scope_of(&registry.row));
        // Those who may do nothing here are told of no setting.
        if grants != Grants::none() && !registry.row.settings.is_public_network_access_enabled {
            return Err(Refusal::Offline);
        }
        Ok(Self { place: Place { registry: name, region }, grants, registry })
    }

    pub(crate) fn row(&self) -> &RegistryRow {
        &self.registry.row
    }

    /// What surrounds a page about it.
    pub(crate) fn frame(&self, visitor: &Visitor, section: Section) -> Frame {
        Frame::of(visitor, self.row(), section)
    }

    /// Goes on only if the visitor may see the list of repositories.
    pub(crate) fn must_list(&self) -> Result<(), Refusal> {
        self.must_have(Access::Catalog)
    }

    /// Goes on only if the visitor may do this with a repository.
    pub(crate) fn must(&self, name: &Repository, permission: Permission) -> Result<(), Refusal> {
        self.must_have(Access::Repository { name: name.clone(), permissions: vec![permission] })
    }

    /// Goes on only if the visitor may pull the charts of a repository.
    pub(crate) fn must_pull_charts(&self, name: &Repository) -> Result<(), Refusal> {
        let permissions = vec![Permission::Pull];
        self.must_have(Access::ArtifactRepository { name: name.clone(), permissions })
    }

    fn must_have(&self, wanted: Access) -> Result<(), Refusal> {
        if self.grants.allows(&wanted) { Ok(()) } else { Err(Refusal::NotGranted { wanted }) }
    }

    /// Says whether the visitor may do this with a repository.
    pub(crate) fn may(&self, name: &Repository, permission: Permission) -> bool {
        self.must(name, permission).is_ok()
    }

    /// What the visitor sees of a repository.
    pub(crate) fn sight(&self, name: &Repository) -> Sight {
        quarantine::sight(&self.registry, &self.grants, name)
    }

    /// The regions to choose from; none where there is but one.
    pub(crate) fn regions(&self) -> Vec<RegionChoice> {
        let regions = &self.registry.regions;
        let choice = |region: &Region| RegionChoice {
            name: region.to_string(),
            is_here: *region == self.place.region,
        };
        if regions.len() < 2 { Vec::new() } else { regions.iter().map(choice).collect() }
    }

    /// The region as a query names it; nothing where it is home.
    pub(crate) fn region(&self) -> &str {
        if self.place.region == self.row().location { "" } else { self.place.region.as_str() }
    }

    /// The address of a page about what it holds.
    pub(crate) fn link(&self, page: &str, pairs: &[(&str, &str)]) -> String {
        let region = Some(("region", self.region())).filter(|(_, region)| !region.is_empty());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()))
            .extend_pairs(region);
        let query = query.finish();
        let end = if query.is_empty() { String::new() } else { format!("?{query}") };
        address(self.place.registry.as_str(), &format!("{page}{end}"))
    }

    /// The address of a repository's page.
    pub(crate) fn repository_link(&self, name: &Repository) -> String {
        self.link("/repository", &[("name", name.as_str())])
    }

    /// The address of a manifest's page.
    pub(crate) fn manifest_link(&self, name: &Repository, digest: &Digest) -> String {
        let pairs = [("repository", name.as_str()), ("digest", digest.as_str())];
        self.link("/manifest", &pairs)
    }

    /// A change as events tell of it: as if it had been asked for where clients find the registry.
    pub(crate) fn request(&self, visitor: &Visitor, method: &'static str) -> Request {
        let (parts, site) = (&visitor.parts, &visitor.ctx.site);
        let id = parts.extensions.get::<RequestId>();
        let agent = parts.headers.get("user-agent").and_then(|value| value.to_str().ok());
        let name = &self.place.registry;
        Request {
            id: id.map(|RequestId(id)| id.clone()).unwrap_or_default(),
            host: login_server(name, &site.registry, &site.domain, &host(parts)),
            method,
            user_agent: agent.map(str::to_owned),
        }
    }
}

/// Reads what a query or a form names; what nothing can be called is not there.
pub(crate) fn named<T: std::str::FromStr>(text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::Gone)
}

/// A digest that fits a line.
pub(crate) fn short(digest: &Digest) -> String {
    const HEX_SHOWN: usize = 12;
    let hex = digest.hex();
    format!("{}:{}…", digest.algorithm().as_str(), &hex[..HEX_SHOWN.min(hex.len())])
}

/// An amount of bytes as it is shown.
pub(crate) fn amount(bytes: u64) -> String {
    crate::page::bytes(i64::try_from(bytes).unwrap_or(i64::MAX))
}
