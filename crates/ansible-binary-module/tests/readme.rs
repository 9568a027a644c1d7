//! The README says nothing that is not held by something.

#![allow(clippy::unwrap_used)] // What fails here fails the test.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_complete_module_is_the_example_that_is_built() {
    let readme = read("README.md");
    let example = read("examples/greet.rs");
    let shown = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(example.contains(shown.trim()), "{shown}");
}

#[test]
fn every_row_of_what_is_supported_names_a_test_that_there_is() {
    let readme = read("README.md");
    let rows = readme.lines().skip_while(|line| !line.starts_with("| `AnsibleModule` |")).skip(2);
    let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 20, "{rows:#?}");
    let tests = sources(Path::new(env!("CARGO_MANIFEST_DIR")));
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, _, _, here, named, _] = cells[..] else { panic!("{row}") };
        // What is not supported needs no test.
        assert!(here.starts_with("no") || !named.is_empty(), "{row}");
        for name in named.split(", ").filter(|name| !name.is_empty()) {
            let test = format!("#[test] fn {}() {{", name.trim_matches('`'));
            assert!(tests.contains(&test), "{name} is no test");
        }
    }
}

/// All Rust of the crate, with one space between any two words.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in ["src", "tests"].iter().flat_map(|part| walk(&folder.join(part))) {
        all += &fs::read_to_string(entry).unwrap();
    }
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: std::path::PathBuf| if path.is_dir() { walk(&path) } else { vec![path] };
    entries.flat_map(below).filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}
