//! What can be chosen about a simulated cloud before it starts.

use crate::habits::Habits;
use serde_json::{Map, Value, json};

/// A simulated cloud: one account, its organisations, and how the cloud behaves.
///
/// The default is one account without second factor, one organisation with five sites in two site groups, and
/// the behaviour seen in practice.
#[derive(Debug, Clone)]
pub struct Config {
    /// The port on 127.0.0.1, or 0 for any free one.
    pub port: u16,
    /// Speak plain HTTP instead of TLS.
    pub plain_http: bool,
    /// What is wrong with the certificate, if anything.
    pub certificate: Certificate,
    /// The account's e-mail address.
    pub email: String,
    /// The account's password.
    pub password: String,
    /// The account's second factor, or `None` where it has not set one up. The code never changes.
    pub two_factor: Option<String>,
    /// The account logs in through its company's identity provider: no password login, and no new user token.
    /// Its first token ([`Simulator::api_token`](crate::Simulator::api_token)) stems from the time before.
    pub sso: bool,
    /// The account starts locked, as after three failed logins.
    pub locked: bool,
    /// The account's role in each organisation.
    pub role: String,
    /// How many organisations the account administers.
    pub orgs: usize,
    /// How many sites each organisation has, named `Site 1` and so on.
    pub sites: usize,
    /// How many site groups each organisation has, named `Group 1` and so on; the sites are dealt out among them.
    pub sitegroups: usize,
    /// How many user tokens there are beside the one to start with, named `user-token-1` and so on.
    pub user_tokens: usize,
    /// How many tokens each organisation has, named `org-token-1` and so on.
    pub org_tokens: usize,
    /// What the names of the cookies end in, as on regional clouds: `.eu` makes `csrftoken.eu`.
    pub cookie_suffix: String,
    /// Calls allowed in an hour, for the account with all its tokens, and for each organisation token.
    pub quota: u64,
    /// Whether and how a refusal for the quota says when to come back.
    pub quota_retry_after: RetryAfterForm,
    /// The largest page of a listing, whatever `limit` asks for.
    pub page_limit: usize,
    /// How many of the latest requests are remembered.
    pub remembered_requests: usize,
    /// The time at the start, in seconds since 1970, or `None` for the machine's. Given, the clock stands still.
    pub clock: Option<f64>,
    /// Fields of the first site of every organisation beside those that it has anyhow.
    pub site_fields: Map<String, Value>,
    /// Where the document and the cloud differ, which one to follow.
    pub behaviour: Behaviour,
    /// How the cloud keeps and shows objects. They can be changed while it runs.
    pub habits: Habits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            plain_http: false,
            certificate: Certificate::Good,
            email: "admin@example.com".to_owned(),
            password: "correct horse battery staple".to_owned(),
            two_factor: None,
            sso: false,
            locked: false,
            role: "admin".to_owned(),
            orgs: 1,
            sites: 5,
            sitegroups: 2,
            user_tokens: 0,
            org_tokens: 0,
            cookie_suffix: String::new(),
            quota: 5000,
            quota_retry_after: RetryAfterForm::Absent,
            page_limit: 1000,
            remembered_requests: 100_000,
            clock: None,
            site_fields: [("country_code".to_owned(), json!("US"))].into_iter().collect(),
            behaviour: Behaviour::practice(),
            habits: Habits::default(),
        }
    }
}

