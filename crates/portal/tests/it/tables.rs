//! Tables stay tables on narrow screens, where they are drawn as lists.

use std::fs;
use std::path::Path;

/// The elements of a table, and what each is for whoever hears it.
const ROLES: [(&str, &str); 6] = [
    ("table", "table"),
    ("thead", "rowgroup"),
    ("tbody", "rowgroup"),
    ("tr", "row"),
    ("th", "columnheader"),
    ("td", "cell"),
];

#[test]
fn every_element_of_a_table_says_its_role() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut met = [0; ROLES.len()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let html = fs::read_to_string(&path).unwrap();
        for tag in html.split('<').skip(1) {
            let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
            let Some(idx) = ROLES.iter().position(|(element, _)| *element == name) else {
                continue;
            };
            let expected = format!("{name} role=\"{}\"", ROLES[idx].1);
            assert!(tag.starts_with(&expected), "{}: <{tag}", path.display());
            met[idx] += 1;
        }
    }
    assert!(met.iter().all(|count| 10 < *count), "{met:?}");
}
