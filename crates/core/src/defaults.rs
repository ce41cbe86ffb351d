//! The fixed names of a server that nobody has named anything on.

/// The subscription that every registry of a server belongs to.
pub const SUBSCRIPTION_ID: &str = "b0a70001-0000-4000-8000-000000000001";

/// The tenant that every identity of a server belongs to.
pub const TENANT_ID: &str = "b0a70001-0000-4000-8000-000000000002";

/// The client id of the management identity that the first start makes.
pub const CLIENT_ID: &str = "b0a70001-0000-4000-8000-000000000003";

/// The name of the management identity.
pub const IDENTITY: &str = "management";

/// The id that the management identity's roles are given to.
pub const PRINCIPAL_ID: &str = "b0a70001-0000-4000-8000-000000000004";

/// The id of the management identity's first secret.
pub const SECRET_ID: &str = "b0a70001-0000-4000-8000-000000000005";

/// The id of the role that makes the management identity the owner of everything.
pub const ASSIGNMENT_ID: &str = "b0a70001-0000-4000-8000-000000000006";

/// The resource group of the default registry.
pub const RESOURCE_GROUP: &str = "boathook";

/// The default registry.
pub const REGISTRY: &str = "boathook";

/// The region of a server that was given none.
pub const REGION: &str = "local";
