//! Logs in and out. The meaning of the responses is decided in [`crate::login`].

use super::Client;
use super::attempts::{Effect, Repeat, Request, next_location};
use crate::answer::{self, is_success};
use crate::credentials::Authentication;
use crate::error::{Call, Error, LoginFault, Result};
use crate::interruption;
use crate::login::{self, Code, Login};
use crate::transport::RawAnswer;
use serde_json::{Value, json};
use std::sync::Arc;

impl Client {
    /// Logs in. Sent once, because the cloud locks an account after three failures.
    ///
    /// # Errors
    /// [`Error::Login`] for a refused login, otherwise the failure of a request.
    pub fn log_in(&mut self, login: &Login) -> Result<()> {
        // A malformed code costs no attempt.
        let code = login.code()?;
        self.refuse_single_sign_on(login)?;
        let (call, raw) = self.login_step(login::LOGIN, &login.body(code.as_ref()), login)?;
        let outcome = self.finish_login(&call, &raw, login, code.as_ref());
        if outcome.is_err() {
            self.log_out();
        }
        outcome
    }

    /// After the password was accepted: the second factor.
    fn finish_login(&mut self, call: &Call, raw: &RawAnswer, login: &Login, code: Option<&Code>) -> Result<()> {
        let fail = |fault| Err(Error::Login { call: call.clone(), fault, status: None, detail: String::new() });
        let answer = answer::read(call, raw).map_or(Value::Null, |answer| answer.json);
        let mut code_was_sent = false;
        if login::awaits_two_factor(&answer) {
            let Some(code) = code else { return fail(LoginFault::CodeMissing) };
            self.login_step(login::TWO_FACTOR, &code.body(), login)?;
            code_was_sent = true;
        }
        if !matches!(&*self.authentication, Authentication::Session(session) if session.is_open()) {
            return fail(LoginFault::NoSession);
        }
        // The response to a login may be `{}` although the second factor is missing: `/self` shows it.
        if login::awaits_two_factor(&self.get(login::SELF)?.json) {
            let Some(code) = code else { return fail(LoginFault::CodeMissing) };
            if code_was_sent {
                return fail(LoginFault::SecondFactorOpen);
            }
            self.login_step(login::TWO_FACTOR, &code.body(), login)?;
            if login::awaits_two_factor(&self.get(login::SELF)?.json) {
                return fail(LoginFault::SecondFactorOpen);
            }
        }
        Ok(())
    }

    /// Asks whether the account logs in through SSO. This costs no attempt; a cloud that does not answer is ignored.
    fn refuse_single_sign_on(&self, login: &Login) -> Result<()> {
        let body = json!({"email": login.username}).to_string();
        let request =
            Request { method: "POST", path: login::LOOKUP, body: Some(body.as_bytes()), effect: Effect::Reads };
        let lookup = self.attempt(request, 0, &is_success, &mut answer::as_it_is);
        if lookup.is_ok_and(|answer| login::is_single_sign_on(&answer.json)) {
            let (call, fault) = (self.login_call(login::LOOKUP), LoginFault::SingleSignOn);
            return Err(Error::Login { call, fault, status: None, detail: String::new() });
        }
        Ok(())
    }

    fn login_step(&mut self, path: &str, body: &Value, login: &Login) -> Result<(Call, RawAnswer)> {
        // The hook holds a clone of the session, which is about to change.
        interruption::set_shutdown_hook(None);
        let call = self.login_call(path);
        let raw = self.send(&call, &call.url, 0, Some(body.to_string().as_bytes()), Effect::Reads)?;
        next_location(&self.shared.host, &call, &raw)?;
        // A refusal may set cookies too: that session is ended.
        if let Some(Authentication::Session(session)) = Arc::get_mut(&mut self.authentication) {
            session.take_cookies(&raw);
        }
        let run = self.again();
        interruption::set_shutdown_hook(Some(Box::new(move || run.end_session())));
        match login::refused(&call, &raw, login) {
            Some(error) => {
                self.log_out();
                Err(error)
            }
            None => Ok((call, raw)),
        }
    }

    fn login_call(&self, path: &str) -> Call {
        Call { method: "POST", url: format!("{}{path}", self.shared.host.origin()) }
    }

    /// Ends the session, if this client has one. A failure is ignored: the session expires.
    pub fn log_out(&self) {
        interruption::set_shutdown_hook(None);
        self.end_session();
    }

    fn end_session(&self) {
        if matches!(&*self.authentication, Authentication::Session(session) if session.is_open()) {
            let request = Request { method: "POST", path: login::LOGOUT, body: Some(b"{}"), effect: Effect::Reads };
            let _ = self.call_accepting(request, Repeat::Never, &is_success, &mut answer::as_it_is);
        }
    }
}
