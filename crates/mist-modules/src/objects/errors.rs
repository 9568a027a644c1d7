//! Messages of the object modules: facts of `mist-objects`, with the options of the module and the fix.

use crate::common::messages;
use ansible_binary_module::Task;
use mist_client::Error;
use mist_client::redact::quoted;
use mist_objects::access::Protected;
use mist_objects::apply::ApplyError;
use mist_objects::conformity::Deviation;
use mist_objects::error::{NameError, ObjectError, Several, Warning, singular};
use mist_objects::table::Kind;
use std::fmt::Write as _;

/// At most this many of several are listed.
const LISTED: usize = 5;

/// The options of a module that messages name.
#[derive(Clone, Copy, Debug)]
pub struct Wording {
    /// The option with the declaration: `object`, `objects` or `src`.
    pub declaration: &'static str,
    /// The option that deletes.
    pub deletion: &'static str,
    /// How to name an object by its id.
    pub by_id: &'static str,
}

/// The wording of `mist_object`.
pub const ONE: Wording = Wording { declaration: "object", deletion: "state", by_id: "Set id" };

/// The wording of `mist_objects`, with its option of the declaration.
#[must_use]
pub fn of_set(declaration: &'static str) -> Wording {
    Wording { declaration, deletion: "purge", by_id: "Add id to the object" }
}

/// The error as a user reads it.
#[must_use]
pub fn message(error: &ObjectError, wording: Wording) -> String {
    let Wording { declaration, deletion, by_id } = wording;
    match error {
        ObjectError::NoKey => {
            "match: required, because no field identifies an object of this type. List the fields that do.".to_owned()
        }
        ObjectError::KeyNotDeclared { field } => {
            format!("{declaration}: {} is required, because it identifies the object. Declare it.", quoted(field))
        }
        ObjectError::BlankEnds { field, value } => {
            format!("{declaration}: {field} begins or ends with a blank, {}. Remove the blank.", quoted(value))
        }
        ObjectError::Similar { word, title, others } => {
            let one = |(title, id): &(String, String)| match id.as_str() {
                "" => quoted(title),
                id => format!("{} ({id})", quoted(title)),
            };
            let others: Vec<String> = others.iter().map(one).collect();
            format!(
                "{declaration}: no {} {} exists, but names that differ only in blanks, case or Unicode form. Declare the existing \
                 name, or set allow_similar: true: {}",
                singular(word),
                quoted(title),
                list(&others, ", ")
            )
        }
        ObjectError::IdNotText { field } => {
            format!("{declaration}: {field} is empty or not text. Set the ID of the object, or remove the field.")
        }
        ObjectError::UnknownState { value } => {
            format!("{declaration}: no state {} exists. Use present, patched or absent.", quoted(value))
        }
        ObjectError::SameObject { first, second, title } => {
            format!("{declaration}: items {first} and {second} are the same object, {}. Remove one.", quoted(title))
        }
        ObjectError::Several(several) => several_objects(several, by_id),
        ObjectError::NoSuchId { word, id } => {
            format!("id: no {} with the id {} exists. Remove id to create one.", singular(word), quoted(id))
        }
        ObjectError::ListedButMissing { id } => format!(
            "the cloud lists the object {id}, but answers 404 to a read of it. Nothing was changed. Run the task again."
        ),
        ObjectError::NoId { word, field } => {
            format!("{declaration}: the {} found has no {field}, so it cannot be written.", singular(word))
        }
        ObjectError::NotCreatable { word } => {
            format!("{declaration}: no such {} exists, and {word} cannot be created.", singular(word))
        }
        ObjectError::NotDeletable { word } => format!("{deletion}: {word} cannot be deleted."),
        ObjectError::MaskedSecrets { paths } => format!(
            "{declaration}: the cloud masks secrets, and a change next to them would write the mask. Declare them, too: {}",
            list(paths, ", ")
        ),
        ObjectError::DeclaredMasks { paths } => format!(
            "{declaration}: the mask of a secret is not a secret. Declare the secret itself, or remove the field: {}",
            list(paths, ", ")
        ),
        ObjectError::LostDigits { paths } => format!(
            "{declaration}: the cloud has integers of more than 64 bits next to the change, which would be written with other digits. \
             Declare them as text, or use mist_api_request: {}",
            list(paths, ", ")
        ),
        ObjectError::ExactNotDeclared { path } => {
            format!("exact: {} is not declared. List declared dictionaries.", quoted(path))
        }
        ObjectError::ExactNotDictionary { path } => {
            format!("exact: {} is not a dictionary. List declared dictionaries.", quoted(path))
        }
        ObjectError::Name(error) => format!("{declaration}: {}", name_error(error)),
        ObjectError::Protected(reason) => format!("{declaration}: {}", protected(reason)),
        ObjectError::StillListed { word, id } => format!(
            "the cloud answers 404 to the deletion, but still lists the {}. Check that the credentials may delete it: {id}",
            singular(word)
        ),
        ObjectError::NotReached { word, id } => format!(
            "the cloud answers 404 to the change, but still lists the {}. Check that the credentials may change it: {id}",
            singular(word)
        ),
        ObjectError::Removed { word, id } => format!(
            "the {} does not exist any more. Another client may have deleted it. Run the task again: {id}",
            singular(word)
        ),
        ObjectError::Overwritten { id, fields } => format!(
            "another client changes {} of the object {id} at the same time. Run the task again when it has ended.",
            list(fields, ", ")
        ),
        ObjectError::NotInGroups => {
            "the cloud does not list the site in its site groups, although they were written again. Run the task again."
                .to_owned()
        }
        ObjectError::Vanished { id } => {
            format!("the object {id} was written, but does not exist any more. Another client may have deleted it.")
        }
        ObjectError::Client(error) => messages::message(error),
    }
}

