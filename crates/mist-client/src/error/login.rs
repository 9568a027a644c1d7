//! How a login fails.

use std::time::Duration;

/// Why a login did not lead to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginFault {
    /// The e-mail address or the password is wrong; the cloud does not say which.
    Password,
    /// The code of the second factor was refused.
    Code,
    /// The account has a second factor, and no code was given.
    CodeMissing,
    /// The second factor is still open after the login: the session may do nothing yet.
    SecondFactorOpen,
    /// The account logs in through SSO: it has no password here.
    SingleSignOn,
    /// Too many logins failed; the cloud takes none for a while.
    Locked {
        /// How long, where the cloud says so.
        wait: Option<Duration>,
    },
    /// The cloud has trouble of its own. A login is not tried again by itself.
    Trouble,
    /// The login was answered without the cookies of a session.
    NoSession,
}
