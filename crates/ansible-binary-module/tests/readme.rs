//! Tests keep the statements of the README true.

#![allow(clippy::unwrap_used)] // A failure here fails the test.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_complete_modules_are_the_examples_that_are_built() {
    let readme = read("README.md");
    let shown: Vec<&str> =
        readme.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::trim).collect();
    for (index, example) in ["examples/greet.rs", "examples/line_in_file.rs"].into_iter().enumerate() {
        let example = read(example);
        // All but the comment at its head and the tests at its end.
        let (_, module) = example.split_once('\n').unwrap();
        let module = module.split("#[cfg(test)]").next().unwrap();
        assert_eq!(shown[index], module.trim());
        assert!(shown[index].lines().count() < 110, "{}", shown[index].lines().count());
    }
}

#[test]
fn the_dependencies_of_the_readme_are_the_workspace_ones() {
    let readme = read("README.md");
    let workspace = read("../../Cargo.toml");
    for name in ["schemars", "serde"] {
        let line = |text: &str| text.lines().find(|line| line.starts_with(&format!("{name} = "))).map(str::to_owned);
        assert!(line(&readme).is_some());
        assert_eq!(line(&readme), line(&workspace));
    }
}

#[test]
fn every_supported_row_names_an_existing_test() {
    let readme = read("README.md");
    let rows = readme.lines().skip_while(|line| !line.starts_with("| `AnsibleModule` |")).skip(2);
    let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 20, "{rows:#?}");
    let tests = sources(Path::new(env!("CARGO_MANIFEST_DIR")));
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, _, _, here, named, _] = cells[..] else { panic!("{row}") };
        // Unsupported features need no test.
        assert!(here.starts_with("no") || !named.is_empty(), "{row}");
        for name in named.split(", ").filter(|name| !name.is_empty()) {
            let test = format!("#[test] fn {}() {{", name.trim_matches('`'));
            assert!(tests.contains(&test), "{name} is not a test");
        }
    }
}

/// All Rust of the crate, with one space between any two words.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in ["src", "tests", "../atomic-file/src"].iter().flat_map(|part| walk(&folder.join(part))) {
        all += &fs::read_to_string(entry).unwrap();
    }
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: std::path::PathBuf| if path.is_dir() { walk(&path) } else { vec![path] };
    entries.flat_map(below).filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}