fn several_objects(several: &Several, by_id: &str) -> String {
    let one = |(id, references): &(String, Vec<(String, String)>)| {
        let references: Vec<String> = references.iter().map(|(field, value)| format!("{field} {value}")).collect();
        if references.is_empty() { id.clone() } else { format!("{id} ({})", references.join(", ")) }
    };
    let all: Vec<String> = several.objects.iter().map(one).collect();
    let advice = match several.distinguishing.first() {
        Some(field) => format!("{by_id}, or add {field} to match"),
        None => format!("{by_id}, or set match"),
    };
    format!("match: {} {} match, and none was changed. {advice}: {}", all.len(), several.word, all.join(", "))
}

/// The first of several, and the number of the others.
#[must_use]
pub fn list(all: &[String], separator: &str) -> String {
    first(all, LISTED, separator)
}

/// As [`list`], with another limit.
#[must_use]
pub fn first(all: &[String], most: usize, separator: &str) -> String {
    let listed = all.iter().take(most).cloned().collect::<Vec<_>>().join(separator);
    if all.len() > most { format!("{listed}{separator}and {} more", all.len() - most) } else { listed }
}

/// A field or value that the document does not have, as a sentence that begins with its path.
#[must_use]
pub fn deviation(kind: &Kind, path: &str, deviation: &Deviation) -> String {
    let list = |label: &str, names: &[String]| match names {
        [] => String::new(),
        names => format!(" {label}: {}.", names.join(", ")),
    };
    match deviation {
        Deviation::Field { similar } => {
            format!("{path}: not a field of {} in the API document.{}", kind.word, list("Similar", similar))
        }
        Deviation::Value { value, similar, known } => {
            let others = if similar.is_empty() { list("Values", known) } else { list("Similar", similar) };
            format!("{path}: {} is not a value in the API document.{others}", quoted(value))
        }
    }
}

