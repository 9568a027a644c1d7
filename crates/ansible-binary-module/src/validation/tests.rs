//! Tests for results that ansible-core does not expose (warnings, deprecations, origins), and tests that need no Python. The
//! differential test covers the rest.

use super::*;
use crate::spec::Rules;
use serde_json::json;

fn validated(spec: Value, parameters: Value) -> Validation {
    let spec = serde_json::from_value(spec).unwrap();
    let parameters = serde_json::from_value(parameters).unwrap();
    let environment = |name: &str| match name {
        "TOKEN" => Some("from-environment".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    validate(&spec, &Rules::default(), &parameters, &environment)
}

#[test]
fn every_origin_is_told_and_an_option_without_a_value_has_none() {
    let token = json!({"fallback": ["env_fallback", ["NONE", "TOKEN"]], "aliases": ["key"], "no_log": true});
    let spec = json!({"token": token, "state": {"default": "present"}, "name": {}, "size": {"aliases": ["length"]}});

    let found = validated(spec.clone(), json!({"length": 3}));
    assert_eq!(
        found.origins,
        IndexMap::from([
            ("token".to_owned(), Origin::Environment("TOKEN".to_owned())),
            ("state".to_owned(), Origin::Default),
            ("size".to_owned(), Origin::Task),
        ])
    );
    assert_eq!(found.no_log_values, BTreeSet::from(["from-environment".to_owned()]));

    let found = validated(spec, json!({"key": "given", "state": "present", "name": null}));
    let of = |name: &str| found.origins.get(name);
    assert_eq!(found.validated_parameters["token"], "given");
    assert_eq!((of("token"), of("state"), of("name")), (Some(&Origin::Task), Some(&Origin::Task), None));
}

#[test]
fn an_option_given_twice_is_warned_about_with_its_place() {
    let inner = json!({"type": "list", "elements": "dict", "options": {"b": {"aliases": ["c"]}}});
    let spec = json!({"a": {"aliases": ["x"]}, "l": inner});
    let found = validated(spec, json!({"a": 1, "x": 2, "l": [{"b": 1}, {"b": 1, "c": 2}]}));
    assert_eq!(
        found.warnings,
        ["Both option l[1].b and its alias l[1].c are set.", "Both option a and its alias x are set."]
    );
}

#[test]
fn what_is_on_its_way_out_is_told_when_it_is_used_and_only_then() {
    let spec = json!({
        "old": {"removed_in_version": "2.0", "removed_from_collection": "a.b"},
        "dated": {"removed_at_date": "2030-01-01", "removed_in_version": "9"},
        "unused": {"removed_in_version": "2.0"},
        "new": {"aliases": ["former"], "deprecated_aliases": [{"name": "former", "version": "3.0", "collection_name": "a.b"}]},
        "o": {"type": "dict", "options": {
            "s": {"removed_in_version": "4.0", "aliases": ["t"], "deprecated_aliases": [{"name": "t", "date": "2031-01-01"}]},
        }},
    });
    let found = validated(spec, json!({"old": 1, "dated": 1, "former": 1, "o": {"s": 1, "t": 2}}));
    let told: Vec<Value> = found.deprecations.into_iter().map(Value::Object).collect();
    let tail = "See the module docs for more information";
    assert_eq!(
        told,
        [
            json!({"msg": format!("Alias 'former' is deprecated. {tail}"), "version": "3.0", "collection_name": "a.b"}),
            json!({"msg": format!("Param 'old' is deprecated. {tail}"), "version": "2.0", "collection_name": "a.b"}),
            json!({"msg": format!("Param 'dated' is deprecated. {tail}"), "date": "2030-01-01", "collection_name": null}),
            json!({"msg": format!("Param 'o[\"s\"]' is deprecated. {tail}"), "version": "4.0", "collection_name": null}),
            json!({"msg": format!("Alias 'o.t' is deprecated. {tail}"), "date": "2031-01-01", "collection_name": null}),
        ]
    );
}

#[test]
fn aliases_and_unknown_names_are_left_out_of_the_main_names() {
    let options = json!({"s": {"aliases": ["t"], "type": "int"}});
    let spec = json!({
        "a": {"aliases": ["x"]}, "d": {"type": "dict", "options": options},
        "l": {"type": "list", "elements": "dict", "options": options}, "n": {},
    });
    let parameters = json!({"x": 1, "d": {"t": "2", "u": 0}, "l": [{"t": "3"}], "v": 0});
    let found = validated(spec.clone(), parameters);
    let spec = serde_json::from_value(spec).unwrap();
    assert_eq!(
        Value::Object(main_names_only(&spec, &found.validated_parameters)),
        json!({"a": "1", "d": {"s": 2}, "l": [{"s": 3}], "n": null})
    );
    assert_eq!(found.unsupported_parameters, ["d.u", "v"]);
    assert_eq!(found.error_messages, ["d.u, v. Supported parameters include: a, d, l, n (x)."]);
}

#[test]
fn secrets_beside_a_refusal_are_still_collected() {
    let secret = json!({"no_log": true});
    let spec = json!({"o": {"type": "list", "elements": "dict", "options": {"k": secret}}, "p": secret, "e": secret});
    let found = validated(spec, json!({"o": [{"k": "one"}, 5, {"k": "two"}], "p": ["three", {"x": 4}], "e": ""}));
    assert!(!found.error_messages.is_empty());
    assert_eq!(found.no_log_values, ["one", "two", "three", "4"].map(str::to_owned).into());
}

#[test]
fn an_environment_variable_that_is_empty_is_a_value() {
    let found = validated(json!({"p": {"fallback": ["env_fallback", ["EMPTY", "TOKEN"]]}}), json!({}));
    assert_eq!(found.validated_parameters["p"], "");
    assert_eq!(found.origins["p"], Origin::Environment("EMPTY".to_owned()));
}
