//! Browsers by the names that people know, as far as they say themselves which they are.

/// A browser, and what it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) browser: &'static str,
    pub(crate) system: &'static str,
}

/// What a `User-Agent` has in it, and whose it is. Most browsers name those before them, and so the later ones come first.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

/// The same of systems.
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Mac OS X", "macOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// Says which browser it is, where that can be told.
pub(crate) fn known(agent: &str) -> Option<Known> {
    let find = |all: &[(&str, &'static str)]| {
        all.iter().find(|(has, _)| agent.contains(has)).map(|(_, name)| *name)
    };
    let agent_of_browser = agent.starts_with("Mozilla/5.0 (");
    let (browser, system) = (find(&BROWSERS)?, find(&SYSTEMS)?);
    agent_of_browser.then_some(Known { browser, system })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(agent: &str, expected: Option<(&str, &str)>) {
        let found = known(agent).map(|Known { browser, system }| (browser, system));
        assert_eq!(found, expected, "{agent}");
    }

    #[test]
    fn a_browser_is_known_by_what_it_says_of_itself() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (agent, browser, system) in [
            ("X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
            (
                &*format!("Windows NT 10.0; Win64; x64) {webkit} Chrome/140.0.0.0 Safari/537.36"),
                "Chrome",
                "Windows",
            ),
            (
                &*format!("Windows NT 10.0) {webkit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"),
                "Edge",
                "Windows",
            ),
            (
                &*format!("Linux; Android 10; K) {webkit} Chrome/140.0.0.0 Mobile Safari/537.36"),
                "Chrome",
                "Android",
            ),
            (
                "Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
                "Safari",
                "macOS",
            ),
            (
                "iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Safari/604.1",
                "Chrome",
                "iOS",
            ),
        ] {
            check(&format!("Mozilla/5.0 ({agent}"), Some((browser, system)));
        }
    }

    #[test]
    fn what_is_no_browser_is_shown_as_it_is() {
        for agent in ["", "curl/8.14.1", "Firefox/1 Linux", "Mozilla/5.0 (Linux) Unknown/1"] {
            check(agent, None);
        }
    }
}
