//! Messages of the object modules: facts of `mist-objects`, with the options of the module and the fix.

use crate::common::messages;
use crate::common::options::OptionError;
use ansible_binary_module::{Causes, Failure, Task};
use mist_client::Error;
use mist_client::redact::quoted;
use mist_objects::access::Protected;
use mist_objects::apply::ApplyError;
use mist_objects::apply_set::{ItemOutcome, SetOutcome};
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
    match option_and_reason(error, wording) {
        ("", reason) => reason,
        (option, reason) => format!("{option}: {reason}"),
    }
}

/// The error as a failure, which keeps it as data.
#[must_use]
pub fn failure_of(error: ObjectError, wording: Wording) -> Failure {
    Failure::new(message(&error, wording)).caused_by(error)
}

/// The error of an option, which keeps it as data.
#[must_use]
pub fn option_error(error: ObjectError, wording: Wording) -> OptionError {
    let (option, reason) = option_and_reason(&error, wording);
    OptionError::new(option, reason).caused_by(error)
}

/// The errors of a set, as data.
#[must_use]
pub fn causes(outcome: &SetOutcome) -> Causes {
    let cause = |item: &ItemOutcome| match item {
        ItemOutcome::Refused(error) => Some(Causes::of(error.clone())),
        ItemOutcome::Failed(failed) => Some(Causes::of(failed.clone())),
        ItemOutcome::Done(_) | ItemOutcome::NotStarted => None,
    };
    outcome.objects.iter().chain(&outcome.purge).filter_map(cause).collect()
}

/// The option that the error is about, if any, and the sentences.
fn option_and_reason(error: &ObjectError, wording: Wording) -> (&'static str, String) {
    let Wording { declaration, deletion, by_id } = wording;
    let option = match error {
        ObjectError::NoKey | ObjectError::Several(_) => "match",
        ObjectError::NoSuchId { .. } => "id",
        ObjectError::NotDeletable { .. } => deletion,
        ObjectError::ExactNotDeclared { .. } | ObjectError::ExactNotDictionary { .. } => "exact",
        ObjectError::KeyNotDeclared { .. }
        | ObjectError::BlankEnds { .. }
        | ObjectError::Similar { .. }
        | ObjectError::IdNotText { .. }
        | ObjectError::UnknownState { .. }
        | ObjectError::SameObject { .. }
        | ObjectError::NoId { .. }
        | ObjectError::NotCreatable { .. }
        | ObjectError::MaskedSecrets { .. }
        | ObjectError::DeclaredMasks { .. }
        | ObjectError::LostDigits { .. }
        | ObjectError::Name(_)
        | ObjectError::Protected(_) => declaration,
        ObjectError::Client(error) => return messages::option_and_reason(error, ""),
        ObjectError::ListedButMissing { .. }
        | ObjectError::StillListed { .. }
        | ObjectError::NotReached { .. }
        | ObjectError::Removed { .. }
        | ObjectError::Overwritten { .. }
        | ObjectError::NotInGroups
        | ObjectError::Vanished { .. } => "",
    };
    let reason = match error {
        ObjectError::NoKey => {
            "required, because no field identifies an object of this type. List the fields that do.".to_owned()
        }
        ObjectError::KeyNotDeclared { field } => {
            format!("{} is required, because it identifies the object. Declare it.", quoted(field))
        }
        ObjectError::BlankEnds { field, value } => {
            format!("{field} begins or ends with a blank, {}. Remove the blank.", quoted(value))
        }
        ObjectError::Similar { word, title, others } => {
            let one = |(title, id): &(String, String)| match id.as_str() {
                "" => quoted(title),
                id => format!("{} ({id})", quoted(title)),
            };
            let others: Vec<String> = others.iter().map(one).collect();
            format!(
                "no {} {} exists, but names that differ only in blanks, case or Unicode form. Declare the existing \
                 name, or set allow_similar: true: {}",
                singular(word),
                quoted(title),
                list(&others, ", ")
            )
        }
        ObjectError::IdNotText { field } => {
            format!("{field} is empty or not text. Set the ID of the object, or remove the field.")
        }
        ObjectError::UnknownState { value } => {
            format!("no state {} exists. Use present, patched or absent.", quoted(value))
        }
        ObjectError::SameObject { first, second, title } => {
            format!("items {first} and {second} are the same object, {}. Remove one.", quoted(title))
        }
        ObjectError::Several(several) => several_objects(several, by_id),
        ObjectError::NoSuchId { word, id } => {
            format!("no {} with the id {} exists. Remove id to create one.", singular(word), quoted(id))
        }
        ObjectError::ListedButMissing { id } => format!(
            "the cloud lists the object {id}, but answers 404 to a read of it. Nothing was changed. Run the task again."
        ),
        ObjectError::NoId { word, field } => {
            format!("the {} found has no {field}, so it cannot be written.", singular(word))
        }
        ObjectError::NotCreatable { word } => {
            format!("no such {} exists, and {word} cannot be created.", singular(word))
        }
        ObjectError::NotDeletable { word } => format!("{word} cannot be deleted."),
        ObjectError::MaskedSecrets { paths } => format!(
            "the cloud masks secrets, and a change next to them would write the mask. Declare them, too: {}",
            list(paths, ", ")
        ),
        ObjectError::DeclaredMasks { paths } => format!(
            "the mask of a secret is not a secret. Declare the secret itself, or remove the field: {}",
            list(paths, ", ")
        ),
        ObjectError::LostDigits { paths } => format!(
            "the cloud has integers of more than 64 bits next to the change, which would be written with other digits. \
             Declare them as text, or use mist_api_request: {}",
            list(paths, ", ")
        ),
        ObjectError::ExactNotDeclared { path } => {
            format!("{} is not declared. List declared dictionaries.", quoted(path))
        }
        ObjectError::ExactNotDictionary { path } => {
            format!("{} is not a dictionary. List declared dictionaries.", quoted(path))
        }
        ObjectError::Name(error) => name_error(error),
        ObjectError::Protected(reason) => protected(reason),
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
    };
    (option, reason)
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
    format!("{} {} match, and none was changed. {advice}: {}", all.len(), several.word, all.join(", "))
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
pub fn of_one(task: &Task, errors: Vec<NameError>) -> Failure {
    let sentences: Vec<String> = errors.iter().map(name_error).collect();
    let message = format!("object: {}", list(&sentences, " "));
    let message = messages::with_earlier_task(task, message, errors.iter().any(NameError::is_missing));
    Failure::new(message).with_causes(errors.into_iter().map(Causes::of).collect())
}

/// The unknown names in `where`.
#[must_use]
pub fn of_where(task: &Task, errors: Vec<NameError>) -> Failure {
    let sentences: Vec<String> = errors.iter().map(name_error).collect();
    let message = messages::with_earlier_task(task, format!("where: {}", list(&sentences, " ")), true);
    Failure::new(message).with_causes(errors.into_iter().map(Causes::of).collect())
}

/// The errors of the objects of a set, with their numbers from 0. An error that several objects have is one sentence.
#[must_use]
pub fn of_items(task: &Task, option: &'static str, errors: Vec<(usize, ObjectError)>) -> Failure {
    let wording = of_set(option);
    let prefix = format!("{option}: ");
    let mut items: Vec<(String, Vec<usize>)> = Vec::new();
    for (number, error) in &errors {
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
    let message = messages::with_earlier_task(task, format!("{prefix}{}", list(&sentences, " ")), is_missing);
    Failure::new(message).with_causes(errors.into_iter().map(|(_, error)| Causes::of(error)).collect())
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
#[path = "errors_tests.rs"]
mod tests;
