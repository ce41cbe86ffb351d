//! Transcripts: `$ az …`, what it printed, and its exit code.
//!
//! Lines of standard error stand behind `! `, questions behind `? `, what was typed behind `< `, and what the server
//! was asked to change behind `> `. A percent sign before `[exit …]` stands for a newline that is not there.

/// One command and what `az` did.
#[derive(Default)]
pub(super) struct Case {
    pub(super) words: Vec<String>,
    pub(super) out: String,
    pub(super) err: String,
    pub(super) exit: u8,
    /// What is typed when a question is asked.
    pub(super) typed: String,
    /// Requests that are no reads, each as `METHOD path body`.
    pub(super) sent: Vec<String>,
}

/// Reads a transcript.
pub(super) fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(command) = line.strip_prefix("$ az ") {
            let words = words(command.trim_end());
            cases.push(Case { words, ..Case::default() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(complaint) = line.strip_prefix("! ") {
            case.err.push_str(complaint);
        } else if let Some(question) = line.strip_prefix("? ") {
            // A question has no newline of its own, unless it has two lines.
            let between = if case.err.is_empty() { "" } else { "\n" };
            case.err.push_str(between);
            case.err.push_str(question.trim_end_matches('\n'));
        } else if let Some(typed) = line.strip_prefix("< ") {
            case.typed.push_str(typed);
        } else if let Some(sent) = line.strip_prefix("> ") {
            case.sent.push(sent.trim_end().to_owned());
        } else if let Some(exit) = line.strip_prefix("[exit ") {
            // A percent sign shows that what was printed has no newline at its end.
            if case.out.ends_with("%\n") {
                case.out.truncate(case.out.len() - 2);
            }
            case.exit = exit.trim_end().trim_end_matches(']').parse().unwrap();
        } else {
            case.out.push_str(line);
        }
    }
    cases
}

/// Splits a command as a shell does, as far as these transcripts need it.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
