//! Carries a plan out. The order is the promise: the place for the key is proven first, the new token is proven
//! and its key delivered before anything old is deleted, and what cannot be finished is undone.

use crate::mist_api_token::difference;
use crate::mist_api_token::plan::Plan;

use mist_client::error::{Error, in_words};
use mist_client::retry::growing_pause;
use mist_client::{Client, interruption};
use mist_tokens::creation::{self, Created, Draft};
use mist_tokens::key_file::{Content, KeyFile, Place};
use mist_tokens::token::{self, Listing, NewToken, Owner, Token};
use secrecy::SecretString;

/// A fresh token that is refused is tried again so often: the cloud may need a moment to know it everywhere.
const PROOFS: u32 = 4;

/// What was done.
#[derive(Debug, Default)]
pub struct Done {
    /// The token that is there now.
    pub token: Option<Token>,
    /// Its key, if it is new.
    pub key: Option<SecretString>,
    /// The ids that were deleted.
    pub deleted: Vec<String>,
    /// What the user should hear.
    pub warnings: Vec<String>,
}

impl Done {
    /// Whether anything was changed.
    #[must_use]
    pub fn changed(&self, plan: &Plan) -> bool {
        self.key.is_some() || !self.deleted.is_empty() || (self.token.is_some() && plan.update.is_some())
    }

    /// What the real run would do, as far as it can be known beforehand.
    #[must_use]
    pub fn foreseen(plan: &Plan) -> Self {
        Self {
            token: plan.keep.as_ref().filter(|_| plan.create.is_none()).map(|token| difference::updated(token, plan)),
            deleted: plan.deleted().map(|token| token.id.clone()).collect(),
            warnings: plan.warnings.clone(),
            ..Self::default()
        }
    }
}

/// A run that was stopped on its way.
#[derive(Debug)]
pub struct Stopped {
    /// What went wrong, and what there is now.
    pub trouble: Trouble,
    /// What had been done by then.
    pub done: Done,
}

/// What went wrong.
#[derive(Debug)]
pub struct Trouble {
    /// In words for the user.
    pub message: String,
    /// Whether it is about this token or its key file alone, so that work on others may well succeed.
    pub about_one_thing: bool,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self { message: error.to_string(), about_one_thing: error.is_about_one_thing() }
    }
}

/// Does what the plan says; the key of a new token goes to `key_file`, where there is one.
///
/// # Errors
/// What stopped it, with what had been done by then.
pub fn carry_out(
    client: &Client,
    owner: &Owner,
    key_file: Option<&KeyFile>,
    plan: &Plan,
    before: &Listing,
) -> Result<Done, Box<Stopped>> {
    let mut done = Done { warnings: plan.warnings.clone(), ..Done::default() };
    if plan.changes() {
        interruption::begin_change();
    }
    match follow(client, owner, key_file, plan, before, &mut done) {
        Ok(()) => Ok(done),
        Err(trouble) => Err(Box::new(Stopped { trouble, done })),
    }
}

fn follow(
    client: &Client,
    owner: &Owner,
    key_file: Option<&KeyFile>,
    plan: &Plan,
    before: &Listing,
    done: &mut Done,
) -> Result<(), Trouble> {
    delete(client, owner, &plan.discard, plan, done)?;
    if let Some(draft) = &plan.create {
        let created = create(client, owner, draft, key_file, plan.replaces(), before).map_err(|trouble| Trouble {
            message: format!("{}{}", trouble.message, gone_before(&done.deleted)),
            ..trouble
        })?;
        done.warnings.extend(created.warnings);
        done.token = Some(created.new.token);
        done.key = Some(created.new.key);
    }
    if let (Some(token), Some(update)) = (&plan.keep, &plan.update) {
        token::update(client, owner, &token.id, &update.name, update.privileges.as_deref())?;
    }
    if let Some(token) = plan.keep.as_ref().filter(|_| plan.create.is_none()) {
        done.token = Some(difference::updated(token, plan));
    }
    delete(client, owner, &plan.delete, plan, done)
}

