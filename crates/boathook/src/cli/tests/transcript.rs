//! Transcripts: `$ az …`, what it printed, lines of standard error behind `! `, and its exit code.

/// One command and what `az` did.
pub(super) struct Case {
    pub(super) words: Vec<String>,
    pub(super) out: String,
    pub(super) err: String,
    pub(super) exit: u8,
}

/// Reads a transcript.
pub(super) fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(command) = line.strip_prefix("$ az ") {
            let words = words(command.trim_end());
            cases.push(Case { words, out: String::new(), err: String::new(), exit: 0 });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(complaint) = line.strip_prefix("! ") {
            case.err.push_str(complaint);
        } else if let Some(exit) = line.strip_prefix("[exit ") {
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
