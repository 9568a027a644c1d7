//! The configuration of a simulated cloud.

use crate::behavior::Behavior;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A simulated cloud: its accounts, their organizations, and its behavior.
///
/// The default is one account without a second factor, one organization with five sites in two site groups, and the
/// behavior that was seen in practice.
#[derive(Debug, Clone)]
pub struct Config {
    /// The port on 127.0.0.1; 0 is any free one.
    pub port: u16,
    /// Serve plain HTTP in place of TLS.
    pub plain_http: bool,
    /// The error in the server's certificate.
    pub certificate: Certificate,
    pub email: String,
    pub password: String,
    /// The account's second factor. It never changes. Default: none is set up.
    pub two_factor: Option<String>,
    /// The account logs in through its company's identity provider. A login with a password and a new user token are
    /// refused. Its first token ([`Simulator::api_token`](crate::Simulator::api_token)) is older than the change to
    /// single sign-on.
    pub sso: bool,
    /// The account is locked at the start, as after three failed logins.
    pub locked: bool,
    /// The account's role in each organization.
    pub role: String,
    /// Further accounts, each with one token named `first`.
    pub accounts: Vec<Account>,
    /// The number of organizations that the account administers, named `Org 1` and so on.
    pub orgs: usize,
    /// The number of further organizations that belong to an MSP. The account administers the MSP then.
    pub msp_orgs: usize,
    /// The number of further organizations that the account has no access to.
    pub other_orgs: usize,
    /// Sites of each organization, named `Site 1` and so on.
    pub sites: usize,
    /// Site groups of each organization, named `Group 1` and so on. Each site is in one of them.
    pub sitegroups: usize,
    /// Devices of each organization, spread over its sites.
    pub devices: usize,
    /// The approximate size of the statistics of each of these devices, in bytes.
    pub device_stats: usize,
    /// User tokens in addition to the first one, named `user-token-1` and so on.
    pub user_tokens: usize,
    /// Tokens of each organization, named `org-token-1` and so on.
    pub org_tokens: usize,
    /// The suffix of the cookies' names on regional clouds: `.eu` gives `csrftoken.eu`.
    pub cookie_suffix: String,
    /// Calls an hour, for an account with all its tokens, and for each organization token.
    pub quota: u64,
    /// The `Retry-After` of a refusal for the quota.
    pub quota_retry_after: RetryAfterForm,
    /// Rows that a search finds unless a test sets them.
    pub search_rows: usize,
    /// The largest page of a list, also when `limit` is larger.
    pub page_limit: usize,
    /// The delay of the network and of the cloud. Default: none.
    pub latency: Latency,
    /// The number of recorded requests. Older ones are dropped.
    pub remembered_requests: usize,
    /// The time at the start, in seconds since 1970. The clock then changes only when it is moved. Default: the
    /// machine's clock.
    pub clock: Option<f64>,
    /// Seconds that the `Date` header is ahead of the clock that dates tokens and objects.
    pub date_offset: f64,
    /// Further fields of the first site of every organization.
    pub site_fields: Map<String, Value>,
    /// The side to follow where the document and the real cloud differ.
    pub variants: Variants,
    /// Settings for how the cloud keeps and shows objects. A test can change it at any time.
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
            search_rows: 10,
            page_limit: 1000,
            latency: Latency::default(),
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
    /// The account at the top level.
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

/// The delay that a client in a distant network sees. Loopback has none, so the simulator waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    /// One round trip. A connection costs one for TCP and one for TLS 1.3 (two for TLS 1.2), and each request one.
    pub round_trip: Duration,
    /// The time that the cloud takes for each request.
    pub request: Duration,
}

/// A further account.
#[derive(Debug, Clone)]
pub struct Account {
    pub email: String,
    pub password: String,
    /// The second factor. Default: none is set up.
    pub two_factor: Option<String>,
    /// It logs in through its company's identity provider.
    pub sso: bool,
    /// It is locked at the start, as after three failed logins.
    pub locked: bool,
    /// Its role in each organization and in the MSP.
    pub role: String,
    /// The numbers of the organizations that it administers, 1 for `Org 1`.
    pub orgs: Vec<usize>,
    /// It administers the MSP.
    pub msp: bool,
}

