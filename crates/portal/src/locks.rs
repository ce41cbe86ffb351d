//! What may be done with a repository, a tag or a manifest: shown, and changed by a form.

use crate::content::Content;
use crate::form::Fields;
use crate::refusal::Refusal;
use crate::text::Text;
use crate::visitor::Visitor;
use boathook_core::grant::Permission;
use boathook_core::lock::Attributes;
use boathook_core::name::Repository;
use boathook_engine::registry::records::{self, ChangeAttributes, Holder};

/// One switch of the form.
pub(crate) struct Switch {
    /// ACR's name of it.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) is_on: bool,
}

/// The form.
pub(crate) struct Locks {
    pub(crate) switches: [Switch; 4],
    /// How they stood when the page was made, for a form that changes only what its sender has changed.
    pub(crate) before: String,
    pub(crate) may_change: bool,
}

/// ACR's names of the switches, in the order in which they are shown.
const NAMES: [&str; 4] = ["deleteEnabled", "writeEnabled", "readEnabled", "listEnabled"];

fn values(attributes: Attributes) -> [bool; 4] {
    let Attributes { is_delete_enabled, is_write_enabled, is_read_enabled, is_list_enabled } =
        attributes;
    [is_delete_enabled, is_write_enabled, is_read_enabled, is_list_enabled]
}

impl Locks {
    /// What may be done with something of a repository.
    pub(crate) fn new(
        t: &'static dyn Text,
        content: &Content,
        repository: &Repository,
        attributes: Attributes,
    ) -> Self {
        let labels = [t.may_be_deleted(), t.may_be_written(), t.may_be_read(), t.is_listed()];
        let values = values(attributes);
        let switch =
            |idx: usize| Switch { name: NAMES[idx], label: labels[idx], is_on: values[idx] };
        Self {
            switches: std::array::from_fn(switch),
            before: values.map(|is_on| if is_on { '1' } else { '0' }).iter().collect(),
            may_change: content.may(repository, Permission::MetadataWrite),
        }
    }
}

/// What is locked, in a few words; nothing where nothing is.
pub(crate) fn summary(t: &'static dyn Text, attributes: Attributes) -> String {
    let words = [t.no_delete(), t.no_write(), t.no_read(), t.no_list()];
    let locked = values(attributes).into_iter().zip(words).filter(|(is_on, _)| !is_on);
    locked.map(|(_, word)| word).collect::<Vec<_>>().join(", ")
}

/// Changes what may be done with something, as the form says.
pub(crate) async fn change(
    visitor: &Visitor,
    content: &Content,
    repository: Repository,
    holder: Holder,
    fields: &Fields,
) -> Result<(), Refusal> {
    content.must(&repository, Permission::MetadataWrite)?;
    let before = fields.text("before").as_bytes();
    let wanted: [Option<bool>; 4] = std::array::from_fn(|idx| {
        let is_on = fields.find(NAMES[idx]).is_some();
        let was_on = before.get(idx).map(|byte| *byte == b'1');
        (was_on != Some(is_on)).then_some(is_on)
    });
    let change = move |now: Attributes| {
        let now = values(now);
        let [is_delete_enabled, is_write_enabled, is_read_enabled, is_list_enabled] =
            std::array::from_fn(|idx| wanted[idx].unwrap_or(now[idx]));
        Attributes { is_delete_enabled, is_write_enabled, is_read_enabled, is_list_enabled }
    };
    let request = content.request(visitor, "PATCH");
    let of = ChangeAttributes { place: content.place.clone(), repository, holder, request };
    let was_there = records::change(&visitor.ctx, of, change).await?;
    if was_there { Ok(()) } else { Err(Refusal::Gone) }
}