/// A wrong name or id, as a sentence that begins with the field.
#[must_use]
pub fn name_error(error: &NameError) -> String {
    match error {
        NameError::Form { field, target, list: true } => {
            format!("{field}: a list of names is needed. Use one, or a list of ids in {target}.")
        }
        NameError::Form { field, target, list: false } => {
            format!("{field}: a name is needed. Use one, or an id in {target}.")
        }
        NameError::Both { field, target } => format!("{field}: mutually exclusive with {target}. Declare one of them."),
        NameError::Missing { field, word, name, candidates } => {
            let candidates = candidates.as_ref().map(|candidates| format!(" {candidates}")).unwrap_or_default();
            format!("{field}: no {} named {} exists.{candidates}", singular(word), quoted(name))
        }
        NameError::Ambiguous { field, word, name, ids } => {
            format!("{field}: {} {word} are named {}. Use an id: {}", ids.len(), quoted(name), list(ids, ", "))
        }
        NameError::NotAnId { field, value, alias } => {
            let advice = alias.as_ref().map(|alias| format!(" {alias} accepts names.")).unwrap_or_default();
            format!("{field}: {} is not a UUID.{advice}", quoted(value))
        }
    }
}

/// The wrong names of one object.
#[must_use]
pub fn of_one(task: &Task, errors: &[NameError]) -> String {
    let sentences: Vec<String> = errors.iter().map(name_error).collect();
    let message = format!("object: {}", list(&sentences, " "));
    messages::with_earlier_task(task, message, errors.iter().any(NameError::is_missing))
}

/// The unknown names in `where`.
#[must_use]
pub fn of_where(task: &Task, errors: &[NameError]) -> String {
    let sentences: Vec<String> = errors.iter().map(name_error).collect();
    messages::with_earlier_task(task, format!("where: {}", list(&sentences, " ")), true)
}

/// The errors of the objects of a set, with their numbers from 0. An error that several objects have is one sentence.
#[must_use]
pub fn of_items(task: &Task, option: &'static str, errors: &[(usize, ObjectError)]) -> String {
    let wording = of_set(option);
    let prefix = format!("{option}: ");
    let mut items: Vec<(String, Vec<usize>)> = Vec::new();
    for (number, error) in errors {
        let sentence = message(error, wording);
        let sentence = sentence.strip_prefix(&prefix).unwrap_or(&sentence).to_owned();
        match items.iter_mut().find(|(known, _)| *known == sentence) {
            Some((_, numbers)) => numbers.push(number + 1),
            None => items.push((sentence, vec![number + 1])),
        }
    }
    let sentences: Vec<String> = items
        .iter()
        .map(|(sentence, numbers)| match numbers.as_slice() {
            [first, rest @ ..] if !rest.is_empty() => format!("item {first} and {} more: {sentence}", rest.len()),
            numbers => format!("item {}: {sentence}", numbers.first().copied().unwrap_or_default()),
        })
        .collect();
    let is_missing = errors.iter().any(|(_, error)| matches!(error, ObjectError::Name(error) if error.is_missing()));
    messages::with_earlier_task(task, format!("{prefix}{}", list(&sentences, " ")), is_missing)
}

/// The reason that an object is never written, and the module to use.
#[must_use]
pub fn protected(protected: &Protected) -> String {
    match protected {
        Protected::Tokens => "API tokens have modules of their own. Use mist_api_token or mist_api_tokens.".to_owned(),
        Protected::OwnAccount => "the account of the caller is not an object. Use mist_api_request.".to_owned(),
        Protected::Organization => {
            "organizations and MSPs are not deleted by this module. Use mist_api_request.".to_owned()
        }
        Protected::SiteWithDevices => {
            "the site has devices, so it is not deleted. Move or release its devices first.".to_owned()
        }
        Protected::OwnAdministrator(name) => format!(
            "administrator {} is the account or token of this task, and is not changed or deleted. Use other credentials.",
            quoted(name)
        ),
    }
}

/// The error of an object, and what may exist in spite of it.
#[must_use]
pub fn failure(failed: &ApplyError, wording: Wording) -> String {
    let mut message = message(&failed.error, wording);
    if failed.may_appear {
        message.push_str(" The object may yet appear. Run the task again: it looks for the object first.");
    }
    if !failed.duplicates.is_empty() {
        let _ = write!(message, " Other objects with the same name exist: {}", failed.duplicates.join(", "));
    }
    message
}