impl Account {
    /// An administrator of these organizations.
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

/// Points on which Mist's OpenAPI document and the real cloud are known to differ, or which the document leaves open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Variants {
    /// The response to the creation of a user token is a list of one, as in the document. In practice it is an object.
    pub user_post_answers_list: bool,
    /// The response to the creation of a user token contains only `id` and `key`.
    pub user_post_answers_id_and_key_alone: bool,
    /// The response to the creation of an organization token contains `privileges`. The document allows to omit them.
    pub org_post_answers_privileges: bool,
    /// The response to an update of an organization token is the token. In the document it is empty.
    pub org_put_answers_token: bool,
    /// The response to reading one organization token is a list of one.
    pub org_get_answers_list: bool,
    /// A single user token can be read. In practice the response is 405.
    pub user_token_readable: bool,
    /// A privilege can have the scope `orgsites`. Older documents do not know it.
    pub scope_orgsites: bool,
    /// The form in which the views of a privilege are shown.
    pub views: ViewsForm,
    /// Fields of a privilege that are accepted and not kept, such as `views`.
    pub privilege_fields_lost: Vec<String>,
    /// The response to a successful login contains the state of the second factor. In the document and in practice it
    /// is `{}`.
    pub login_always_answers_account: bool,
    /// The response to a login without its second factor reports it. The alternative is `{}`.
    pub login_reports_two_factor: bool,
    /// `/self` answers 200 without privileges while the second factor is missing. The alternative is 401.
    pub self_answers_half_logged_in: bool,
    /// A wrong second factor in the login is 401 with a session that lacks it. In the document it is 400.
    pub wrong_code_is_unauthorized: bool,
    /// The response to a login that is blocked after too many failures.
    pub locked_login: LockedLogin,
    /// The request for how an address logs in. The document has POST.
    pub login_lookup: LoginLookup,
    /// A second factor in the login counts. The alternative: a separate request asks for it.
    pub login_takes_two_factor: bool,
    /// A second factor after the login changes both cookies, as Django does on every login.
    pub two_factor_renews_cookies: bool,
    /// The response to an update of `src_ips`, which cannot change.
    pub src_ips_put: SrcIpsPut,
    /// The body of a 404 for an unknown id.
    pub not_found: NotFound,
    /// The form of the error for a bad field.
    pub field_errors: FieldErrors,
    /// The form in which a list reports its page and its total.
    pub pages: PageForm,
    /// The lists of tokens have pages too. The document has them whole.
    pub token_lists_in_pages: bool,
    /// The total that a list reports in place of the real one.
    pub page_total: Option<u64>,
    /// A list without items is `null`.
    pub empty_list_is_null: bool,
    /// The `reason` of every refusal, in addition to its `detail`.
    pub refusal_reason: Option<String>,
    /// The status of a claim or an assignment with errors: 200, 400 or 404.
    pub inventory_error_status: u16,
    /// The `reason` of a claim or an assignment is empty, also when `error` is not.
    pub inventory_reasons_missing: bool,
    /// A virtual chassis whose address no device has is assigned by its first member, and not by its own address.
    pub chassis_by_member: bool,
    /// The status that a switch or gateway reports after a change of its configuration.
    pub config_status: String,
    /// The response to an invite is the invite. In the document it is empty.
    pub invite_answers_object: bool,
    /// The effect of an invite to an address that has one.
    pub second_invite: SecondInvite,
    /// The response to an update of an administrator is the administrator, as in the document.
    pub admin_put_answers_object: bool,
}

impl Variants {
    /// The known behavior of the real cloud.
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
            login_reports_two_factor: true,
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
            inventory_error_status: 200,
            inventory_reasons_missing: false,
            chassis_by_member: false,
            config_status: "COMMITED".to_owned(),
            invite_answers_object: true,
            second_invite: SecondInvite::Another,
            admin_put_answers_object: true,
        }
    }

    /// The behavior that the OpenAPI document describes.
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
            login_reports_two_factor: true,
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
            inventory_error_status: 200,
            inventory_reasons_missing: true,
            chassis_by_member: false,
            config_status: "COMMITED".to_owned(),
            invite_answers_object: false,
            second_invite: SecondInvite::Another,
            admin_put_answers_object: true,
        }
    }
}

impl Default for Variants {
    fn default() -> Self {
        Self::practice()
    }
}

/// The response to an update of a token's `src_ips`. The document only states that they cannot change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SrcIpsPut {
    /// 400. This is the default, because it exposes a client that believes it has changed them.
    Refused,
    /// The request succeeds as if it did not contain them.
    Ignored,
}

/// The effect of an invite to an address that has a pending or an expired one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondInvite {
    /// A second invite and a second mail.
    Another,
    /// The invite is valid for longer, and a second mail.
    Renewed,
    /// 400, and no mail.
    Refused,
}

/// The body of a 404 for an unknown id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotFound {
    /// `{"detail": "Not found."}`
    Detail,
    /// `{"id": "…"}`, as in the document.
    Id,
}

/// The form in which a 400 names the bad field.
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

/// The form in which the views of a privilege are shown. `view` is older, and the document calls it deprecated.
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

/// The response to a blocked login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockedLogin {
    /// 429 with the remaining seconds in `Retry-After`.
    TooManyRequests,
    BadRequest,
}

/// The request of `/login/lookup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginLookup {
    /// The path does not exist: 404.
    Absent,
    /// POST with `email` in the body.
    Post,
    /// GET with `email` in the query.
    Get,
    Either,
}

/// The form in which a list reports its page and its total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageForm {
    /// The headers `X-Page-Total`, `X-Page-Limit` and `X-Page-Page`.
    Headers,
    /// The header `X-Page-Total` alone.
    TotalAlone,
    /// The body: `limit`, `page`, `total` and `results`.
    Body,
    /// The body, with the path of the next page as `next`.
    BodyWithNext,
}

/// The error in the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// None: signed by the simulator's own authority, for 127.0.0.1, ::1 and localhost.
    Good,
    /// It expired in 2001.
    Expired,
    /// It is for another host.
    OtherHost,
    /// Its authority is not the one in the file of [`Simulator::ca_path`](crate::Simulator::ca_path).
    OtherAuthority,
}

/// The form of a `Retry-After` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfterForm {
    /// No header.
    Absent,
    /// Seconds to wait.
    Seconds,
    /// A date by the simulator's clock, which the `Date` header shows.
    Date,
}
