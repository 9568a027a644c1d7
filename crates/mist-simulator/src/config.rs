//! What can be chosen about a simulated cloud before it starts.

use crate::behavior::Behavior;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A simulated cloud: its accounts, their organisations, and how the cloud behaves.
///
/// The default is one account without second factor, one organisation with five sites in two site groups, and
/// the variants seen in practice.
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
    /// More accounts, each with one token named `first`.
    pub accounts: Vec<Account>,
    /// How many organisations the account administers, named `Org 1` and so on.
    pub orgs: usize,
    /// How many more organisations belong to an MSP, which the account then administers.
    pub msp_orgs: usize,
    /// How many more organisations there are that the account has no part in.
    pub other_orgs: usize,
    /// How many sites each organisation has, named `Site 1` and so on.
    pub sites: usize,
    /// How many site groups each organisation has, named `Group 1` and so on; the sites are dealt out among them.
    pub sitegroups: usize,
    /// How many devices each organization has, spread over its sites.
    pub devices: usize,
    /// About how many bytes the statistics of each of these devices take.
    pub device_stats: usize,
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
    /// By how many seconds the `Date` header is ahead of the clock that the cloud dates tokens and objects by.
    pub date_offset: f64,
    /// Fields of the first site of every organisation beside those that it has anyhow.
    pub site_fields: Map<String, Value>,
    /// Where the document and the cloud differ, which one to follow.
    pub variants: Variants,
    /// How the cloud keeps and shows objects. They can be changed while it runs.
    pub behavior: Behavior,
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
            accounts: Vec::new(),
            orgs: 1,
            msp_orgs: 0,
            other_orgs: 0,
            sites: 5,
            sitegroups: 2,
            devices: 0,
            device_stats: 1000,
            user_tokens: 0,
            org_tokens: 0,
            cookie_suffix: String::new(),
            quota: 5000,
            quota_retry_after: RetryAfterForm::Absent,
            page_limit: 1000,
            remembered_requests: 100_000,
            clock: None,
            date_offset: 0.0,
            site_fields: [("country_code".to_owned(), json!("US"))].into_iter().collect(),
            variants: Variants::practice(),
            behavior: Behavior::default(),
        }
    }
}

impl Config {
    /// The account of the top level.
    pub(crate) fn first_account(&self) -> Account {
        Account {
            email: self.email.clone(),
            password: self.password.clone(),
            two_factor: self.two_factor.clone(),
            sso: self.sso,
            locked: self.locked,
            role: self.role.clone(),
            orgs: Vec::new(),
            msp: self.msp_orgs > 0,
        }
    }
}

/// One more account.
#[derive(Debug, Clone)]
pub struct Account {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The second factor, or `None` where it has not set one up.
    pub two_factor: Option<String>,
    /// It logs in through its company's identity provider.
    pub sso: bool,
    /// It starts locked, as after three failed logins.
    pub locked: bool,
    /// Its role in each organisation, and in the MSP.
    pub role: String,
    /// The numbers of the organisations that it administers, 1 for `Org 1`.
    pub orgs: Vec<usize>,
    /// It administers the MSP.
    pub msp: bool,
}

impl Account {
    /// An administrator of these organisations.
    pub fn new(email: &str, password: &str, orgs: impl Into<Vec<usize>>) -> Self {
        Self {
            email: email.to_owned(),
            password: password.to_owned(),
            two_factor: None,
            sso: false,
            locked: false,
            role: "admin".to_owned(),
            orgs: orgs.into(),
            msp: false,
        }
    }
}

/// Where Mist's OpenAPI document and the cloud are known to differ, or the document leaves a choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Variants {
    /// The answer to the creation of a user token is a list of one, as the document says; in practice it is an object.
    pub user_post_answers_list: bool,
    /// The answer to the creation of a user token has nothing but `id` and `key`.
    pub user_post_answers_id_and_key_alone: bool,
    /// The answer to the creation of an organisation token has its `privileges`. The document says that it may not.
    pub org_post_answers_privileges: bool,
    /// The answer to a change of an organisation token is the token. The document says that it is empty.
    pub org_put_answers_token: bool,
    /// The answer to reading one organisation token is a list of one.
    pub org_get_answers_list: bool,
    /// A single user token can be read. In practice the answer is 405.
    pub user_token_readable: bool,
    /// A privilege may have the scope `orgsites`. Older documents do not know it.
    pub scope_orgsites: bool,
    /// How a privilege's views are shown.
    pub views: ViewsForm,
    /// Fields of a privilege that are taken and not kept, such as `views`.
    pub privilege_fields_lost: Vec<String>,
    /// The answer to a login that succeeds tells about the second factor too. The document and practice have `{}`.
    pub login_always_answers_account: bool,
    /// The answer to a login whose second factor is still to come says so. It may be `{}` too.
    pub login_tells_two_factor: bool,
    /// `/self` answers a login whose second factor is still to come: 200, without privileges. Else it is 401.
    pub self_answers_half_logged_in: bool,
    /// A wrong second factor in the login is 401, with a session whose second factor is still to come. The document has 400.
    pub wrong_code_is_unauthorized: bool,
    /// What a login is answered with that is blocked after too many failures.
    pub locked_login: LockedLogin,
    /// How it is asked what an address logs in with. The document has POST.
    pub login_lookup: LoginLookup,
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
    /// What every refusal says as `reason`, beside its `detail`.
    pub refusal_reason: Option<String>,
}