fn delete(client: &Client, owner: &Owner, tokens: &[Token], plan: &Plan, done: &mut Done) -> Result<(), Trouble> {
    for old in tokens {
        token::delete(client, owner, &old.id).map_err(|error| Trouble {
            message: left_over(done, plan, old, &error),
            about_one_thing: error.is_about_one_thing(),
        })?;
        done.deleted.push(old.id.clone());
    }
    Ok(())
}

/// What a run that failed later has to add about the tokens that it deleted first.
fn gone_before(deleted: &[String]) -> String {
    match deleted {
        [] => String::new(),
        ids => format!(" Before that, tokens of no use to anybody were deleted: {}.", ids.join(", ")),
    }
}

fn left_over(done: &Done, plan: &Plan, old: &Token, error: &Error) -> String {
    let left: Vec<&str> = plan
        .deleted()
        .map(|token| token.id.as_str())
        .filter(|id| !done.deleted.iter().any(|gone| gone == id))
        .collect();
    let made = match &done.token {
        Some(token) => format!("The new token {} was made and its key delivered, but ", token.id),
        None => String::new(),
    };
    format!("{error} {made}token '{}' is still there; still to delete: {}.", old.name().escape_debug(), left.join(", "))
}

/// Makes the token, proves it where it replaces another, and delivers its key; or leaves nothing behind.
fn create(
    client: &Client,
    owner: &Owner,
    draft: &Draft,
    key_file: Option<&KeyFile>,
    prove: bool,
    before: &Listing,
) -> Result<Created, Trouble> {
    let place = key_file.map(KeyFile::prepare).transpose()?;
    let mut created = creation::create(client, owner, draft, before)?;
    let new = &created.new;
    if new.token.name() != draft.name {
        created.warnings.push(format!(
            "The cloud calls the new token '{}', not '{}': the next run will not find it by the wanted name.",
            new.token.name(),
            draft.name
        ));
    }
    let proven = if prove { prove_key(client, draft, new) } else { Ok(None) };
    match proven.and_then(|warning| deliver(client, place, draft, new).map(|()| warning)) {
        Ok(warning) => created.warnings.extend(warning),
        Err(error) => return Err(undone(client, owner, new, &error)),
    }
    Ok(created)
}

/// One call with the new key. A token that may be used from other places only can't be proven from here: then a warning.
fn prove_key(client: &Client, draft: &Draft, new: &NewToken) -> Result<Option<String>, Error> {
    let as_new = client.with_token(&new.key);
    let mut attempt = 1;
    loop {
        let error = match as_new.get("/api/v1/self") {
            Ok(_) => return Ok(None),
            Err(error) => error,
        };
        let refused = matches!(error.status(), Some(401 | 403));
        if refused && draft.src_ips.as_ref().is_some_and(|src_ips| !src_ips.is_empty()) {
            return Ok(Some(
                "The new token could not be tried out, as src_ips does not let this host use it; the old one was deleted all the same.".into(),
            ));
        }
        let pause = growing_pause(attempt, fastrand::f64());
        if !refused || attempt >= PROOFS || pause > client.remaining_wait() {
            return Err(error);
        }
        client.pause(pause, "the new token was not known everywhere yet");
        attempt += 1;
    }
}

fn deliver(client: &Client, place: Option<Place>, draft: &Draft, new: &NewToken) -> Result<(), Error> {
    let Some(place) = place else { return Ok(()) };
    place.deliver(&Content { host: client.host().as_written(), id: &new.token.id, name: &draft.name, key: &new.key })
}

/// Deletes the token that was just made but cannot be kept; gives the message to fail with.
fn undone(client: &Client, owner: &Owner, new: &NewToken, error: &Error) -> Trouble {
    let id = &new.token.id;
    match token::delete(client, owner, id) {
        Ok(()) => Trouble {
            message: format!(
                "{error} The token that had been made for it was deleted again, so that no token was left behind."
            ),
            about_one_thing: error.is_about_one_thing(),
        },
        Err(second) => Trouble {
            message: format!(
                "{error} The token that had been made for it, {id}, could not be deleted either: {second} \
                 Nobody has its key. Delete it with state: absent and id: {id}; a run within {} may meet the same trouble.",
                in_words(client.timeout())
            ),
            about_one_thing: second.is_about_one_thing(),
        },
    }
}
