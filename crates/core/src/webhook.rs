//! What a webhook listens to.

use crate::event::{Action, Subject};
use crate::id::WebhookId;
use crate::scope::Scope;
use std::collections::{BTreeSet, HashMap};

/// Whether a webhook is sent anything but pings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Events are announced to it.
    Enabled,
    /// Nothing is.
    Disabled,
}

impl Status {
    /// ACR's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

/// Which events a webhook wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interest {
    /// The webhook.
    pub id: WebhookId,
    /// The actions that trigger it.
    pub actions: BTreeSet<Action>,
    /// What its events have to be about.
    pub scope: Scope,
}

impl Interest {
    /// Says whether the webhook is to hear of `subject`.
    pub fn wants(&self, subject: &Subject<'_>) -> bool {
        self.actions.contains(&subject.action)
            && self.scope.matches(subject.repository, subject.tags)
    }
}

/// The enabled webhooks of one place, arranged so that an event finds its few among many.
///
/// Scopes that name one repository are looked up; only those with a star in the repository, or none at all, are
/// compared one by one.
#[derive(Debug, Default)]
pub struct Audience {
    by_repository: HashMap<String, Vec<Interest>>,
    others: Vec<Interest>,
}

impl Audience {
    /// Arranges `interests`.
    pub fn new(interests: impl IntoIterator<Item = Interest>) -> Self {
        let mut audience = Self::default();
        for interest in interests {
            match interest.scope.filter() {
                Some(filter) if !filter.repository.contains('*') => {
                    audience
                        .by_repository
                        .entry(filter.repository.clone())
                        .or_default()
                        .push(interest);
                }
                _ => audience.others.push(interest),
            }
        }
        audience
    }

    /// The webhooks that are to hear of `subject`.
    pub fn of<'a>(&'a self, subject: &'a Subject<'a>) -> impl Iterator<Item = &'a WebhookId> {
        let named = self.by_repository.get(subject.repository).into_iter().flatten();
        named
            .chain(&self.others)
            .filter(|interest| interest.wants(subject))
            .map(|interest| &interest.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn interest(id: usize, actions: &[Action], scope: &str) -> Interest {
        let actions = actions.iter().copied().collect();
        Interest { id: WebhookId::new(id.to_string()), actions, scope: scope.parse().unwrap() }
    }

    #[test]
    fn only_the_actions_asked_for_are_heard() {
        let push = Subject { action: Action::Push, repository: "app", tags: &[] };
        assert!(interest(0, &[Action::Push, Action::Delete], "").wants(&push));
        assert!(!interest(0, &[Action::Delete], "").wants(&push));
    }

    proptest! {
        #[test]
        fn arranging_changes_nothing(
            scopes in proptest::collection::vec("(a|b|a/b|\\*|a\\*)(:(v|w|\\*))?|", 0..12),
            repository in "a|b|a/b|ab",
            tags in proptest::collection::vec("v|w|latest", 0..3),
        ) {
            let interests: Vec<_> =
                scopes.iter().enumerate().map(|(id, scope)| interest(id, &[Action::Push], scope)).collect();
            let subject = Subject { action: Action::Push, repository: &repository, tags: &tags };
            let mut expected: Vec<_> =
                interests.iter().filter(|interest| interest.wants(&subject)).map(|interest| interest.id.clone()).collect();
            let audience = Audience::new(interests);
            let mut found: Vec<_> = audience.of(&subject).cloned().collect();
            expected.sort();
            found.sort();
            prop_assert_eq!(found, expected);
        }
    }
}
