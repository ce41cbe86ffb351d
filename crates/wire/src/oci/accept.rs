//! Whether a client takes content of some type (RFC 9110 §12.5.1).

/// Says whether `Accept` headers take `media_type`, written in lower case. No header, or empty ones, take everything.
///
/// The most specific range that covers the type decides, so that `a/b;q=0, */*` takes everything but `a/b`. Parameters
/// other than `q` make no difference: the types of manifests have none.
pub fn accepts<'a>(headers: impl IntoIterator<Item = &'a str>, media_type: &str) -> bool {
    let ranges = headers
        .into_iter()
        .flat_map(|header| header.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty());
    let mut is_any_named = false;
    let mut best = None;
    for range in ranges {
        is_any_named = true;
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let is_refused = parts.any(is_zero_weight);
        if let Some(specificity) = specificity(name, media_type) {
            // Of two ranges that are equally specific, one that takes the type is enough.
            best = best.max(Some((specificity, !is_refused)));
        }
    }
    best.map_or(!is_any_named, |(_, is_taken)| is_taken)
}

/// How closely a range names a type that it covers.
fn specificity(range: &str, media_type: &str) -> Option<u8> {
    if range.eq_ignore_ascii_case(media_type) {
        return Some(2);
    }
    if range == "*/*" {
        return Some(0);
    }
    let family = range.strip_suffix("/*")?;
    let (own_family, _) = media_type.split_once('/')?;
    family.eq_ignore_ascii_case(own_family).then_some(1)
}

/// `q=0`, with any number of zeros after the point.
fn is_zero_weight(parameter: &str) -> bool {
    let Some((name, weight)) = parameter.split_once('=') else { return false };
    name.trim().eq_ignore_ascii_case("q") && weight.trim().parse::<f32>() == Ok(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

    #[track_caller]
    fn check(headers: &[&str], expected: bool) {
        assert_eq!(accepts(headers.iter().copied(), OCI), expected, "{headers:?}");
    }

    #[test]
    fn ranges_cover_types() {
        check(&[], true);
        check(&[""], true);
        check(&["*/*"], true);
        check(&["application/*"], true);
        check(&["APPLICATION/*"], true);
        check(&[OCI], true);
        check(&["application/vnd.OCI.image.manifest.v1+json"], true);
        check(&["text/html, application/vnd.oci.image.manifest.v1+json;q=0.5"], true);
        check(&["text/html", OCI], true);
        check(&["text/html"], false);
        check(&["text/*, image/png"], false);
        check(&["application/json"], false);
        check(&["garbage", ";;,,"], false);
    }

    #[test]
    fn weight_zero_refuses_and_the_closest_range_decides() {
        check(&["application/vnd.oci.image.manifest.v1+json;q=0, */*"], false);
        check(&["application/vnd.oci.image.manifest.v1+json; Q = 0.000", "*/*"], false);
        check(&["*/*;q=0"], false);
        check(&["*/*;q=0", OCI], true);
        check(&["application/*;q=0, */*"], false);
        check(&["*/*;q=0.001"], true);
        check(&["*/*;q=nonsense"], true);
    }

    proptest! {
        #[test]
        fn reading_never_panics(header in "\\PC*") {
            accepts([header.as_str()], OCI);
        }
    }
}
