use super::*;
use secrecy::ExposeSecret;
use serde_json::json;

const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

fn token(value: Value) -> Token {
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_new_token_is_read_from_an_object_and_from_a_list_of_one() {
    let object =
        json!({"id": "864f351a-1377-4ad9-83f8-72f3fe6199ba", "key": KEY, "name": "x", "created_time": 1626875902});
    for answer in [object.clone(), json!([object]), json!({"id": "x", "key": KEY})] {
        let new = NewToken::from_answer(answer).unwrap();
        assert_eq!(new.key.expose_secret(), KEY);
        assert_eq!(serde_json::to_value(&new.token).unwrap()["key"], "AbCd...6789");
        assert!(!format!("{new:?}").contains(KEY));
    }
}

#[test]
fn an_answer_without_a_whole_key_and_an_id_is_no_new_token() {
    for answer in [
        json!(null),
        json!([]),
        json!({"id": "x"}),
        json!({"id": "x", "key": null}),
        json!({"id": "x", "key": ""}),
        json!({"id": "x", "key": "1qkb...QQCL"}),
        json!({"key": KEY}),
        json!({"id": 7, "key": KEY}),
        json!({"id": "", "key": KEY}),
        json!({"id": "../self", "key": KEY}),
        json!({"id": "x?a", "key": KEY}),
        json!([{"id": "x", "key": KEY}, {"id": "y", "key": KEY}]),
    ] {
        assert!(NewToken::from_answer(answer.clone()).is_none(), "{answer}");
    }
    // Characters with a meaning for a shell or a reader of lines.
    for key in [
        "a",
        "AbCdEfGhIjKlMnO",
        "$(reboot)AbCdEfGhIjKl",
        "AbCdEfGhIjKlMnOp\nX=1",
        "AbCdEfGh IjKlMnOpQr",
        "`id`AbCdEfGhIjKlMnOp",
        "AbCdEfGhIjKlMnOp'",
        "AbCdEfGhIjKlMnOp;reboot",
        "AbCdEfGhIjKlMn\u{e4}Op",
        "AbCdEfGhIjKlMnOp-",
    ] {
        assert!(NewToken::from_answer(json!({"id": "x", "key": key})).is_none(), "{key:?}");
    }
    assert!(NewToken::from_answer(json!({"id": "x", "key": "AbCdEfGhIjKlMnOp"})).is_some());
}

#[test]
fn one_odd_field_is_shown_as_it_came_and_leaves_the_others_readable() {
    for (odd, readable) in [
        (json!({"id": "x", "name": "n", "created_time": "yesterday", "last_used": 5.0}), true),
        (json!({"id": "x", "name": "n", "created_time": [1]}), true),
        (json!({"id": "x", "name": "n", "last_used": {"at": 1}, "created_time": 1.5}), true),
        (json!({"id": "x", "name": "n", "privileges": "all"}), true),
        (json!({"id": "x", "name": "n", "privileges": [7]}), true),
        (json!({"id": "x", "name": "n", "privileges": [{"scope": "org"}]}), true),
        (json!({"id": "x", "name": "n", "src_ips": {"a": 1}}), true),
        (json!({"id": "x", "name": 7}), false),
        (json!({"id": "x", "name": "n", "created_by": "a@b.c", "new": [1]}), true),
    ] {
        let token = token(odd.clone());
        assert_eq!(token.name.is_some(), readable, "{odd}");
        let mut shown = serde_json::to_value(&token).unwrap();
        if !readable {
            // An odd field appears once.
            shown["name"] = odd["name"].clone();
        }
        assert_eq!(shown, odd);
    }
    assert_eq!(token(json!({"id": "x", "created_time": "1626875902"})).created_time, Some(1_626_875_902.0));
    assert_eq!(token(json!({"id": "x", "src_ips": "10.0.0.1"})).src_ips, Some(vec!["10.0.0.1".into()]));
    assert!(serde_json::from_value::<Token>(json!({"name": "n"})).is_err());
    assert!(serde_json::from_value::<Token>(json!({"id": 7})).is_err());
    // A key in whatever form is never shown.
    assert!(!format!("{:?}", token(json!({"id": "x", "key": [KEY]}))).contains(KEY));
}

#[test]
fn a_time_that_cannot_be_one_is_not_taken_for_an_age() {
    let now = 1_700_000_000.0;
    for (shown, age) in [
        (json!({"created_time": now - 60.0}), Ok(60.0)),
        (json!({"created_time": now + 200.0}), Ok(-200.0)),
        (json!({"created_time": "1699999940"}), Ok(60.0)),
        (json!({}), Err(TimeFault::NotTold)),
        (json!({"created_time": null}), Err(TimeFault::NotTold)),
        (json!({"created_time": "2023-11-14"}), Err(TimeFault::Unreadable)),
        (json!({"created_time": now * 1000.0}), Err(TimeFault::Milliseconds)),
        (json!({"created_time": now + 86_400.0}), Err(TimeFault::Ahead)),
    ] {
        let mut shown = shown;
        shown["id"] = json!("x");
        assert_eq!(token(shown.clone()).age(now), age, "{shown}");
        shown["last_used"] = shown["created_time"].take();
        let ago = match age {
            Err(TimeFault::NotTold) => Ok(None),
            told => told.map(Some),
        };
        assert_eq!(token(shown.clone()).used_ago(now), ago, "{shown}");
    }
    assert_eq!(token(json!({"id": "x", "last_used": 0})).used_ago(now), Ok(None));
}

#[test]
fn a_maker_who_has_left_is_shown_as_nobody() {
    for (shown, left) in [
        (json!({"id": "x", "created_by": null}), true),
        (json!({"id": "x", "created_by": "a@b.c"}), false),
        (json!({"id": "x"}), false),
    ] {
        assert_eq!(token(shown.clone()).creator_has_left(), left, "{shown}");
    }
}
