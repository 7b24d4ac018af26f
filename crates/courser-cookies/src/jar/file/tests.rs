//! Jars that are written and read.

// clippy allows these in the tests themselves, not in what they share.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::*;
use crate::{Policy, Site};
use proptest::prelude::*;

const FORMATS: &[Format] = &[
    Format::Netscape,
    #[cfg(feature = "json")]
    Format::Json,
];

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1000)
}

fn jar(lines: &[&str]) -> Jar {
    let jar = Jar::new().with_clock(now);
    for line in lines {
        jar.set_cookie(
            &Site::new(true, "www.example.com", "/a/b"),
            line,
            &Policy::Default,
        );
    }
    jar
}

fn text(jar: &Jar, format: Format) -> String {
    let bytes = jar.to_bytes(format).unwrap();
    bytes.into_iter().map(char::from).collect()
}

/// An empty folder of the test's own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("courser-cookies-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const LINES: [&str; 5] = [
    "host=1",
    "domain=2; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=Lax",
    "ends=3; Max-Age=500",
    "nameless",
    "q=\"\u{e9} = \"",
];

#[test]
fn cookies_txt_is_as_others_write_it() {
    let expected = "# Netscape HTTP Cookie File\n# Written by courser-cookies.\n\n\
        www.example.com\tFALSE\t/a\tFALSE\t0\thost\t1\n\
        #HttpOnly_.example.com\tTRUE\t/\tTRUE\t0\tdomain\t2\n\
        www.example.com\tFALSE\t/a\tFALSE\t1500\tends\t3\n\
        www.example.com\tFALSE\t/a\tFALSE\t0\t\tnameless\n\
        www.example.com\tFALSE\t/a\tFALSE\t0\tq\t\"\u{e9} = \"\n";
    assert_eq!(text(&jar(&LINES), Format::Netscape), expected);
}

#[test]
fn jars_come_back() {
    for format in FORMATS {
        let written = jar(&LINES);
        let read = jar(&["host=old", "other=1"]);
        read.add_bytes(&written.to_bytes(*format).unwrap(), *format)
            .unwrap();
        let mut cookies = read.get_cookies();
        assert_eq!(cookies.remove(1).name, "other");
        let mut expected = written.get_cookies();
        if *format == Format::Netscape {
            expected[1].same_site = None;
        }
        assert_eq!(cookies, expected, "{format:?}");
    }
}

#[test]
fn what_others_write_is_read() {
    let read = jar(&[]);
    let file = "# a comment\r\n\r\n.example.com\tTRUE\t/\tFALSE\t2000.5\ta\tb c\r\n\
        example.com\tFALSE\t/\tTRUE\t0\tempty\n\
        old.example.com\tFALSE\t/\tTRUE\t999\tended\t1\n";
    read.add_bytes(file.as_bytes(), Format::Netscape).unwrap();
    let names: Vec<_> = read
        .get_cookies()
        .into_iter()
        .map(|c| (c.name, c.value, c.host_only))
        .collect();
    let expected = [("a", "b c", false), ("empty", "", true)];
    assert_eq!(
        names,
        expected.map(|(name, value, host)| (name.into(), value.into(), host))
    );
}

