//! Which unquoted text YAML 1.1 reads as something else than text.

/// Says whether a reader would take the unquoted text for a number, a date, a truth value or nothing.
pub(super) fn is_mistakable(text: &str) -> bool {
    is_word(text) || is_integer(text) || is_float(text) || is_timestamp(text)
}

fn is_word(text: &str) -> bool {
    const WORDS: [&str; 7] = ["yes", "no", "true", "false", "on", "off", "null"];
    const NUMBERS: [&str; 7] = [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", "~"];
    let is_spelt_as_usual = |word: &str| {
        let capitalized = [&word[..1].to_ascii_uppercase(), &word[1..]].concat();
        text == word || text == capitalized || text == word.to_ascii_uppercase()
    };
    WORDS.into_iter().any(is_spelt_as_usual)
        || NUMBERS.contains(&text)
        || matches!(text, "=" | "<<" | "+.inf" | "-.inf" | "+.Inf" | "-.Inf" | "+.INF" | "-.INF")
}

fn is_integer(text: &str) -> bool {
    let digits = unsigned(text);
    if let Some(bits) = digits.strip_prefix("0b") {
        return is_run(bits, |c| matches!(c, '0' | '1' | '_'));
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return is_run(hex, |c| c.is_ascii_hexdigit() || c == '_');
    }
    if let Some(octal) = digits.strip_prefix('0') {
        return octal.chars().all(|c| matches!(c, '0'..='7' | '_'));
    }
    let (head, sixties) =
        digits.split_once(':').map_or((digits, None), |(head, rest)| (head, Some(rest)));
    head.starts_with(|c: char| c.is_ascii_digit())
        && head.chars().all(is_digit)
        && sixties.is_none_or(|rest| rest.split(':').all(is_sixtieth))
}

fn is_float(text: &str) -> bool {
    let digits = unsigned(text);
    let Some((head, tail)) = digits.split_once('.') else { return false };
    let (fraction, exponent) =
        tail.find(['e', 'E']).map_or((tail, None), |at| (&tail[..at], Some(&tail[at + 1..])));
    let is_exponent = |exponent: &str| {
        exponent
            .strip_prefix(['-', '+'])
            .is_some_and(|digits| is_run(digits, |c| c.is_ascii_digit()))
    };
    if head.is_empty() {
        // Only a number without a sign may begin with its point.
        return text.starts_with('.')
            && fraction.starts_with(|c: char| c.is_ascii_digit())
            && fraction.chars().all(is_digit)
            && exponent.is_none_or(is_exponent);
    }
    let mut parts = head.split(':');
    let whole = parts.next().unwrap_or_default();
    let is_sixties = head.contains(':');
    whole.starts_with(|c: char| c.is_ascii_digit())
        && whole.chars().all(is_digit)
        && parts.all(is_sixtieth)
        && fraction.chars().all(is_digit)
        && if is_sixties { exponent.is_none() } else { exponent.is_none_or(is_exponent) }
}

/// Dates as `2026-11-22`, and times as `2026-11-22T13:51:01.98+00:00`.
fn is_timestamp(text: &str) -> bool {
    let Some((date, time)) = text.find(['T', 't', ' ', '\t']).map_or(Some((text, "")), |at| {
        let rest = &text[at..];
        let time = if rest.starts_with(['T', 't']) {
            &rest[1..]
        } else {
            rest.trim_start_matches([' ', '\t'])
        };
        (!time.is_empty()).then_some((&text[..at], time))
    }) else {
        return false;
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let is_number = |part: &str, least: usize| {
        (least..=2).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit())
    };
    if year.len() != 4 || !year.chars().all(|c| c.is_ascii_digit()) {
        return false;
    }
    if time.is_empty() {
        return is_number(month, 2) && is_number(day, 2);
    }
    is_number(month, 1) && is_number(day, 1) && is_time(time)
}

fn is_time(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(text.len());
    let (clock, rest) = text.split_at(end);
    let lengths: Vec<usize> = clock.split(':').map(str::len).collect();
    if !matches!(lengths[..], [1 | 2, 2, 2]) {
        return false;
    }
    let rest = rest
        .strip_prefix('.')
        .map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = rest.trim_start_matches([' ', '\t']);
    if zone.is_empty() {
        return rest.is_empty();
    }
    if zone == "Z" {
        return true;
    }
    let Some(offset) = zone.strip_prefix(['-', '+']) else { return false };
    let (hours, minutes) = offset.split_once(':').map_or((offset, None), |(h, m)| (h, Some(m)));
    matches!(hours.len(), 1 | 2)
        && hours.chars().all(|c| c.is_ascii_digit())
        && minutes.is_none_or(|m| m.len() == 2 && m.chars().all(|c| c.is_ascii_digit()))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || c == '_'
}

fn is_run(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(allowed)
}

/// A part of a number to the base of sixty, such as `59` in `1:59`.
fn is_sixtieth(part: &str) -> bool {
    match part.as_bytes() {
        [digit] | [b'0'..=b'5', digit] => digit.is_ascii_digit(),
        _ => false,
    }
}
