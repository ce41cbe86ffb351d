//! The parameters of a form, as OAuth2's faces read them (RFC 6749 appendix B).

use url::form_urlencoded;

/// The parameters that a form has a value for.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form.
    pub(crate) fn parse(form: &[u8]) -> Self {
        Self(form_urlencoded::parse(form).into_owned().collect())
    }

    /// Takes a parameter out. The last of several counts, and one without a value is as good as absent (RFC 6749 §3.2).
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let (_, value) = self.0.iter_mut().rev().find(|(own, _)| own == name)?;
        Some(std::mem::take(value)).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_counts_and_an_empty_one_is_none() {
        let mut form = Form::parse(b"a=1&b=x+y%26&a=2&c=1&c=");
        assert_eq!(form.take("a").as_deref(), Some("2"));
        assert_eq!(form.take("b").as_deref(), Some("x y&"));
        assert_eq!(form.take("c"), None);
        assert_eq!(form.take("d"), None);
    }
}
