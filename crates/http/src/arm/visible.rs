//! Pages of lists that not everybody may see all of.

use std::ops::ControlFlow;

/// The rows of a page that are shown. The link to the next page begins behind the last of them, so that nobody reads there
/// the name of something that they may not look at.
pub(super) struct Visible<T> {
    pub(super) rows: Vec<T>,
    page_max: usize,
}

impl<T> Visible<T> {
    /// A page of at most so many rows.
    pub(super) fn new(page_max: u32) -> Self {
        let page_max = usize::try_from(page_max).expect("it fits in memory");
        Self { rows: Vec::new(), page_max }
    }

    /// Takes what is shown of a page of what there is. Breaks with what the next page begins behind, if there is one;
    /// goes on with what is to be looked at next.
    pub(super) fn take<A>(
        &mut self,
        found: Vec<T>,
        key: impl Fn(&T) -> A,
        is_shown: impl Fn(&T) -> bool,
    ) -> ControlFlow<Option<A>, Option<A>> {
        let is_last = found.len() < self.page_max;
        let after = found.last().map(&key);
        let room = self.page_max - self.rows.len();
        self.rows.extend(found.into_iter().filter(is_shown).take(room));
        if self.rows.len() == self.page_max {
            ControlFlow::Break(self.rows.last().map(key))
        } else if is_last {
            ControlFlow::Break(None)
        } else {
            ControlFlow::Continue(after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a list of numbers of which those are shown that can be divided by `by`, page by page.
    fn check(count: u32, by: u32, page_max: u32, expected: &[&[u32]]) {
        let (mut pages, mut next) = (Vec::new(), None);
        loop {
            let mut page = Visible::new(page_max);
            let mut after = next;
            next = loop {
                let from = after.map_or(0, |after| after + 1);
                let found = (from..count).take(usize::try_from(page_max).unwrap()).collect();
                match page.take(found, |number| *number, |number| number % by == 0) {
                    ControlFlow::Break(next) => break next,
                    ControlFlow::Continue(last) => after = last,
                }
            };
            assert!(next.is_none_or(|next| next % by == 0), "a link tells of {next:?}");
            pages.push(page.rows);
            if next.is_none() {
                break;
            }
        }
        assert_eq!(pages, expected, "{count} {by} {page_max}");
    }

    #[test]
    fn every_row_that_is_shown_is_on_one_page_and_no_link_tells_of_another() {
        check(0, 1, 2, &[&[]]);
        check(3, 1, 2, &[&[0, 1], &[2]]);
        check(4, 1, 2, &[&[0, 1], &[2, 3], &[]]);
        check(9, 4, 2, &[&[0, 4], &[8]]);
        check(20, 10, 3, &[&[0, 10]]);
        check(7, 100, 3, &[&[0]]);
    }
}
