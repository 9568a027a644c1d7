//! The module does what its twin in Python does.

#![allow(clippy::unwrap_used)] // A failure here fails the test.

#[path = "../python/mod.rs"]
mod python;
#[path = "../python/twins.rs"]
mod twins;

use super::CommandFacts;
use python::pythons;
use serde_json::{Value, json};
use twins::{Random, assert_same, results_of_twin, run};

#[test]
fn its_types_are_what_ansible_understands() {
    ansible_binary_module::check::<CommandFacts>().unwrap();
}

fn command(random: &mut Random) -> Value {
    let argv = match random.below(24) {
        0 => json!(["true"]),
        1 => json!(["false"]),
        2 => json!(["printf", "a\\nb\\n\\n"]),
        3 => json!(["printf", "two  words \\n"]),
        4 => json!(["cat", "/nonexistent"]),
        5 => json!(["sh", "-c", "echo out; echo err >&2; exit 3"]),
        6 => json!(["sh", "-c", "kill -TERM $$"]),
        7 => json!(["no-such-program", "x y"]),
        8 => json!("echo,a b"),
        9 => json!(["echo", 1, 2.5, true, null]),
        10 => json!(["printenv", "LC_ALL"]),
        11 => json!(["cat"]),
        12 => json!(["/", "x"]),
        _ => json!(["echo", "it's", "$HOME", "*"]),
    };
    let mut command = json!({"name": random.pick(&["a", "b", "c d"]), "argv": argv});
    match random.below(36) {
        0 => drop(command.as_object_mut().unwrap().remove("argv")),
        1 => command["name"] = Value::Null,
        2 => command["name"] = json!(5),
        3 => command["argvv"] = json!("x"),
        4 => command = json!("name=a argv=echo,x"),
        5 => command = json!(["echo"]),
        6 => command["argv"] = json!({"echo": 1}),
        _ => {}
    }
    command
}

fn case(random: &mut Random) -> Value {
    let commands: Vec<Value> = (0..=random.below(3)).map(|_| command(random)).collect();
    let mut arguments = json!({
        "commands": commands, "_ansible_check_mode": random.below(2) == 0, "_ansible_module_name": "command_facts",
    });
    match random.below(24) {
        0 => arguments["timeout"] = json!("20"),
        1 => arguments["timeout"] = json!("soon"),
        2 => arguments["time_out"] = json!(1),
        3 => drop(arguments.as_object_mut().unwrap().remove("commands")),
        4 => arguments["commands"] = arguments["commands"][0].clone(),
        _ => {}
    }
    arguments
}

#[test]
fn a_thousand_random_tasks_end_as_with_the_twin() {
    let mut random = Random(0x5eed_1234_abcd_0002);
    let cases: Vec<Value> = (0..1000).map(|_| case(&mut random)).collect();
    let mut succeeded = 0;
    for (arguments, theirs) in cases.iter().zip(results_of_twin("command_facts/twin.py", &cases)) {
        let ours = run::<CommandFacts>(arguments);
        assert_same(&ours.result, &theirs, &arguments.to_string());
        succeeded += usize::from(ours.status == 0);
    }
    assert!((200..800).contains(&succeeded), "{succeeded}");
}