#[test]
fn what_is_wrong_is_told_and_nothing_is_added() {
    fn check(format: Format, text: &str, says: &str) {
        let read = jar(&[]);
        let error = read.add_bytes(text.as_bytes(), format).unwrap_err();
        assert!(
            error.to_string().contains(says) && read.is_empty(),
            "{error}"
        );
        assert!(
            !format!("{error} {error:?}").contains("s3cret"),
            "{error:?}"
        );
    }
    let good = "e.com\tFALSE\t/\tTRUE\t0\ta\t1\n";
    let line = |line: &str| format!("{good}{line}\n");
    for wrong in [
        "s3cret",
        "e.com\tYES\t/\tTRUE\t0\ta\ts3cret",
        "e.com\tTRUE\t/\tTRUE\tx\ta\ts3cret",
    ] {
        check(Format::Netscape, &line(wrong), "line 2 of cookies.txt");
    }
    let suffix = line("co.uk\tTRUE\t/\tTRUE\t0\ta\ts3cret");
    check(Format::Netscape, &suffix, "public suffix");
    check(
        Format::Netscape,
        &line("\tTRUE\t/\tTRUE\t0\ta\ts3cret"),
        "no domain",
    );
    #[cfg(feature = "json")]
    for wrong in [
        "",
        "{}",
        r#"[{"name": "a"}]"#,
        r#"[{"name": "a", "value": 5, "domain": "e.com", "path": "/"}]"#,
    ] {
        check(Format::Json, wrong, "no JSON of cookies");
    }
}

// SECURITY 18.
#[test]
fn a_value_writes_no_lines_of_its_own() {
    let jar = jar(&[
        "a=1\tx",
        "b\t=2",
        "c=3; Path=/\tx",
        "d=%0d%0aevil.com%09TRUE",
    ]);
    let mut own = Cookie::new("e", "\tTRUE\t/\tFALSE\t0\tf\tg");
    own.domain = Some("example.com".into());
    jar.add_cookie(own).unwrap();
    let text = text(&jar, Format::Netscape);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    // A tab at the end of a name is no part of it.
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[0].ends_with("\tb\t2") && lines[1].ends_with("\td\t%0d%0aevil.com%09TRUE"),
        "{text}"
    );
    // Nor is anything decoded on its way back.
    let header = jar
        .header(
            &Site::new(true, "www.example.com", "/a/x"),
            &Policy::Default,
        )
        .unwrap();
    assert!(header.to_str().unwrap().contains("d=%0d%0aevil.com%09TRUE"));
}

#[test]
fn files_are_replaced_whole() {
    let folder = Folder::new("whole");
    let path = folder.0.join("cookies.txt");
    fs::write(&path, "old").unwrap();
    for format in FORMATS {
        jar(&LINES).save(&path, *format).unwrap();
        let read = jar(&[]);
        read.load(&path, *format).unwrap();
        assert_eq!(read.get_cookies().len(), LINES.len());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else may read it");
        let link = folder.0.join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        jar(&["one=1"]).save(&link, Format::Netscape).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&path).unwrap().contains("one"));
    }
    let files = |folder: &Folder| fs::read_dir(&folder.0).unwrap().count();
    let before = files(&folder);
    // A folder stands in the way, so that putting the file there fails.
    let taken = folder.0.join("taken");
    fs::create_dir_all(taken.join("x")).unwrap();
    assert!(matches!(
        jar(&LINES).save(&taken, Format::Netscape),
        Err(FileError::Io(_))
    ));
    assert_eq!(files(&folder), before + 1, "nothing is left behind");
    assert!(matches!(
        jar(&[]).load(folder.0.join("none"), Format::Netscape),
        Err(FileError::Io(_))
    ));
}

proptest! {
    #[test]
    fn any_file_is_survived(bytes in "([a-z.#]{0,5}|[\t\n\r]|TRUE|FALSE|/|[0-9]{1,25}|#HttpOnly_){0,60}") {
        let _ = jar(&[]).add_bytes(bytes.as_bytes(), Format::Netscape);
    }

    #[test]
    fn any_cookie_comes_back(line in "[!-:<>-~\u{e9}]{1,9}=[!-:<-~\u{e9}]{0,9}(; (Secure|Path=/[a-z]?|Max-Age=[1-9]0|Domain=example\\.com)){0,3}") {
        for format in FORMATS {
            let written = jar(&[&line]);
            let read = jar(&[]);
            read.add_bytes(&written.to_bytes(*format).unwrap(), *format).unwrap();
            prop_assert_eq!(read.get_cookies(), written.get_cookies());
        }
    }
}
