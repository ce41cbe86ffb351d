use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use tar::{Builder, Header};

const YAML: &str = "apiVersion: v2\nname: hello\nversion: 1.2.3\n";
const FILE: &str = "hello-1.2.3.tgz";

/// An archive made entry by entry, paths as they are given.
struct Made(Builder<GzEncoder<Vec<u8>>>);

impl Made {
    fn new() -> Self {
        Self(Builder::new(GzEncoder::new(Vec::new(), Compression::fast())))
    }

    fn chart() -> Self {
        Self::new().file("hello/Chart.yaml", YAML.as_bytes())
    }

    fn entry(mut self, kind: EntryType, path: &str, content: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // Past the library's own checks, as an attacker would.
        let name = &mut header.as_gnu_mut().unwrap().name;
        name[..path.len()].copy_from_slice(path.as_bytes());
        if kind == EntryType::Symlink || kind == EntryType::Link {
            header.as_gnu_mut().unwrap().linkname[..11].copy_from_slice(b"/etc/passwd");
        }
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    fn file(self, path: &str, content: &[u8]) -> Self {
        self.entry(EntryType::Regular, path, content)
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap().finish().unwrap()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    check_as(FILE, bytes, Limits::default(), expected);
}

/// An expected text that is empty means that the archive is taken.
#[track_caller]
fn check_as(file: &str, bytes: &[u8], limits: Limits, expected: &str) {
    match read(file, bytes, limits).unwrap() {
        Ok(metadata) => assert_eq!("", expected, "{metadata:?}"),
        Err(error) => {
            let message = error.to_string();
            assert!(!expected.is_empty() && message.contains(expected), "{message}");
        }
    }
}

#[test]
fn what_helm_packages_is_taken() {
    check(&Made::chart().bytes(), "");
    let whole = Made::new()
        .entry(EntryType::Directory, "hello/", b"")
        .file("./hello/Chart.yaml", YAML.as_bytes())
        .file("hello/templates/a.yaml", b"a: 1")
        .file("hello/charts/sub/Chart.yaml", b"not looked at");
    check(&whole.bytes(), "");
    check(&Made::new().file("hello\\Chart.yaml", YAML.as_bytes()).bytes(), "");
}

#[test]
fn texts_for_people_are_kept_as_far_as_they_may_be() {
    let most = "x".repeat(TEXT_BYTES_MAX);
    let more = format!("{most}y");
    let kept = |made: Made| texts(FILE, &made.bytes()[..], Limits::default()).unwrap();
    assert_eq!(kept(Made::chart()), Ok(Texts::default()));
    let made = Made::chart()
        .file("hello/values.yaml", most.as_bytes())
        .file("hello/README.md", more.as_bytes())
        .file("hello/charts/sub/README.md", b"another's")
        .file("hello/templates/values.yaml", b"another's");
    let text = |is_cut| Some(Text { text: most.clone(), is_cut });
    assert_eq!(kept(made), Ok(Texts { values: text(false), readme: text(true) }));
    let broken = kept(Made::chart().file("hello/README.md", b"a\xffb")).unwrap();
    assert_eq!(broken.readme.unwrap().text, "a\u{fffd}b");
    // What would not be taken is not shown.
    let outside = Made::chart().file("hello/README.md", b"x").file("../a", b"x");
    assert!(matches!(kept(outside), Err(InvalidArchive::Path(_))));
    let link = Made::chart().entry(EntryType::Symlink, "hello/README.md", b"");
    assert!(matches!(kept(link), Err(InvalidArchive::Kind(_))));
}

#[test]
fn long_paths_are_read_in_both_forms() {
    let path = format!("hello/{}/x.yaml", "d".repeat(150));
    check(
        &Made::chart()
            .entry(EntryType::GNULongName, "././@LongLink", path.as_bytes())
            .file("cut", b"x")
            .bytes(),
        "",
    );
    let record = format!(" path={path}\n");
    let record = format!("{}{record}", record.len() + 3);
    check(
        &Made::chart()
            .entry(EntryType::XHeader, "PaxHeaders/x", record.as_bytes())
            .file("cut", b"x")
            .bytes(),
        "",
    );
    // What hides in a description is seen.
    let record = "15 path=../../a\n";
    let record = format!("{}{}", record.len(), &record[2..]);
    check(
        &Made::chart()
            .entry(EntryType::XHeader, "x", record.as_bytes())
            .file("hello/a", b"x")
            .bytes(),
        "lead into",
    );
    let absolute =
        Made::chart().entry(EntryType::GNULongName, "x", b"/etc/passwd\0").file("hello/a", b"x");
    check(&absolute.bytes(), "`/etc/passwd`");
}

#[test]
fn descriptions_that_change_a_files_bytes_are_refused() {
    for (record, key) in [
        ("12 size=512\n", "`size`"),
        ("22 GNU.sparse.major=1\n", "`GNU.sparse.major`"),
        ("27 GNU.sparse.name=hello/a\n", "`GNU.sparse.name`"),
    ] {
        for kind in [EntryType::XHeader, EntryType::XGlobalHeader] {
            let chart = Made::chart().entry(kind, "x", record.as_bytes()).file("hello/a", b"x");
            check(&chart.bytes(), key);
        }
    }
    let time = Made::chart().entry(EntryType::XHeader, "x", b"20 mtime=1700000000\n");
    check(&time.file("hello/a", b"x").bytes(), "");
}

#[test]
fn what_leads_out_is_refused() {
    for path in [
        "/hello/a",
        "hello/../../a",
        "../a",
        "hello/..",
        "..\\a",
        "C:/a",
        "c:a",
        "\\\\host\\a",
        "Chart.yaml",
        "a",
    ] {
        check(&Made::chart().file(path, b"x").bytes(), "lead into");
    }
}

#[test]
fn links_and_devices_are_refused() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::GNUSparse,
    ] {
        check(&Made::chart().entry(kind, "hello/a", b"").bytes(), "is a link, a device");
    }
}

