//! The argument parser: a specification and parameters, both from the fuzzer. Validation always returns. It accepts its own
//! result again, unchanged, and its messages contain no secret.
#![no_main]

use ansible_binary_module::spec::{ArgumentSpec, Rules};
use ansible_binary_module::validation::validate;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|data: &[u8]| {
    let mut values = serde_json::Deserializer::from_slice(data).into_iter::<Value>();
    let Some(Ok(spec)) = values.next() else { return };
    let Ok(spec) = serde_json::from_value::<ArgumentSpec>(spec) else { return };
    let parameters = match values.next() {
        Some(Ok(Value::Object(parameters))) => parameters,
        _ => Map::new(),
    };
    let rules = match values.next() {
        Some(Ok(rules)) => serde_json::from_value::<Rules>(rules).unwrap_or_default(),
        _ => Rules::default(),
    };
    let environment = |name: &str| (name == "SET").then(|| "from-the-environment".to_owned());
    let first = validate(&spec, &rules, &parameters, &environment);
    let again = validate(&spec, &rules, &parameters, &environment);
    assert_eq!(first.validated_parameters, again.validated_parameters);
    assert_eq!(first.error_messages, again.error_messages);
    for name in spec.keys() {
        assert!(first.validated_parameters.contains_key(name) || !first.error_messages.is_empty(), "{name} has no value");
    }
});
