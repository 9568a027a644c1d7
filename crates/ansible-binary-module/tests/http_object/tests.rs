//! The module does what its twin in Python does.

#![allow(clippy::unwrap_used)] // A failure here fails the test.

#[path = "../python/mod.rs"]
mod python;
#[path = "../real_ansible/server.rs"]
mod server;
#[path = "../python/twins.rs"]
mod twins;

use super::HttpObject;
use python::pythons;
use serde_json::{Value, json};
use server::Objects;
use twins::{Random, assert_same, results_of_twin, run};

#[test]
fn its_types_are_what_ansible_understands() {
    ansible_binary_module::check::<HttpObject>().unwrap();
}

const SECRETS: [&str; 3] = ["s3cret-one", "s3cret-two", "s3cret-three"];

fn secrets(random: &mut Random) -> Value {
    (0..random.below(3)).map(|_| Value::from(random.pick(&SECRETS))).collect()
}

/// The object on the server before the task.
fn found(random: &mut Random) -> Option<Value> {
    let mut object = json!({"id": random.below(9)});
    match random.below(6) {
        0 => return None,
        1 => object["description"] = json!("Ann"),
        2 => object["description"] = Value::from(format!("has {}", random.pick(&SECRETS))),
        _ => {}
    }
    if random.below(2) > 0 {
        object["secrets"] = secrets(random);
    }
    if random.below(2) > 0 {
        object["limits"] = json!({"rate": 5, "burst": 10});
    }
    Some(object)
}

/// The options of the task, with PATH in place of the object's path.
fn case(random: &mut Random) -> Value {
    let mut options = json!({
        "url": "PATH", "_ansible_module_name": "http_object",
        "_ansible_check_mode": random.below(3) == 0, "_ansible_diff": random.below(2) == 0,
    });
    for (name, values) in [
        ("state", vec![json!("present"), json!("absent"), json!("absnet"), json!(null)]),
        ("description", vec![json!("Ann"), json!("refused"), json!(7), json!(true), json!(""), json!(SECRETS[0])]),
        (
            "limits",
            vec![
                json!({"rate": "5"}),
                json!({"rate": 5, "burst": 3}),
                json!("rate=6"),
                json!({"burst": 1}),
                json!({"rate": 0}),
                json!({"rate": true, "bust": 1}),
                json!([]),
                json!({"rate": "many"}),
            ],
        ),
    ] {
        if random.below(3) == 0 {
            options[name] = values[random.below(values.len())].clone();
        }
    }
    match random.below(12) {
        // Of several secrets in one text, AnsibleModule prints each.
        0 => options["secrets"] = json!("s3cret-one"),
        1 => options["secrets"] = json!([123_456_789]),
        2 => options["secrets"] = Value::Null,
        3..8 => options["secrets"] = secrets(random),
        _ => {}
    }
    match random.below(16) {
        0 => options["endpoint"] = options["url"].take(),
        1 => options["endpoint"] = options["url"].clone(),
        2 => options["url"] = json!("not a url"),
        3 => options["nmae"] = json!("x"),
        _ => {}
    }
    options
}

/// The options with the URL of an object.
fn at(options: &Value, url: &str) -> Value {
    serde_json::from_str(&options.to_string().replace("PATH", url)).unwrap()
}

/// The result with PATH in place of the URL.
fn without_url(result: &Value, url: &str) -> Value {
    serde_json::from_str(&result.to_string().replace(url, "PATH")).unwrap()
}

#[test]
fn a_thousand_random_tasks_end_as_with_the_twin() {
    let mut random = Random(0x5eed_1234_abcd_0003);
    let cases: Vec<(Option<Value>, Value)> = (0..1000).map(|_| (found(&mut random), case(&mut random))).collect();
    let objects = Objects::default();
    let address = server::start(objects.clone());
    let path = |side: &str, index: usize| format!("/{side}/{index:04}");
    let url = |side: &str, index: usize| format!("http://{address}{}", path(side, index));
    for (index, (found, _)) in cases.iter().enumerate() {
        for side in ["own", "twin"] {
            if let Some(found) = found {
                objects.lock().unwrap().insert(path(side, index), found.to_string());
            }
        }
    }
    let arguments: Vec<Value> =
        cases.iter().enumerate().map(|(index, (_, options))| at(options, &url("twin", index))).collect();
    let (mut changed, mut failed) = (0, 0);
    for (index, theirs) in results_of_twin("http_object/twin.py", &arguments).into_iter().enumerate() {
        let (found, options) = &cases[index];
        let ours = run::<HttpObject>(&at(options, &url("own", index)));
        let seen = without_url(&ours.result, &url("own", index));
        assert_same(&seen, &without_url(&theirs, &url("twin", index)), &format!("{found:?} {options}"));
        let stored = |side: &str| -> Option<Value> {
            objects.lock().unwrap().get(&path(side, index)).map(|object| serde_json::from_str(object).unwrap())
        };
        assert_eq!(stored("own"), stored("twin"), "{found:?} {options}");
        changed += usize::from(ours.result["changed"] == true);
        failed += usize::from(ours.status == 1);
    }
    assert!(changed > 200 && failed > 200 && changed + failed < 900, "{changed} {failed}");
}
