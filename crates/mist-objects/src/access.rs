//! Keeps a task about objects from taking away the caller's own access, and away from tokens, which have modules of their own.

use crate::error::ObjectError;
use crate::plan::{Fields, Plan, Step};
use crate::table::Kind;
use mist_client::Client;
use serde_json::Value;

/// The reason that objects are not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protected {
    /// They are API tokens. A response would show a new key, and a purge would delete the caller's own token.
    Tokens,
    /// It is the account of the caller.
    OwnAccount,
    /// A deletion would remove a whole organization or MSP.
    Organization,
    /// A site with devices is not deleted together with other objects.
    SiteWithDevices,
    /// It is the caller's own administrator, known by this e-mail or name.
    OwnAdministrator(String),
}

/// True for the words of API tokens in any spelling: `apitokens`, `api_token`, `Tokens`.
#[must_use]
pub fn means_tokens(word: &str) -> bool {
    let letters: String = word.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    matches!(letters.as_str(), "apitoken" | "apitokens" | "token" | "tokens" | "mistapitoken" | "mistapitokens")
}

/// Checks a kind, and the id that a task gives, before anything is sent.
///
/// # Errors
/// Tokens and the caller's account are never written.
pub fn check_kind(kind: &Kind, id: Option<&str>) -> Result<(), Protected> {
    let segments = segments(kind, id);
    if segments.iter().any(|segment| matches!(segment.as_str(), "apitokens" | "apitoken")) {
        return Err(Protected::Tokens);
    }
    if segments.first().is_some_and(|segment| segment == "self") {
        return Err(Protected::OwnAccount);
    }
    Ok(())
}

/// Checks that objects of a kind may be deleted.
///
/// # Errors
/// Organizations and MSPs are not deleted.
pub fn check_deletion(kind: &Kind) -> Result<(), Protected> {
    let segments = segments(kind, None);
    if segments.last().is_some_and(|segment| matches!(segment.as_str(), "orgs" | "msps")) {
        return Err(Protected::Organization);
    }
    Ok(())
}

/// True if the objects are administrators, or if the id of the task may lead to one.
#[must_use]
pub fn is_about_administrators(kind: &Kind, id: Option<&str>) -> bool {
    segments(kind, id).iter().any(|segment| segment == "admins")
}

/// Checks that no plan changes or deletes the caller's own administrator. One GET, and only if administrators are written.
///
/// # Errors
/// A plan is about the caller, or the GET failed.
pub fn check_plans<'a>(
    client: &Client,
    kind: &Kind,
    id: Option<&str>,
    plans: impl IntoIterator<Item = &'a Plan>,
) -> Result<(), ObjectError> {
    if !is_about_administrators(kind, id) {
        return Ok(());
    }
    let written = |plan: &&Plan| matches!(plan.step, Step::Change { .. } | Step::Delete);
    let written: Vec<&Plan> = plans.into_iter().filter(written).collect();
    if written.is_empty() {
        return Ok(());
    }
    let caller = client.get("/api/v1/self")?.json;
    let own = written.iter().filter_map(|plan| plan.found.as_ref()).find(|found| is_caller(&caller, found));
    own.map_or(Ok(()), |own| {
        let name = text(own, "email").or_else(|| text(own, "name")).unwrap_or_default();
        Err(ObjectError::Protected(Protected::OwnAdministrator(name)))
    })
}

/// True if an administrator is the caller. An account has an e-mail. The token of an organization has none, and is listed by its
/// name.
fn is_caller(caller: &Value, administrator: &Fields) -> bool {
    let Some(caller) = caller.as_object() else { return false };
    let same = |field: &str, other: &str| {
        let (one, other) = (text(caller, field), text(administrator, other));
        one.is_some() && one == other
    };
    let same_id = ["id", "admin_id"].iter().any(|one| ["id", "admin_id"].iter().any(|other| same(one, other)));
    let has_email = text(caller, "email").is_some() || text(administrator, "email").is_some();
    same_id || same("email", "email") || (!has_email && same("name", "name"))
}

/// A text without case and surrounding blanks.
fn text(fields: &Fields, field: &str) -> Option<String> {
    let text = fields.get(field)?.as_str()?.trim().to_lowercase();
    (!text.is_empty()).then_some(text)
}

/// The parts of the path of an object, as a server may read them: decoded, in small letters, without dots and parameters.
fn segments(kind: &Kind, id: Option<&str>) -> Vec<String> {
    let decoded = mist_client::path::decoded(&format!("{}/{}", kind.item, id.unwrap_or_default()));
    let clean = |segment: &str| {
        let plain = segment.split([';', '?', '#']).next().unwrap_or_default();
        plain.trim_matches(|character: char| character.is_whitespace() || character == '.').to_lowercase()
    };
    let mut segments: Vec<String> =
        decoded.split(['/', '\\']).map(clean).filter(|segment| !segment.is_empty()).collect();
    if segments.first().is_some_and(|segment| segment == "api") {
        segments.drain(..segments.len().min(2));
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{self, Level};
    use serde_json::json;

    fn at(path: &str) -> Kind {
        Kind::unknown(path, Level::Org, vec!["name".to_owned()])
    }

    #[test]
    fn tokens_and_the_own_account_are_protected_in_every_spelling() {
        for (path, id, expected) in [
            ("orgs/{org_id}/apitokens", None, Err(Protected::Tokens)),
            ("orgs/{org_id}/ApiTokens.", None, Err(Protected::Tokens)),
            ("orgs/{org_id}/api%74okens", None, Err(Protected::Tokens)),
            ("orgs/{org_id}/%2561pitokens;x", None, Err(Protected::Tokens)),
            ("orgs/{org_id}", Some("apitokens"), Err(Protected::Tokens)),
            ("orgs/{org_id}/x", Some("../apitokens/y"), Err(Protected::Tokens)),
            ("/api/v1/self/apitokens", None, Err(Protected::Tokens)),
            ("self", None, Err(Protected::OwnAccount)),
            ("api/v1/Self", Some("x"), Err(Protected::OwnAccount)),
            ("orgs/{org_id}/newthings", None, Ok(())),
            ("orgs/{org_id}/admins", None, Ok(())),
        ] {
            assert_eq!(check_kind(&at(path), id), expected, "{path} {id:?}");
        }
        assert!(table::all().all(|kind| check_kind(&kind, None).is_ok() && check_deletion(&kind).is_ok()));
        assert_eq!(check_deletion(&at("orgs")), Err(Protected::Organization));
        assert!(is_about_administrators(&at("orgs/{org_id}"), Some("Admins")));
        assert!(means_tokens("API-Tokens") && !means_tokens("sitegroups"));
    }

    #[test]
    fn the_caller_is_known_by_email_or_as_a_token_by_name() {
        let account = json!({"email": "Ann@example.com", "name": "x"});
        let token = json!({"name": "CI", "privileges": []});
        for (caller, administrator, expected) in [
            (&account, json!({"email": "ann@EXAMPLE.com "}), true),
            (&account, json!({"email": "bob@example.com", "name": "x"}), false),
            (&account, json!({"name": "x"}), false),
            (&token, json!({"name": "ci"}), true),
            (&token, json!({"name": "CI", "email": "ci@example.com"}), false),
            (&json!({"admin_id": "7"}), json!({"id": "7"}), true),
            (&json!({}), json!({}), false),
        ] {
            assert_eq!(is_caller(caller, administrator.as_object().unwrap()), expected, "{caller} {administrator}");
        }
    }
}
