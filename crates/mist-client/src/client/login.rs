//! Logs in and out. What the answers mean is decided in [`crate::login`].

use super::Client;
use super::request::Request;
use crate::answer;
use crate::credentials::Authentication;
use crate::error::{Call, Error, LoginFault, Result};
use crate::interruption;
use crate::login::{self, Code, Login};
use crate::retry::Repeat;
use crate::transport::RawAnswer;
use serde_json::{Value, json};
use std::sync::Arc;

impl Client {
    /// Logs in: once, as the cloud locks an account after three failures.
    ///
    /// # Errors
    /// [`Error::Login`] for a login that was refused, and whatever its calls fail with.
    pub fn log_in(&mut self, login: &Login) -> Result<()> {
        // What is surely wrong costs no attempt.
        let code = login.code()?;
        self.refuse_single_sign_on(login)?;
        let (call, raw) = self.login_step(login::LOGIN, &login.body(code.as_ref()), login)?;
        let outcome = self.finish_login(&call, &raw, login, code.as_ref());
        if outcome.is_err() {
            self.log_out();
        }
        outcome
    }

    /// After the password was taken: the second factor, and whether all is open now.
    fn finish_login(&mut self, call: &Call, raw: &RawAnswer, login: &Login, code: Option<&Code>) -> Result<()> {
        let fail = |fault| Err(Error::Login { call: call.clone(), fault, status: None, detail: String::new() });
        let answer = answer::read(call, raw).map_or(Value::Null, |answer| answer.json);
        let mut code_sent_apart = false;
        if login::awaits_two_factor(&answer) {
            let Some(code) = code else { return fail(LoginFault::CodeMissing) };
            self.login_step(login::TWO_FACTOR, &code.body(), login)?;
            code_sent_apart = true;
        }
        if !matches!(&*self.authentication, Authentication::Session(session) if session.is_open()) {
            return fail(LoginFault::NoSession);
        }
        // A login may be answered with success and nothing else while the second factor is open.
        if login::awaits_two_factor(&self.get(login::SELF)?.json) {
            let Some(code) = code else { return fail(LoginFault::CodeMissing) };
            if code_sent_apart {
                return fail(LoginFault::SecondFactorOpen);
            }
            self.login_step(login::TWO_FACTOR, &code.body(), login)?;
            if login::awaits_two_factor(&self.get(login::SELF)?.json) {
                return fail(LoginFault::SecondFactorOpen);
            }
        }
        Ok(())
    }

    /// Asks how the account logs in, where the cloud can be asked that: it costs no attempt.
    fn refuse_single_sign_on(&self, login: &Login) -> Result<()> {
        let call = self.login_call(login::LOOKUP);
        let body = json!({"email": login.username}).to_string();
        let request = Request { method: "POST", path: login::LOOKUP, body: Some(body.as_bytes()) };
        let told = self.attempt(request, 0, &answer::is_success, &mut answer::as_it_is);
        if told.is_ok_and(|answer| login::is_single_sign_on(&answer.json)) {
            let fault = LoginFault::SingleSignOn;
            return Err(Error::Login { call, fault, status: None, detail: String::new() });
        }
        Ok(())
    }

    fn login_step(&mut self, path: &str, body: &Value, login: &Login) -> Result<(Call, RawAnswer)> {
        // The hook holds the session, which is about to get its cookies.
        interruption::set_shutdown_hook(None);
        let call = self.login_call(path);
        let raw = self.send(&call, &call.url, 0, Some(body.to_string().as_bytes()))?;
        super::redirects::next(&self.shared.host, &call, &raw)?;
        // Also a refusal may set the cookies of a session, which is then to be ended.
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

    /// Ends the session, if this client has one. A session that cannot be ended ends by itself, so that a
    /// failure here is no failure of the task.
    pub fn log_out(&self) {
        interruption::set_shutdown_hook(None);
        self.end_session();
    }

    fn end_session(&self) {
        if matches!(&*self.authentication, Authentication::Session(session) if session.is_open()) {
            let _ = self.call("POST", login::LOGOUT, Some(&json!({})), Repeat::Never);
        }
    }
}
