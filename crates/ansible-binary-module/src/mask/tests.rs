use super::*;
use serde_json::json;
use std::collections::BTreeMap;

const LONG: &str = "a text that is longer than one fragment";

fn line<R: Serialize>(secrets: &[&str], result: &R) -> String {
    let mask = Mask::new(&secrets.iter().map(|secret| (*secret).to_owned()).collect());
    String::from_utf8(mask.json(result).unwrap()).unwrap()
}

/// A list of `value`, masked.
fn masked(secrets: &[&str], value: &Value) -> Value {
    serde_json::from_str::<Value>(&line(secrets, &[value])).unwrap()[0].take()
}

#[test]
fn masks_as_ansible_does() {
    let whole = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
    for (secrets, value, wanted) in [
        (vec!["s3cret"], json!("s3cret"), json!(whole)),
        (vec!["s3cret"], json!("a s3cret!s3cret"), json!("a ********!********")),
        (vec!["abc", "abcdef"], json!("xabcdefx abc"), json!("x********x ********")),
        (vec!["12"], json!(12), json!(whole)),
        (vec!["12"], json!(3120), json!(whole)),
        (vec!["x12", "-3e+2"], json!([12, -3e22, 3e21]), json!([12, whole, 3e21])),
        (vec!["1.5"], json!(1.5), json!(whole)),
        (vec!["true", "True", "null"], json!([true, null]), json!([true, null])),
        (vec!["k"], json!({"k": ["k", {"k": "ak"}]}), json!({"k": [whole, {"k": "a********"}]})),
        (vec![""], json!("text"), json!("text")),
        (vec![], json!("text"), json!("text")),
        (vec!["a\"b\n"], json!("invalid value: string \"a\\\"b\\n\""), json!("invalid value: string \"********\"")),
        (vec!["naïve"], json!("so naïve…"), json!("so ********…")),
        (vec!["\\ \" / \u{8}\u{c}\n\r\t\u{1}"], json!("< \\ \" / \u{8}\u{c}\n\r\t\u{1} >"), json!("< ******** >")),
    ] {
        assert_eq!(masked(&secrets, &value), wanted, "{secrets:?} in {value}");
    }
}

#[test]
fn what_has_no_secret_is_written_as_serde_json_does() {
    let result = json!({
        "text": "\\ \" / \u{8}\u{c}\n\r\t\u{1} naïve \u{1f600}", "": LONG, "k\"\n": {"": null, "k\"\n": [null, {}, [], ""]},
        "numbers": [0, -1, u64::MAX, i64::MIN, 0.1, 1e300, -0.0, 1.0], "yes": true, "no": false, "list": [[1, 2], [3]],
    });
    let plain = serde_json::to_string(&result).unwrap();
    for secrets in [vec![], vec!["s3cret"], vec!["8888"]] {
        assert_eq!(line(&secrets, &result), plain, "{secrets:?}");
    }
}

#[test]
fn every_type_of_number_is_masked() {
    #[derive(Serialize)]
    struct Numbers(i8, i16, i32, i64, i128, u8, u16, u32, u64, u128, f32, f64, bool, &'static str);
    let numbers = Numbers(12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12.0, 12.0, true, "12");
    assert_eq!(line(&["13"], &numbers), "[12,12,12,12,12,12,12,12,12,12,12.0,12.0,true,\"12\"]");
    let whole = "\"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER\"";
    let all = [whole; 12].join(",");
    assert_eq!(line(&["12"], &numbers), format!("[{all},true,{whole}]"));
}

#[test]
fn keys_of_every_type_stay() {
    let (yes, number, text) = (BTreeMap::from([(true, 1)]), BTreeMap::from([(12, 2)]), BTreeMap::from([("s12", 3)]));
    for secrets in [vec![], vec!["true", "12", "s12"]] {
        assert_eq!(line(&secrets, &yes), "{\"true\":1}");
        assert_eq!(line(&secrets, &number), "{\"12\":2}");
        assert_eq!(line(&secrets, &json!({"k": text})), "{\"k\":{\"s12\":3}}");
    }
}

#[test]
fn what_cannot_be_json_is_an_error() {
    assert!(Mask::new(&[].into()).json(&BTreeMap::from([(vec![1], 1)])).is_err());
}

#[test]
fn what_is_json_already_is_masked_as_well() {
    let raw = |text: &str| serde_json::value::RawValue::from_string(text.to_owned()).unwrap();
    let result =
        BTreeMap::from([("first", raw(" null ")), ("second", raw(r#"{"k": [null, "a s3cret", "s\u0033cret", 1]}"#))]);
    assert_eq!(
        line(&["s3cret"], &result),
        "{\"first\":null,\"second\":{\"k\":[null,\"a ********\",\"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER\",1]}}"
    );
}

#[test]
fn a_text_that_is_delivered_is_whole_and_everything_else_is_masked() {
    let mask = Mask::new(&["a".to_owned()].into()).delivering(&["xay".to_owned()].into());
    let line = mask.json(&json!({"key": "xay", "said": "it is xay", "other": "a"})).unwrap();
    let printed: Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(printed, json!({"key": "xay", "said": "it is x********y", "other": WHOLE}));
}

#[test]
fn blank_secrets_mask_nothing() {
    let mask = Mask::new(&[" ".to_owned(), ",".to_owned(), " , \t".to_owned()].into());
    assert_eq!(mask.text("a b, c"), "a b, c");
}

#[test]
fn words_are_masked_in_messages_where_they_are_whole() {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    for (secrets, text, wanted) in [
        (
            &["abc"][..],
            "abc 'abc' {\"psk\":\"abc\"} abcd xabc abc",
            "******** '********' {\"psk\":\"********\"} abcd xabc ********",
        ),
        (&["1"], "1 of 11, v1, 1.", "******** of 11, v1, ********."),
        (&["a!", "!"], "a! b!", "******** b********"),
        (&["long word", "word"], "a long word, a word", "a ********, a ********"),
        (&["naïve"], "naïve naïveté", "******** naïveté"),
        (&[" "], "a b", "a b"),
    ] {
        let mask = Mask::new(&BTreeSet::new()).with_words(&words(secrets));
        assert_eq!(mask.message(text), wanted, "{secrets:?}");
        assert_eq!(mask.text(text), text, "results are not touched");
    }
}
