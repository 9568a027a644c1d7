//! What a user logs in with.

use crate::error::{Result, Setting};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// How many digits a code has.
const DIGITS: usize = 6;

/// What a user logs in with.
#[derive(Clone, Debug)]
pub struct Login {
    /// The account's e-mail address.
    pub username: String,
    /// Its password.
    pub password: SecretString,
    /// The code of the second factor, where the account has one; in two groups also.
    pub two_factor: Option<SecretString>,
}

/// A code of six digits.
#[derive(Clone, Debug)]
pub(crate) struct Code(SecretString);

impl Code {
    /// The body of [`TWO_FACTOR`].
    pub(crate) fn body(&self) -> Value {
        json!({ "two_factor": self.0.expose_secret() })
    }
}

impl Login {
    /// Everything that may not be printed.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        std::iter::once(&self.password).chain(&self.two_factor).cloned().collect()
    }

    /// The code as the cloud takes it: `123 456` is `123456`.
    ///
    /// # Errors
    /// [`Setting::Code`] for what is not six digits, such as what YAML makes of `012345`.
    pub(crate) fn code(&self) -> Result<Option<Code>> {
        let Some(given) = &self.two_factor else { return Ok(None) };
        let bare: String =
            given.expose_secret().chars().filter(|character| !character.is_whitespace() && *character != '-').collect();
        let is_number = bare.chars().all(|character| character.is_ascii_digit());
        if is_number && bare.len() == DIGITS {
            return Ok(Some(Code(bare.into())));
        }
        Err(Setting::Code { digits: is_number.then_some(bare.len()) }.into())
    }

    /// The body of [`LOGIN`].
    pub(crate) fn body(&self, code: Option<&Code>) -> Value {
        let mut body = json!({"email": self.username, "password": self.password.expose_secret()});
        if let Some(code) = code {
            body["two_factor"] = json!(code.0.expose_secret());
        }
        body
    }
}
