use super::*;

const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";
const OLD: &str = "OldKeyOldKeyOldKeyOldKeyOldKey123";

fn written(old: &str, format: Format) -> Result<String, FaultKind> {
    let key = SecretString::from(KEY);
    let entry = Entry { host: "api.mist.com", id: "the-id", name: "the \"name\"", key: &key };
    write(old.as_bytes(), format, &entry).map(|text| text.expose_secret().to_owned())
}

fn key_in(text: &str, format: Format) -> Option<String> {
    match read(text.as_bytes(), false, format) {
        Ok(Found::Key(held)) => Some(held.key.expose_secret().to_owned()),
        _ => None,
    }
}

#[test]
fn a_new_file_is_what_its_readers_expect_and_is_read_again() {
    let env = format!("MIST_HOST=api.mist.com\nMIST_API_TOKEN={KEY}\nMIST_APITOKEN={KEY}\n");
    assert_eq!(written("", Format::Raw), Ok(format!("{KEY}\n")));
    assert_eq!(written("", Format::Env), Ok(env));
    assert_eq!(
        serde_json::from_str::<Value>(&written("", Format::Json).unwrap()).unwrap(),
        json!({"host": "api.mist.com", "id": "the-id", "name": "the \"name\"", "key": KEY})
    );
    for format in [Format::Raw, Format::Env, Format::Json] {
        let text = written("", format).unwrap();
        let Ok(Found::Key(held)) = read(text.as_bytes(), true, format) else { panic!("{format:?}") };
        assert_eq!((held.key.expose_secret(), held.exposed, held.alone, held.as_wanted), (KEY, true, true, true));
        assert_eq!(written(&text, format), Ok(text), "the same key changes nothing");
    }
}

#[test]
fn the_other_lines_of_an_environment_file_stay_where_they_are() {
    let new = |text: &str| written(text, Format::Env).unwrap();
    for (old, expected) in [
        (
            format!("# for the backup\nA=1\nexport MIST_API_TOKEN='{OLD}'\n\nB=\"x y\"\n"),
            format!(
                "# for the backup\nA=1\nexport MIST_API_TOKEN={KEY}\n\nB=\"x y\"\nMIST_HOST=api.mist.com\nMIST_APITOKEN={KEY}\n"
            ),
        ),
        (
            format!("MIST_APITOKEN={OLD}\r\nMIST_HOST=api.eu.mist.com\r\nB=2"),
            format!("MIST_APITOKEN={KEY}\r\nMIST_HOST=api.mist.com\r\nB=2\nMIST_API_TOKEN={KEY}\n"),
        ),
        ("A=1".to_owned(), format!("A=1\nMIST_HOST=api.mist.com\nMIST_API_TOKEN={KEY}\nMIST_APITOKEN={KEY}\n")),
        (
            format!(
                "  MIST_API_TOKEN={OLD}\n#MIST_API_TOKEN={OLD}\nMY_MIST_API_TOKEN=x\nMIST_API_TOKEN={OLD}\nMIST_APITOKEN=\nMIST_HOST=x\n"
            ),
            format!(
                "  MIST_API_TOKEN={KEY}\n#MIST_API_TOKEN={OLD}\nMY_MIST_API_TOKEN=x\nMIST_API_TOKEN={KEY}\nMIST_APITOKEN={KEY}\nMIST_HOST=api.mist.com\n"
            ),
        ),
    ] {
        assert_eq!(new(&old), expected, "{old}");
        assert_eq!(new(&expected), expected, "{old}");
    }
}

#[test]
fn the_other_fields_of_an_object_stay_where_they_are() {
    let old = json!({"comment": "x", "key": OLD, "nested": {"a": [1]}, "host": 7});
    let new = written(&old.to_string(), Format::Json).unwrap();
    let expected = json!({"comment": "x", "key": KEY, "nested": {"a": [1]}, "host": "api.mist.com", "id": "the-id", "name": "the \"name\""});
    assert_eq!(new, format!("{expected:#}\n"));
    assert_eq!(written("{}", Format::Json).unwrap(), written("", Format::Json).unwrap());
}

