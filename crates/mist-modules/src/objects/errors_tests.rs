//! The messages of the object modules.

use super::*;
use crate::common::messages::EARLIER_TASK;
use mist_client::suggest::Candidates;

fn missing(name: &str) -> NameError {
    let candidates = Some(Candidates::new(name, ["East", "West"]));
    NameError::Missing { field: "sitegroups".into(), word: "sitegroups".into(), name: name.into(), candidates }
}

#[test]
fn messages_have_the_option_the_problem_and_the_fix() {
    let several = |template: &[&str]| {
        let references = |one: &&str| vec![("template_id".to_owned(), (*one).to_owned())];
        let distinguishing: Vec<String> = template.first().map(|_| "template_id".to_owned()).into_iter().collect();
        let object =
            |(number, one)| (format!("{number}"), if distinguishing.is_empty() { vec![] } else { references(one) });
        let objects = if template.is_empty() {
            vec![("0".to_owned(), vec![]), ("1".to_owned(), vec![])]
        } else {
            template.iter().enumerate().map(object).collect()
        };
        ObjectError::Several(Several { word: "wlans".into(), objects, distinguishing: distinguishing.clone() })
    };
    for (error, sentence) in [
        (
            several(&["t", "none"]),
            "match: 2 wlans match, and none was changed. Set id, or add template_id to match: 0 (template_id t), 1 (template_id none)",
        ),
        (several(&[]), "match: 2 wlans match, and none was changed. Set id, or set match: 0, 1"),
        (
            ObjectError::Name(missing("Est")),
            "object: sitegroups: no sitegroup named 'Est' exists. Similar: 'East', 'West'.",
        ),
        (
            ObjectError::Name(missing("xyzzyx")),
            "object: sitegroups: no sitegroup named 'xyzzyx' exists. Existing: 'East', 'West'.",
        ),
        (ObjectError::NotDeletable { word: "setting".into() }, "state: setting cannot be deleted."),
        (
            ObjectError::NoSuchId { word: "secpolicies".into(), id: "x".into() },
            "id: no secpolicy with the id 'x' exists. Remove id to create one.",
        ),
    ] {
        assert_eq!(message(&error, ONE), sentence);
    }
}

#[test]
fn equal_errors_of_a_set_are_one_sentence_and_few_are_listed() {
    let task = Task::builder().build();
    let form =
        |field: &str| ObjectError::Name(NameError::Form { field: field.into(), target: "x_ids".into(), list: true });
    let mut all: Vec<_> = (0..10).map(|number| (number, form("a"))).collect();
    all.push((3, form("b")));
    let sentence = |field: &str| format!("{field}: a list of names is needed. Use one, or a list of ids in x_ids.");
    let message = of_items(&task, "objects", all).msg;
    assert_eq!(message, format!("objects: item 1 and 9 more: {} item 4: {}", sentence("a"), sentence("b")));
    let many: Vec<_> = (0..7).map(|number| (number, form(&number.to_string()))).collect();
    assert!(of_items(&task, "src", many).msg.ends_with(" and 2 more"));
}

#[test]
fn in_check_mode_an_earlier_task_may_create_a_missing_object() {
    let check = Task::builder().check_mode(true).build();
    assert!(of_one(&check, vec![missing("Est")]).msg.ends_with(EARLIER_TASK));
    let both = NameError::Both { field: "a".into(), target: "a_id".into() };
    assert_eq!(of_one(&check, vec![both]).msg, "object: a: mutually exclusive with a_id. Declare one of them.");
    assert!(of_items(&check, "objects", vec![(0, ObjectError::Name(missing("x")))]).msg.ends_with(EARLIER_TASK));
}
