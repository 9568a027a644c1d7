use super::*;
use serde_json::{Value, json};

fn wanted(options: Value) -> Result<Wanted, String> {
    let options: Options = serde_json::from_value(options).unwrap();
    Wanted::new(&options, &Task::builder().build())
}

#[test]
fn what_cannot_be_meant_is_refused_by_the_option_and_the_tokens_place() {
    const ID: &str = "864f351a-1377-4ad9-83f8-72f3fe6199ba";
    for (options, words) in [
        (json!({"tokens": [], "purge": true}), "tokens: the list is empty, and purge would delete every token"),
        (
            json!({"tokens": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}),
            "tokens[2].name: 'a' is that of tokens[0] too",
        ),
        (
            json!({"tokens": [{"name": "a", "id": ID}, {"name": "b", "id": ID.to_uppercase()}]}),
            "tokens[1].id: '864f351a-1377-4ad9-83f8-72f3fe6199ba' is that of tokens[0] too",
        ),
        (
            json!({"tokens": [{"name": "a", "key_file": "/nowhere/k"}, {"name": "b", "key_file": "/nowhere/./k"}]}),
            "tokens[1].key_file: '/nowhere/k' is that of tokens[0] too",
        ),
        (json!({"tokens": [{"name": "a"}, {"name": " "}]}), "tokens[1] (' '): name: it is empty"),
        (
            json!({"tokens": [{"name": "a", "privileges": [{"role": "read"}]}]}),
            "tokens[0] ('a'): privileges: a user token",
        ),
        (
            json!({"tokens": [{"name": "a", "key_file": "/k"}, {"name": "b"}], "return_keys": false}),
            "tokens[1] ('b'): key_file: there is none, and return_keys is false",
        ),
    ] {
        let error = wanted(options.clone()).unwrap_err();
        assert!(error.starts_with(words), "{options}: {error}");
    }
}

#[test]
fn two_ways_through_the_directories_to_one_key_file_are_found_out() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", folder.path().join("link")).unwrap();
    let tokens = |one: &str, two: &str| json!({"tokens": [{"name": "a", "key_file": folder.path().join(one)}, {"name": "b", "key_file": folder.path().join(two)}]});
    assert!(wanted(tokens("real/k", "link/k")).unwrap_err().starts_with("tokens[1].key_file: "));
    assert!(wanted(tokens("real/k", "link/other")).is_ok());
}

#[test]
fn a_key_is_returned_where_no_file_takes_it_unless_told_otherwise() {
    let tokens = json!([{"name": "filed", "key_file": "/k"}, {"name": "unfiled"}]);
    for (return_keys, returned) in [(Value::Null, [false, true]), (json!(true), [true, true])] {
        let wanted = wanted(json!({"tokens": tokens, "return_keys": return_keys})).unwrap();
        assert_eq!(wanted.tokens.iter().map(|token| token.return_key).collect::<Vec<_>>(), returned);
    }
    let filed = json!({"tokens": [{"name": "filed", "key_file": "/k"}], "return_keys": false});
    assert!(!wanted(filed).unwrap().tokens[0].return_key);
}

#[test]
fn keep_takes_names_as_they_are_and_patterns() {
    let keep = Keep::new(&["dash-*".into(), "[prod] x".into(), "one".into()]);
    for (name, kept) in [
        ("dash-1", true),
        ("dash", false),
        ("[prod] x", true),
        ("p x", true),
        ("one", true),
        ("One", false),
        ("one more", false),
    ] {
        assert_eq!(keep.keeps(name), kept, "{name}");
    }
    assert!(!Keep::default().keeps("anything"));
}

#[test]
fn keep_means_nothing_without_purge() {
    let with = |purge: bool| wanted(json!({"tokens": [{"name": "a"}], "keep": ["x"], "purge": purge})).unwrap().purge;
    assert!(with(false).is_none());
    assert!(with(true).unwrap().keeps("x"));
}