/// Where Mist's OpenAPI document and the cloud are known to differ, or the document leaves a choice.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// The answer to the creation of a user token is a list of one, as the document says; in practice it is an object.
    pub user_post_answers_list: bool,
    /// The answer to the creation of an organisation token has its `privileges`. The document says that it may not.
    pub org_post_answers_privileges: bool,
    /// The answer to a change of an organisation token is the token. The document says that it is empty.
    pub org_put_answers_token: bool,
    /// A single user token can be read. In practice the answer is 405.
    pub user_token_readable: bool,
    /// A privilege may have the scope `orgsites`, which the document does not know.
    pub scope_orgsites: bool,
    /// The answer to a login tells about the second factor even where none is needed.
    pub login_always_answers_account: bool,
    /// A second factor that comes with the login counts. Where it does not, it is asked for in a step of its own.
    pub login_takes_two_factor: bool,
    /// A second factor sent after the login changes both cookies, as Django does on every login.
    pub two_factor_renews_cookies: bool,
    /// What a change of `src_ips`, which cannot change, is answered with.
    pub src_ips_put: SrcIpsPut,
    /// The body of a 404 for an id that does not exist.
    pub not_found: NotFound,
    /// How a bad field is told.
    pub field_errors: FieldErrors,
    /// How a listing tells which page it is and how many there are.
    pub pages: PageForm,
    /// The lists of tokens come in pages too. The document has them whole.
    pub token_lists_in_pages: bool,
    /// What a listing says of how many there are in all, whatever is true.
    pub page_total: Option<u64>,
    /// A list without items is `null`.
    pub empty_list_is_null: bool,
}

impl Behaviour {
    /// What the real cloud is known to do.
    pub fn practice() -> Self {
        Self {
            user_post_answers_list: false,
            org_post_answers_privileges: false,
            org_put_answers_token: true,
            user_token_readable: false,
            scope_orgsites: true,
            login_always_answers_account: true,
            login_takes_two_factor: true,
            two_factor_renews_cookies: true,
            src_ips_put: SrcIpsPut::Refused,
            not_found: NotFound::Detail,
            field_errors: FieldErrors::Detail,
            pages: PageForm::Headers,
            token_lists_in_pages: false,
            page_total: None,
            empty_list_is_null: false,
        }
    }

    /// What the OpenAPI document says, to the letter.
    pub fn document() -> Self {
        Self {
            user_post_answers_list: true,
            org_post_answers_privileges: false,
            org_put_answers_token: false,
            user_token_readable: true,
            scope_orgsites: false,
            login_always_answers_account: false,
            login_takes_two_factor: true,
            two_factor_renews_cookies: false,
            src_ips_put: SrcIpsPut::Refused,
            not_found: NotFound::Id,
            field_errors: FieldErrors::Detail,
            pages: PageForm::Headers,
            token_lists_in_pages: false,
            page_total: None,
            empty_list_is_null: false,
        }
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Self::practice()
    }
}

/// What a change of a token's `src_ips` is answered with; the document says only that they cannot change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SrcIpsPut {
    /// 400. The default, because a client that believes it has changed them is then found out.
    Refused,
    /// As though they had not been sent.
    Ignored,
}

/// The body of a 404 for an id that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFound {
    /// `{"detail": "Not found."}`
    Detail,
    /// `{"id": "…"}`, as the document has it.
    Id,
}

/// How a 400 tells which field is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldErrors {
    /// `{"detail": "name: …"}`
    Detail,
    /// `{"detail": {"name": ["…"]}}`
    DetailMap,
    /// `{"name": ["…"]}`
    Map,
}

/// How a listing tells which page it is and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageForm {
    /// By the headers `X-Page-Total`, `X-Page-Limit` and `X-Page-Page`.
    Headers,
    /// By `X-Page-Total` alone.
    TotalAlone,
    /// In the body: `limit`, `page`, `total` and `results`.
    Body,
    /// In the body, with the path of the next page as `next`.
    BodyWithNext,
}

/// What is wrong with the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// Nothing: signed by the simulator's own authority, for 127.0.0.1, ::1 and localhost.
    Good,
    /// It expired in the year 2001.
    Expired,
    /// It is for another host.
    OtherHost,
    /// Another authority signed it than the one in the file that [`Simulator::ca_path`](crate::Simulator::ca_path) names.
    OtherAuthority,
}

/// The form of a `Retry-After` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfterForm {
    /// No such header.
    Absent,
    /// Seconds to wait.
    Seconds,
    /// The date to wait for, by the simulator's clock (which the `Date` header tells).
    Date,
}