impl Variants {
    /// What the real cloud is known to do.
    pub fn practice() -> Self {
        Self {
            user_post_answers_list: false,
            user_post_answers_id_and_key_alone: false,
            org_post_answers_privileges: false,
            org_get_answers_list: false,
            org_put_answers_token: true,
            user_token_readable: false,
            scope_orgsites: true,
            views: ViewsForm::Views,
            privilege_fields_lost: Vec::new(),
            login_always_answers_account: false,
            login_tells_two_factor: true,
            self_answers_half_logged_in: true,
            wrong_code_is_unauthorized: true,
            locked_login: LockedLogin::TooManyRequests,
            login_lookup: LoginLookup::Either,
            login_takes_two_factor: true,
            two_factor_renews_cookies: true,
            src_ips_put: SrcIpsPut::Refused,
            not_found: NotFound::Detail,
            field_errors: FieldErrors::Detail,
            pages: PageForm::Headers,
            token_lists_in_pages: false,
            page_total: None,
            empty_list_is_null: false,
            refusal_reason: None,
        }
    }

    /// What the OpenAPI document says, to the letter.
    pub fn document() -> Self {
        Self {
            user_post_answers_list: true,
            user_post_answers_id_and_key_alone: false,
            org_post_answers_privileges: false,
            org_get_answers_list: false,
            org_put_answers_token: false,
            user_token_readable: true,
            scope_orgsites: true,
            views: ViewsForm::Views,
            privilege_fields_lost: Vec::new(),
            login_always_answers_account: false,
            login_tells_two_factor: true,
            self_answers_half_logged_in: false,
            wrong_code_is_unauthorized: false,
            locked_login: LockedLogin::BadRequest,
            login_lookup: LoginLookup::Post,
            login_takes_two_factor: true,
            two_factor_renews_cookies: false,
            src_ips_put: SrcIpsPut::Refused,
            not_found: NotFound::Id,
            field_errors: FieldErrors::Detail,
            pages: PageForm::Headers,
            token_lists_in_pages: false,
            page_total: None,
            empty_list_is_null: false,
            refusal_reason: None,
        }
    }
}

impl Default for Variants {
    fn default() -> Self {
        Self::practice()
    }
}

/// What a change of a token's `src_ips` is answered with; the document says only that they cannot change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SrcIpsPut {
    /// 400. The default, because a client that believes it has changed them is then found out.
    Refused,
    /// As though they had not been sent.
    Ignored,
}

/// The body of a 404 for an id that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotFound {
    /// `{"detail": "Not found."}`
    Detail,
    /// `{"id": "…"}`, as the document has it.
    Id,
}

/// How a 400 tells which field is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldErrors {
    /// `{"detail": "name: …"}`
    Detail,
    /// `{"detail": {"name": ["…"]}}`
    DetailMap,
    /// `{"name": ["…"]}`
    Map,
}

/// How a privilege's views are shown. `view` is from the time when there was one; the document calls it deprecated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewsForm {
    /// As `views`, a list.
    Views,
    /// As `view`, the first one.
    View,
    /// As both.
    Both,
    /// As `views`, a text.
    TextInViews,
}

/// What a login is answered with that is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockedLogin {
    /// 429, with the seconds that are left in `Retry-After`.
    TooManyRequests,
    /// 400.
    BadRequest,
}

/// How `/login/lookup` is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginLookup {
    /// Not at all: 404.
    Absent,
    /// By POST, with `email` in the body.
    Post,
    /// By GET, with `email` in the query.
    Get,
    /// By either.
    Either,
}

/// How a listing tells which page it is and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