#[test]
fn what_is_no_archive_is_refused() {
    let chart = Made::chart().bytes();
    check(b"", "gzip");
    check(b"PK\x03\x04 a zip", "gzip");
    check(&chart[..chart.len() / 2], "gzip");
    check(&[&chart[..], b"garbage"].concat(), "gzip");
    check(
        &gzip(b"not a tar archive, but long enough to be one if it were anything like it"),
        "gzip",
    );
    let mut behind = Vec::new();
    MultiGzDecoder::new(&chart[..]).read_to_end(&mut behind).unwrap();
    behind.extend_from_slice(b"behind");
    check(&gzip(&behind), "behind its end");
    let mut flipped = chart.clone();
    let last = flipped.len() - 5;
    flipped[last] ^= 1;
    check(&flipped, "gzip");
    check(&gzip(&[0; 2048]), "no `Chart.yaml`");
}

#[test]
fn what_expands_without_end_is_refused_with_little_memory() {
    let mebibyte = vec![0; 1024 * 1024];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..=EXPANDED_BYTES_MAX / mebibyte.len() as u64 {
        encoder.write_all(&mebibyte).unwrap();
    }
    let zeros = encoder.finish().unwrap();
    assert!(zeros.len() < 1024 * 1024, "the bomb is small: {}", zeros.len());
    check(&zeros, "expands to more than");
    // A header that promises ten gibibytes, with none behind it.
    let mut header = Header::new_gnu();
    header.set_path("hello/Chart.yaml").unwrap();
    header.set_size(10 * 1024 * 1024 * 1024);
    header.set_cksum();
    check(&gzip(header.as_bytes()), "Helm reads no such file");
}

#[test]
fn every_limit_is_met() {
    let mut expanded = Vec::new();
    MultiGzDecoder::new(&Made::chart().bytes()[..]).read_to_end(&mut expanded).unwrap();
    let size = expanded.len() as u64;
    let limits = |expanded_bytes, entries| Limits { expanded_bytes, entries };
    check_as(FILE, &Made::chart().bytes(), limits(size, 1), "");
    check_as(FILE, &Made::chart().bytes(), limits(size - 1, 1), "expands to more");
    check_as(
        FILE,
        &Made::chart().file("hello/a", b"").bytes(),
        limits(1 << 20, 1),
        "files and folders",
    );
    let yaml = |len: usize| format!("{YAML}#{}", "x".repeat(len - YAML.len() - 1));
    let of = |len| Made::new().file("hello/Chart.yaml", yaml(len).as_bytes()).bytes();
    check(&of(CHART_YAML_BYTES_MAX), "");
    check(&of(CHART_YAML_BYTES_MAX + 1), "`Chart.yaml` has more than");
    let file = |len| Made::chart().file("hello/a", &vec![b'x'; len]).bytes();
    let file_bytes_max = usize::try_from(FILE_BYTES_MAX).unwrap();
    check(&file(file_bytes_max), "");
    check(&file(file_bytes_max + 1), "`hello/a` in the chart has more than");
    let long = |len: usize| {
        let path = format!("hello/{}", "p".repeat(len - 6));
        Made::chart().entry(EntryType::GNULongName, "x", path.as_bytes()).file("cut", b"").bytes()
    };
    check(&long(PATH_BYTES_MAX), "");
    check(&long(PATH_BYTES_MAX + 1), "a path in the chart");
    check(&long(1024 * 1024), "a path in the chart");
}

#[test]
fn names_have_to_agree() {
    check_as(
        "hello-1.2.4.tgz",
        &Made::chart().bytes(),
        Limits::default(),
        "has to be called `hello-1.2.3.tgz`",
    );
    check_as(
        "other-1.2.3.tgz",
        &Made::chart().bytes(),
        Limits::default(),
        "has to be called `hello-1.2.3.tgz`",
    );
    check(&Made::new().file("other/Chart.yaml", YAML.as_bytes()).bytes(), "folder is `other`");
    check(&Made::new().file("hello/chart.yaml", YAML.as_bytes()).bytes(), "no `Chart.yaml`");
    check(&Made::new().file("hello/Chart.yaml", b"name: hello").bytes(), "no `apiVersion`");
    let plus = Made::new()
        .file("hello/Chart.yaml", b"apiVersion: v1\nname: hello\nversion: 1.0.0+b\n")
        .bytes();
    check_as("hello-1.0.0+b.tgz", &plus, Limits::default(), "");
    check_as("hello-1.0.0_b.tgz", &plus, Limits::default(), "has to be called");
}

#[test]
fn a_disk_that_fails_is_no_fault_of_the_chart() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let chart = Made::chart().bytes();
    let failed = read(FILE, (&chart[..chart.len() / 2]).chain(Failing), Limits::default());
    assert_eq!(failed.unwrap_err().to_string(), "the disk is gone");
}

#[test]
fn damage_anywhere_never_panics() {
    let chart = Made::chart().file("hello/values.yaml", b"a: 1").bytes();
    let mut expanded = Vec::new();
    MultiGzDecoder::new(&chart[..]).read_to_end(&mut expanded).unwrap();
    for idx in 0..1_536 {
        for value in [0, b'7', b'x', 0xff] {
            let mut damaged = expanded.clone();
            damaged[idx] = value;
            let _ = read(FILE, &gzip(&damaged)[..], Limits::default()).unwrap();
        }
    }
    for idx in 0..chart.len() {
        let mut damaged = chart.clone();
        damaged[idx] ^= 0x55;
        let _ = read(FILE, &damaged[..], Limits::default()).unwrap();
    }
}