#[test]
fn a_key_in_another_form_is_converted_where_nothing_is_lost_by_it() {
    let raw = format!("{OLD}\n");
    let env = format!("MIST_API_TOKEN={OLD}\n");
    let json = json!({"key": OLD, "name": "n"}).to_string();
    for (old, of) in [(&raw, Format::Raw), (&env, Format::Env), (&json, Format::Json)] {
        for wanted in [Format::Raw, Format::Env, Format::Json] {
            let Ok(Found::Key(held)) = read(old.as_bytes(), false, wanted) else { panic!("{old} {wanted:?}") };
            assert_eq!(held.key.expose_secret(), OLD);
            // An environment file of one variable lacks the other.
            assert_eq!(held.as_wanted, of == wanted && of != Format::Env, "{old} {wanted:?}");
            assert_eq!(key_in(&written(old, wanted).unwrap(), wanted).as_deref(), Some(KEY), "{old} {wanted:?}");
            if of != wanted {
                assert_eq!(written(old, wanted), written("", wanted), "{old} {wanted:?}");
            }
        }
    }
    let more_env = format!("{env}A=1\n");
    let more_json = json!({"key": OLD, "comment": "x"}).to_string();
    for (old, of, wanted) in [
        (&more_env, Format::Env, Format::Raw),
        (&more_env, Format::Env, Format::Json),
        (&more_json, Format::Json, Format::Raw),
        (&more_json, Format::Json, Format::Env),
    ] {
        assert_eq!(read(old.as_bytes(), false, wanted).err(), Some(FaultKind::HoldsMore(of)));
        assert_eq!(written(old, wanted), Err(FaultKind::HoldsMore(of)));
    }
}

#[test]
fn what_is_something_else_is_neither_read_nor_written() {
    let long = "root:x:0:0:root:/root:/bin/bash\nmore of it\n";
    for (text, format) in [
        (long, Format::Raw),
        (long, Format::Env),
        (long, Format::Json),
        ("two words", Format::Raw),
        ("short", Format::Raw),
        ("AbCdEfGhIjKlMn-OpQrStUv", Format::Raw),
        ("[1]", Format::Json),
        ("{\"key\": 7}", Format::Json),
        ("{\"key\": \"short\"}", Format::Json),
        ("MIST_API_TOKEN=$(cat /run/key)\n", Format::Env),
        ("MIST_API_TOKEN=short\n", Format::Env),
        ("echo $A=1\n", Format::Env),
        ("1A=1\n", Format::Env),
    ] {
        assert_eq!(read(text.as_bytes(), false, format).err(), Some(FaultKind::Foreign), "{text} {format:?}");
        assert_eq!(written(text, format), Err(FaultKind::Foreign), "{text} {format:?}");
    }
    assert_eq!(read(&[0xff, 0xfe], false, Format::Raw).err(), Some(FaultKind::Foreign));
}

#[test]
fn a_file_of_the_form_without_a_key_takes_one() {
    for (text, format) in [
        ("A=1\n", Format::Env),
        ("\n# nothing yet\n", Format::Env),
        ("MIST_API_TOKEN=\n", Format::Env),
        ("{\"a\": 1}", Format::Json),
        ("{\"key\": null}", Format::Json),
    ] {
        assert!(matches!(read(text.as_bytes(), false, format), Ok(Found::NoKey)), "{text}");
        assert_eq!(key_in(&written(text, format).unwrap(), format).as_deref(), Some(KEY), "{text}");
    }
    assert!(matches!(read(b"", false, Format::Raw), Ok(Found::Nothing)));
}

#[test]
fn an_environment_file_whose_variables_disagree_is_written_anew() {
    let one = format!("MIST_API_TOKEN={KEY}\nMIST_APITOKEN={OLD}\nA=1\n");
    let Ok(Found::Key(held)) = read(one.as_bytes(), false, Format::Env) else { panic!() };
    assert_eq!((held.key.expose_secret(), held.as_wanted, held.alone), (KEY, false, false));
    let both = written(&one, Format::Env).unwrap();
    assert!(both.starts_with(&format!("MIST_API_TOKEN={KEY}\nMIST_APITOKEN={KEY}\nA=1\n")), "{both}");
}
