//! How much of what others have written a page has room for, so that it stays small whatever they write.

/// The room that is left, in bytes of HTML.
pub(crate) struct Room(usize);

impl Room {
    /// So much room.
    pub(crate) fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// How much is left.
    pub(crate) fn left(&self) -> usize {
        self.0
    }

    /// Takes room for a part of the page, so many bytes at most.
    pub(crate) fn part(&mut self, bytes_max: usize) -> Self {
        let bytes = bytes_max.min(self.0);
        self.0 -= bytes;
        Self(bytes)
    }

    /// Gets back what a part has not needed.
    pub(crate) fn give_back(&mut self, Self(left): Self) {
        self.0 += left;
    }

    /// Takes room for something that has so many bytes in HTML; `false` where there is not enough.
    pub(crate) fn fits(&mut self, bytes: usize) -> bool {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }

    /// As many of some rows as there is room for, but one at least.
    pub(crate) fn rows<T>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
        bytes: impl Fn(&T) -> usize,
    ) -> Vec<T> {
        let fits = |(idx, row): &(usize, T)| self.fits(bytes(row)) || *idx == 0;
        rows.into_iter().enumerate().take_while(fits).map(|(_, row)| row).collect()
    }

    /// Takes room for the beginning of a text: all of it, or as much as there is room for, and a mark that it goes on.
    pub(crate) fn beginning(&mut self, text: &str) -> String {
        let all = escaped(text);
        if self.fits(all) {
            return text.to_owned();
        }
        let (end, bytes) = fitting(text, self.0.saturating_sub(MARK.len()));
        self.0 = self.0.saturating_sub(bytes + MARK.len());
        format!("{}{MARK}", &text[..end])
    }
}

/// What stands where a text goes on.
const MARK: &str = "…";

/// How many bytes a text has in HTML.
pub(crate) fn escaped(text: &str) -> usize {
    text.chars().map(escaped_char).sum()
}

/// The beginning of a text that has at most so many bytes in HTML.
pub(crate) fn cut(text: &str, bytes_max: usize) -> String {
    Room::new(bytes_max).beginning(text)
}

/// Where the longest beginning of a text ends that has at most so many bytes in HTML, and how many it has.
fn fitting(text: &str, bytes_max: usize) -> (usize, usize) {
    let mut bytes = 0;
    for (idx, char) in text.char_indices() {
        let after = bytes + escaped_char(char);
        if bytes_max < after {
            return (idx, bytes);
        }
        bytes = after;
    }
    (text.len(), bytes)
}

/// Templates write these five as `&#38;` and their kin.
fn escaped_char(char: char) -> usize {
    match char {
        '"' | '&' | '\'' | '<' | '>' => 5,
        other => other.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use askama::Template;

    #[derive(Template)]
    #[template(source = "{{ text }}", ext = "html")]
    struct Bare<'a> {
        text: &'a str,
    }

    #[test]
    fn a_text_is_counted_as_templates_write_it() {
        for text in ["", "plain", "<a href=\"b\">'&'</a>", "ä字🚢", "\u{0}\u{7f}\r\n\t"] {
            assert_eq!(escaped(text), Bare { text }.render().unwrap().len(), "{text:?}");
        }
    }

    #[test]
    fn as_much_is_shown_as_there_is_room_for() {
        for (text, bytes, expected, left) in [
            ("abc", 3, "abc", 0),
            ("abc", 4, "abc", 1),
            ("abc", 2, "…", 0),
            ("abcde", 4, "a…", 0),
            ("ab\"c", 7, "ab…", 2),
            ("a\"bcde", 9, "a\"…", 0),
            ("字", 2, "…", 0),
            ("", 0, "", 0),
        ] {
            let mut room = Room::new(bytes);
            assert_eq!((room.beginning(text).as_str(), room.left()), (expected, left), "{text:?}");
        }
    }

    #[test]
    fn a_page_has_as_many_rows_as_fit_and_one_at_least() {
        for (bytes, expected) in [(0, 1), (3, 1), (4, 1), (5, 2), (9, 3), (99, 3)] {
            let rows = Room::new(bytes).rows([3, 2, 4], |row| *row);
            assert_eq!(rows.len(), expected, "{bytes}");
        }
    }

    #[test]
    fn what_does_not_fit_takes_nothing() {
        let mut room = Room::new(10);
        assert!(room.fits(4) && !room.fits(7) && room.fits(6) && !room.fits(1));
    }
}
