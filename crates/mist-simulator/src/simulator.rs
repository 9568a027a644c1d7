//! A running cloud, and the methods by which a test observes and controls it.

use crate::admins;
use crate::behavior::Behavior;
use crate::config::{Config, Variants};
use crate::faults::Fault;
use crate::objects;
use crate::server;
use crate::shared::RecordedRequest;
use crate::shared::Shared;
use crate::tokens::{NewToken, Owner, StoredToken};
use anyhow::{Context, Result};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A running cloud. Dropping it closes its port and all connections, and removes its files.
///
/// Every method blocks. An asynchronous task must not call one.
#[derive(Debug)]
pub struct Simulator {
    pub(crate) shared: Arc<Shared>,
    runtime: Option<Runtime>,
    url: String,
    ca_path: PathBuf,
    org_id: String,
    api_token: String,
    _directory: TempDir,
}

impl Simulator {
    /// Starts a cloud. It serves when this returns.
    ///
    /// # Errors
    /// The port is in use, or the system gives no port, thread or temporary directory.
    pub fn start(config: Config) -> Result<Self> {
        let directory =
            tempfile::Builder::new().prefix("mist-simulator-").tempdir().context("temporary directory: not created")?;
        let ca_path = directory.path().join("ca.pem");
        let (tls, ca) = server::tls_config(config.certificate)?;
        std::fs::write(&ca_path, ca).with_context(|| format!("{}: not written", ca_path.display()))?;

        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, config.port));
        let listener = TcpListener::bind(address).with_context(|| format!("{address}: cannot listen"))?;
        listener.set_nonblocking(true)?;
        let (scheme, tls) = if config.plain_http { ("http", None) } else { ("https", Some(tls)) };
        let url = format!("{scheme}://{}", listener.local_addr()?);

        let shared = Arc::new(Shared::new(config));
        let (org_id, api_token) = {
            let cloud = shared.cloud();
            (cloud.first_org().to_owned(), cloud.api_token.key.clone())
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("mist-simulator")
            .enable_all()
            .build()
            .context("threads: not created")?;
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        runtime.spawn(server::listen(listener, tls, Arc::clone(&shared)));
        Ok(Self { shared, runtime: Some(runtime), url, ca_path, org_id, api_token, _directory: directory })
    }

    /// The URL: `https://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The PEM file of its certificate authority. It exists as long as the simulator.
    pub fn ca_path(&self) -> &Path {
        &self.ca_path
    }

    /// The id of the first organization, or an empty text.
    pub fn org_id(&self) -> &str {
        &self.org_id
    }

    /// The ids and names of all organizations.
    pub fn orgs(&self) -> Vec<(String, String)> {
        self.shared.cloud().orgs.iter().map(|(id, org)| (id.clone(), org.name().to_owned())).collect()
    }

    /// The key of the account's first token, named `first`.
    pub fn api_token(&self) -> &str {
        &self.api_token
    }

    /// The key of another account's first token.
    ///
    /// # Panics
    /// The account does not exist: the test is wrong.
    pub fn token_of(&self, email: &str) -> String {
        let tokens = self.tokens(&Owner::Account(email.to_owned()));
        tokens.first().unwrap_or_else(|| panic!("account {email} does not exist")).key.clone()
    }

    /// Adds a token and returns its id and key.
    pub fn add_token(&self, owner: &Owner, token: NewToken) -> (String, String) {
        let token = self.shared.cloud().add_token(owner, token);
        (token.id, token.key)
    }

    /// Adds an administrator of an organization and returns its id. `fields` needs `email` and `privileges`.
    pub fn add_admin(&self, org_id: &str, fields: Value) -> String {
        admins::add(&mut self.shared.cloud(), org_id, fields.as_object().cloned().unwrap_or_default())
    }

    /// Adds an invite without a mail and returns its id. `fields` needs `email` and `privileges`.
    pub fn add_invite(&self, org_id: &str, fields: Value) -> String {
        admins::add_invite(&mut self.shared.cloud(), org_id, fields.as_object().cloned().unwrap_or_default())
    }

    /// An invited person accepts, and becomes an administrator. Returns whether a valid invite existed.
    pub fn accept_invite(&self, email: &str) -> bool {
        admins::accept(&mut self.shared.cloud(), email)
    }

    /// The administrators and invites of an organization, as the API lists them without a delay.
    pub fn admins(&self, org_id: &str) -> Vec<Value> {
        admins::rows(&self.shared.cloud(), org_id)
    }

    /// The addresses of all mails to invited people, in their order.
    pub fn mails(&self) -> Vec<String> {
        self.shared.cloud().admins.mails.iter().map(|(_, email)| email.clone()).collect()
    }

    /// The id of the MSP, for a cloud with accounts that administer it.
    pub fn msp_id(&self) -> String {
        self.shared.cloud().msp_id.clone()
    }

    /// Sets the key of the next token, in any form. Several calls set the keys of several tokens.
    pub fn next_key(&self, key: &str) {
        self.shared.cloud().next_keys.push_back(key.to_owned());
    }

    /// Sets the id of the next token or object, in any form. Several calls set the ids of several ones.
    pub fn next_id(&self, id: &str) {
        self.shared.cloud().next_ids.push_back(id.to_owned());
    }

    /// Sets how many seconds the `Date` header is ahead of the clock that dates tokens and objects.
    pub fn set_date_offset(&self, seconds: f64) {
        self.shared.cloud().config.date_offset = seconds;
    }

    /// Adds a token of the account and returns its id and key.
    pub fn add_user_token(&self, token: NewToken) -> (String, String) {
        self.add_token(&Owner::User, token)
    }

    /// Adds a token of an organization and returns its id and key.
    pub fn add_org_token(&self, org_id: &str, token: NewToken) -> (String, String) {
        self.add_token(&Owner::Org(org_id.to_owned()), token)
    }

    pub fn add_tokens(&self, owner: &Owner, tokens: impl IntoIterator<Item = NewToken>) {
        let mut cloud = self.shared.cloud();
        for token in tokens {
            cloud.add_token(owner, token);
        }
    }

    /// Deletes a token as another administrator would, and returns whether it existed.
    pub fn remove_token(&self, owner: &Owner, id: &str) -> bool {
        self.shared.cloud().tokens.remove(owner, id)
    }

    /// The owner's tokens with their keys, in the order of their creation.
    pub fn tokens(&self, owner: &Owner) -> Vec<StoredToken> {
        let mut cloud = self.shared.cloud();
        let now = cloud.clock.seconds();
        cloud.tokens.remove_unused(now);
        cloud.tokens.list(owner).cloned().collect()
    }

    pub fn user_tokens(&self) -> Vec<StoredToken> {
        self.tokens(&Owner::User)
    }

    /// The tokens of the first organization.
    pub fn org_tokens(&self) -> Vec<StoredToken> {
        self.tokens(&Owner::Org(self.org_id.clone()))
    }

    /// The sites of all organizations, as the API shows them.
    pub fn sites(&self) -> Vec<Value> {
        self.of_all_orgs("sites")
    }

    /// The site groups of all organizations, as the API shows them.
    pub fn sitegroups(&self) -> Vec<Value> {
        self.of_all_orgs("sitegroups")
    }

    fn of_all_orgs(&self, collection: &str) -> Vec<Value> {
        let orgs = self.orgs();
        orgs.into_iter().flat_map(|(org_id, _)| self.objects(&format!("orgs/{org_id}/{collection}"))).collect()
    }

    /// Adds an object as another administrator would, and returns its id. Nothing is validated, and no behavior
    /// applies. `path` is a collection, such as `orgs/{org_id}/wlans`. It can also be one object or a setting, whose
    /// other fields stay.
    ///
    /// # Panics
    /// The path is invalid, or `fields` is not a dictionary: the test is wrong.
    pub fn seed(&self, path: &str, fields: Value) -> String {
        let mut cloud = self.shared.cloud();
        objects::seed_at(&mut cloud, path, fields).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// The objects of a collection as the cloud keeps them, with unmasked secrets. A setting is a list of one after its
    /// first write. The list is empty for an unknown path.
    pub fn objects(&self, path: &str) -> Vec<Value> {
        objects::at(&self.shared.cloud(), path)
    }

    /// The object at this path as the cloud keeps it, or null.
    pub fn object(&self, path: &str) -> Value {
        self.objects(path).into_iter().next().unwrap_or_default()
    }

    /// Deletes an object as another administrator would, and returns whether it existed.
    pub fn remove_object(&self, path: &str) -> bool {
        objects::remove_at(&mut self.shared.cloud(), path)
    }

    /// Changes the behavior: `cloud.behavior(|behavior| behavior.nested = Nested::Merged)`.
    pub fn behavior(&self, change: impl FnOnce(&mut Behavior)) {
        change(&mut self.shared.cloud().config.behavior);
    }

    /// Changes the variants.
    pub fn variants(&self, change: impl FnOnce(&mut Variants)) {
        change(&mut self.shared.cloud().config.variants);
    }

    /// Renames a site as another administrator would, and returns whether it exists.
    pub fn rename_site(&self, site_id: &str, name: &str) -> bool {
        let path = format!("sites/{site_id}");
        let exists = !self.objects(&path).is_empty();
        if exists {
            self.seed(&path, serde_json::json!({ "name": name }));
        }
        exists
    }

    /// The recorded requests in the order of their arrival, since the start or the last `clear_requests`.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.records().list()
    }

    pub fn clear_requests(&self) {
        self.shared.records().clear();
    }

    /// The number of accepted connections since the start.
    pub fn connections(&self) -> u64 {
        self.shared.connections()
    }

    /// The number of finished TLS handshakes since the start.
    pub fn tls_handshakes(&self) -> u64 {
        self.shared.tls_handshakes()
    }

    /// The number of sessions that no logout has ended.
    pub fn open_sessions(&self) -> usize {
        self.shared.cloud().sessions.count()
    }

    /// The sum of all waits for [`Config::latency`], over all connections.
    pub fn waited(&self) -> Duration {
        self.shared.waited()
    }

    /// Adds a fault.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults().add(fault);
    }

    /// Removes all faults. A held request still takes effect.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// The number of requests that are held: by `Delay`, `DelayedEffect`, `HoldRequest`, `HoldAnswer`, or for their
    /// [`effect_after`](Fault::effect_after).
    pub fn held(&self) -> usize {
        self.shared.held()
    }

    /// Waits until at least `count` requests are held, at most this long, and returns whether they are. From then on
    /// [`release`](Self::release) reaches them.
    pub fn wait_for_held(&self, count: usize, limit: Duration) -> bool {
        self.shared.wait_for_held(count, limit)
    }

    /// Waits until at least `count` recorded requests match, at most this long, and returns whether they came. A request is recorded
    /// before it takes effect, and its status after it; wait for a request that a fault holds with [`wait_for_held`](Self::wait_for_held).
    pub fn wait_for_requests(&self, count: usize, limit: Duration, matches: impl Fn(&RecordedRequest) -> bool) -> bool {
        self.shared.wait_for_requests(count, limit, matches)
    }

    /// Waits until no request is held, at most this long, and returns whether every held request has taken effect.
    pub fn settle(&self, limit: Duration) -> bool {
        self.shared.settle(limit)
    }

    /// Ends the wait of every held request now, and waits until all have taken effect. A test can hold a request for an hour and
    /// choose the moment of its effect. Returns whether all ended within a minute.
    pub fn release(&self) -> bool {
        self.shared.release();
        self.shared.settle(Duration::from_secs(60))
    }

    /// The cloud's time, in seconds since 1970.
    pub fn now(&self) -> f64 {
        self.shared.cloud().clock.now()
    }

    /// Sets the cloud's clock to this many seconds since 1970. From then on it changes only when it is moved.
    pub fn set_clock(&self, epoch_seconds: f64) {
        self.shared.cloud().clock = crate::cloud::Clock::new(Some(epoch_seconds));
    }

    /// Moves the cloud's clock forward.
    pub fn advance(&self, seconds: f64) {
        self.shared.cloud().clock.advance(seconds);
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}
