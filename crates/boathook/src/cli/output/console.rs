//! The two streams that a command writes to, and what it may show on them.

use std::io::{self, BufRead, BufReader, ErrorKind, IsTerminal, Write};

/// Where answers and complaints go.
pub(crate) struct Console<'a> {
    out: &'a mut (dyn Write + Send),
    err: &'a mut (dyn Write + Send),
    /// Where questions are answered, if somebody sits there.
    pub(crate) keyboard: Option<Box<dyn BufRead + Send>>,
    /// Answers go to a terminal, which shows colours.
    pub(crate) is_coloured: bool,
    /// Complaints go to a terminal, which shows progress.
    pub(crate) shows_progress: bool,
    /// Warnings are shown, and not only errors.
    pub(crate) shows_warnings: bool,
}

impl<'a> Console<'a> {
    /// Writes to the program's own streams, given by the caller; colours and progress only on a terminal.
    pub(crate) fn of_process(
        out: &'a mut (dyn Write + Send),
        err: &'a mut (dyn Write + Send),
    ) -> Self {
        let is_coloured = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let stdin = io::stdin();
        let is_manned = stdin.is_terminal();
        Self {
            out,
            err,
            keyboard: is_manned.then(|| Box::new(BufReader::new(stdin)) as Box<_>),
            is_coloured,
            shows_progress: io::stderr().is_terminal(),
            shows_warnings: true,
        }
    }

    /// Writes to buffers.
    pub(crate) fn of_buffers(
        out: &'a mut Vec<u8>,
        err: &'a mut Vec<u8>,
        is_coloured: bool,
    ) -> Self {
        Self { out, err, keyboard: None, is_coloured, shows_progress: false, shows_warnings: true }
    }

    /// Writes an answer. A reader that went away is no error: it has seen what it wanted.
    pub(crate) fn answer(&mut self, text: &str) -> io::Result<()> {
        self.is_read(text).map(|_| ())
    }

    /// Writes part of an answer that goes on, and says whether there is still a reader.
    pub(crate) fn is_read(&mut self, text: &str) -> io::Result<bool> {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        match written {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes a line for the person at the keyboard. Nobody can be told when this fails.
    pub(crate) fn say(&mut self, line: &str) {
        drop(writeln!(self.err, "{line}"));
    }

    /// Warns the person at the keyboard, unless they asked for errors only.
    pub(crate) fn warn(&mut self, warning: &str) {
        if self.shows_warnings {
            self.say(&format!("WARNING: {warning}"));
        }
    }

    /// Asks the person at the keyboard until the answer is yes or no; nobody there is no answer.
    pub(crate) fn ask(&mut self, question: &str) -> Option<bool> {
        let keyboard = self.keyboard.as_mut()?;
        loop {
            drop(write!(self.err, "{question} (y/n): ").and_then(|()| self.err.flush()));
            let mut line = String::new();
            match keyboard.read_line(&mut line) {
                // The end of what was typed is no consent.
                Ok(0) | Err(_) => return Some(false),
                Ok(_) => {}
            }
            match line.trim_end_matches(['\r', '\n']) {
                "y" | "Y" => return Some(true),
                "n" | "N" => return Some(false),
                _ => {}
            }
        }
    }

    /// Writes over the current line, without ending it.
    pub(crate) fn overwrite(&mut self, text: &str) {
        drop(write!(self.err, "\r\x1b[K{text}").and_then(|()| self.err.flush()));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn check(typed: Option<&str>, expected: Option<bool>, times: usize) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::of_buffers(&mut out, &mut err, false);
        console.keyboard = typed.map(|typed| Box::new(Cursor::new(typed.to_owned())) as Box<_>);
        assert_eq!(console.ask("Sure?"), expected, "{typed:?}");
        assert_eq!(String::from_utf8(err).unwrap(), "Sure? (y/n): ".repeat(times), "{typed:?}");
        assert!(out.is_empty(), "answers are for programs");
    }

    #[test]
    fn a_question_is_asked_until_it_is_answered() {
        check(Some("y\n"), Some(true), 1);
        check(Some("N\r\n"), Some(false), 1);
        check(Some("yes\n\nY\n"), Some(true), 3);
        check(Some(""), Some(false), 1);
        check(Some("perhaps"), Some(false), 2);
        check(None, None, 0);
    }
}