/// A warning as a user reads it.
#[must_use]
pub fn warning(warning: &Warning) -> String {
    let lost = |error: &Error| match error {
        Error::Connection { .. } => "lost connection or timeout".to_owned(),
        Error::Status { status, .. } => format!("status {status}"),
        _ => "unusable response".to_owned(),
    };
    match warning {
        Warning::NothingToPatch => "The object does not exist, and state: patched creates none.".to_owned(),
        Warning::KeptOtherwise { title, kept } => format!(
            "The cloud has the object {} as {}. It was not renamed, and no other one was created. Declare the name of the cloud.",
            quoted(title),
            quoted(kept)
        ),
        Warning::SimilarStay { titles } => {
            let titles: Vec<String> = titles.iter().map(|title| quoted(title)).collect();
            format!(
                "No object has exactly this name. Objects whose names differ only in blanks, case or Unicode form stay: {}",
                list(&titles, ", ")
            )
        }
        Warning::Fixed { field } => format!("{field} cannot be changed once the object exists, and stays as it is."),
        Warning::SecretsNotShown { paths } => format!(
            "The cloud does not show some secrets, so they were neither compared nor written. update_secrets: always writes \
             them: {}",
            list(paths, ", ")
        ),
        Warning::SecretsMayBeLost { paths } => format!(
            "The cloud does not show some secrets next to the change. If it replaces dictionaries as a whole, they are lost. \
             Declare them, too: {}",
            list(paths, ", ")
        ),
        Warning::DeletionLost(error) => {
            format!("The response to the deletion was lost ({}). The object is no longer listed.", lost(error))
        }
        Warning::CreatedAgain(error) => {
            format!("The response to the creation was lost ({}). The object was created again.", lost(error))
        }
        Warning::Adopted(error) => {
            format!("The response to the creation was lost ({}). The object was found in the list.", lost(error))
        }
        Warning::Withdrawn { id, lost: error } => format!(
            "The response to the creation was lost ({}). An older object with the same name exists, so the run deleted its \
             own: {id}",
            lost(error)
        ),
        Warning::Duplicates(ids) => format!(
            "Other objects with the same name exist. The run did not delete them, because it cannot prove that it created \
             them: {}",
            ids.join(", ")
        ),
        Warning::NotLookedAgain(error) => format!(
            "The list could not be read again after the creation ({}). Another client may have created an object with the same name \
             at the same time.",
            lost(error)
        ),
        Warning::GroupsNotChecked(error) => format!(
            "The site groups could not be read again ({}). Check that they have the site, because several sites were written at the \
             same time.",
            lost(error)
        ),
        Warning::AdoptedOlder { id, own } => format!(
            "Another client created an older object with the same name at the same time. The task uses that one ({id}). Its own \
             one stays: {own}"
        ),
        Warning::MayAppear => {
            "Another object with the same name may still appear, from a request without a response.".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
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
        let form = |field: &str| {
            ObjectError::Name(NameError::Form { field: field.into(), target: "x_ids".into(), list: true })
        };
        let mut all: Vec<_> = (0..10).map(|number| (number, form("a"))).collect();
        all.push((3, form("b")));
        let sentence = |field: &str| format!("{field}: a list of names is needed. Use one, or a list of ids in x_ids.");
        let message = of_items(&task, "objects", &all);
        assert_eq!(message, format!("objects: item 1 and 9 more: {} item 4: {}", sentence("a"), sentence("b")));
        let many: Vec<_> = (0..7).map(|number| (number, form(&number.to_string()))).collect();
        assert!(of_items(&task, "src", &many).ends_with(" and 2 more"));
    }

    #[test]
    fn in_check_mode_an_earlier_task_may_create_a_missing_object() {
        let check = Task::builder().check_mode(true).build();
        assert!(of_one(&check, &[missing("Est")]).ends_with(EARLIER_TASK));
        let both = NameError::Both { field: "a".into(), target: "a_id".into() };
        assert_eq!(of_one(&check, &[both]), "object: a: mutually exclusive with a_id. Declare one of them.");
        assert!(of_items(&check, "objects", &[(0, ObjectError::Name(missing("x")))]).ends_with(EARLIER_TASK));
    }
}
