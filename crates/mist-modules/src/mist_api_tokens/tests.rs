use super::*;
use serde_json::{Value, json};

fn params(options: Value) -> Result<Params, String> {
    let options: Options = serde_json::from_value(options).unwrap();
    Params::new(&options, &Task::builder().build()).map_err(|error| error.to_string())
}

#[test]
fn what_cannot_be_meant_is_refused_by_the_option_and_the_tokens_place() {
    const ID: &str = "864f351a-1377-4ad9-83f8-72f3fe6199ba";
    for (options, words) in [
        (
            json!({"tokens": [], "purge": true, "token_type": "user"}),
            "tokens: the list is empty, and purge would delete every token",
        ),
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
        (json!({"tokens": [{"name": "a"}, {"name": " "}]}), "tokens[1] (' '): name: empty"),
        (
            json!({"tokens": [{"name": "a", "privileges": [{"role": "read"}]}]}),
            "tokens[0] ('a'): privileges: only for organization tokens",
        ),
        (json!({"tokens": [{"name": "a"}], "purge": true}), "purge: requires the owner"),
        (json!({"tokens": [{"name": "a"}], "keep": ["b", ""]}), "keep[1]: empty"),
        (json!({"tokens": [{"name": "a"}], "purge": true, "token_type": "user", "keep": [" "]}), "keep[0]: empty"),
    ] {
        let error = params(options.clone()).unwrap_err();
        assert!(error.starts_with(words), "{options}: {error}");
    }
}

#[test]
fn two_ways_through_the_directories_to_one_key_file_are_found_out() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", folder.path().join("link")).unwrap();
    let tokens = |one: &str, two: &str| json!({"tokens": [{"name": "a", "key_file": folder.path().join(one)}, {"name": "b", "key_file": folder.path().join(two)}]});
    assert!(params(tokens("real/k", "link/k")).unwrap_err().starts_with("tokens[1].key_file: "));
    assert!(params(tokens("real/k", "link/other")).is_ok());
    std::fs::write(folder.path().join("real/k"), "").unwrap();
    std::os::unix::fs::symlink("k", folder.path().join("real/alias")).unwrap();
    assert!(params(tokens("real/k", "real/alias")).unwrap_err().starts_with("tokens[1].key_file: "));
}

#[test]
fn a_key_without_a_file_is_refused_or_returned_as_was_asked() {
    for (return_keys, unfiled) in [(false, Unfiled::Refused), (true, Unfiled::ReturnedAlways)] {
        let params = params(json!({"tokens": [{"name": "a"}], "return_keys": return_keys})).unwrap();
        assert_eq!((params.tokens[0].token.target.unfiled, params.return_keys), (unfiled, return_keys));
    }
}

#[test]
fn keep_takes_names_as_they_are_and_patterns() {
    let keep = Keep::new(&["dash-*".into(), "[prod] x".into(), "one".into()]).unwrap();
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
    let with = |purge: bool| {
        params(json!({"tokens": [{"name": "a"}], "keep": ["x"], "purge": purge, "token_type": "user"})).unwrap().purge
    };
    assert!(with(false).is_none());
    assert!(with(true).unwrap().keeps("x"));
}

#[test]
fn an_organization_that_came_to_nothing_is_never_the_account() {
    for option in ["org", "org_id"] {
        for empty in ["", " "] {
            let options = json!({"tokens": [{"name": "a"}], "purge": true, option: empty});
            let options: Options = serde_json::from_value(options).unwrap();
            let error = Params::new(&options, &Task::builder().given(option).build()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{option}: set but empty")), "{error}");
        }
    }
}

#[test]
fn what_the_module_says_of_itself_holds_together() {
    ansible_binary_module::check::<crate::Mist<MistApiTokens>>().unwrap();
}
