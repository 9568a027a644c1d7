//! Starting the cloud, watching it and steering it from a test.

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

/// A running cloud. Dropping it closes its port and every connection, and removes its files.
///
/// Every method blocks, and none may be called from an asynchronous task.
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
    /// Starts a cloud; it answers when this returns.
    ///
    /// # Errors
    /// When the port is taken, or the system gives no port, thread or temporary directory.
    pub fn start(config: Config) -> Result<Self> {
        let directory =
            tempfile::Builder::new().prefix("mist-simulator-").tempdir().context("no temporary directory")?;
        let ca_path = directory.path().join("ca.pem");
        let (tls, ca) = server::tls_config(config.certificate)?;
        std::fs::write(&ca_path, ca).with_context(|| format!("cannot write {}", ca_path.display()))?;

        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, config.port));
        let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
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
            .context("no threads for the simulator")?;
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        runtime.spawn(server::listen(listener, tls, Arc::clone(&shared)));
        Ok(Self { shared, runtime: Some(runtime), url, ca_path, org_id, api_token, _directory: directory })
    }

    /// Where it listens: `https://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Its certificate authority, a PEM file that is there as long as the simulator.
    pub fn ca_path(&self) -> &Path {
        &self.ca_path
    }

    /// The id of the first organisation; empty where there is none.
    pub fn org_id(&self) -> &str {
        &self.org_id
    }

    /// The ids and names of all organisations.
    pub fn orgs(&self) -> Vec<(String, String)> {
        self.shared.cloud().orgs.iter().map(|(id, org)| (id.clone(), org.name().to_owned())).collect()
    }

    /// The whole key of the account's first token, named `first`.
    pub fn api_token(&self) -> &str {
        &self.api_token
    }

    /// The whole key of another account's first token.
    ///
    /// # Panics
    /// When there is no such account: the test is then wrong.
    pub fn token_of(&self, email: &str) -> String {
        let tokens = self.tokens(&Owner::Account(email.to_owned()));
        tokens.first().unwrap_or_else(|| panic!("no account {email}")).key.clone()
    }

    /// Adds a token to whomever it shall belong to: its id and its whole key.
    pub fn add_token(&self, owner: &Owner, token: NewToken) -> (String, String) {
        let token = self.shared.cloud().add_token(owner, token);
        (token.id, token.key)
    }

    /// The MSP's id, for a cloud with accounts that administer it.
    pub fn msp_id(&self) -> String {
        self.shared.cloud().msp_id.clone()
    }

    /// The next token that is made gets this key, whatever it looks like. Several calls are for several tokens.
    pub fn next_key(&self, key: &str) {
        self.shared.cloud().next_keys.push_back(key.to_owned());
    }

    /// The next token or object that is made gets this id, whatever it looks like. Several calls are for several of them.
    pub fn next_id(&self, id: &str) {
        self.shared.cloud().next_ids.push_back(id.to_owned());
    }

    /// By how many seconds the `Date` header is from now on ahead of the clock by which the cloud dates what is made.
    pub fn set_date_offset(&self, seconds: f64) {
        self.shared.cloud().config.date_offset = seconds;
    }

    /// Adds a token to the account: its id and its whole key.
    pub fn add_user_token(&self, token: NewToken) -> (String, String) {
        self.add_token(&Owner::User, token)
    }

    /// Adds a token to the organisation: its id and its whole key.
    pub fn add_org_token(&self, org_id: &str, token: NewToken) -> (String, String) {
        self.add_token(&Owner::Org(org_id.to_owned()), token)
    }

    /// Adds many tokens at once.
    pub fn add_tokens(&self, owner: &Owner, tokens: impl IntoIterator<Item = NewToken>) {
        let mut cloud = self.shared.cloud();
        for token in tokens {
            cloud.add_token(owner, token);
        }
    }

    /// Removes a token, as though somebody else had; says whether it was there.
    pub fn remove_token(&self, owner: &Owner, id: &str) -> bool {
        self.shared.cloud().tokens.remove(owner, id)
    }

    /// The owner's tokens in the order of their creation, with their whole keys.
    pub fn tokens(&self, owner: &Owner) -> Vec<StoredToken> {
        let mut cloud = self.shared.cloud();
        let now = cloud.clock.seconds();
        cloud.tokens.remove_unused(now);
        cloud.tokens.list(owner).cloned().collect()
    }

    /// The account's tokens.
    pub fn user_tokens(&self) -> Vec<StoredToken> {
        self.tokens(&Owner::User)
    }

    /// The first organisation's tokens.
    pub fn org_tokens(&self) -> Vec<StoredToken> {
        self.tokens(&Owner::Org(self.org_id.clone()))
    }

    /// The sites of all organisations, as the API shows them.
    pub fn sites(&self) -> Vec<Value> {
        self.of_all_orgs("sites")
    }

    /// The site groups of all organisations, as the API shows them.
    pub fn sitegroups(&self) -> Vec<Value> {
        self.of_all_orgs("sitegroups")
    }

    fn of_all_orgs(&self, collection: &str) -> Vec<Value> {
        let orgs = self.orgs();
        orgs.into_iter().flat_map(|(org_id, _)| self.objects(&format!("orgs/{org_id}/{collection}"))).collect()
    }

    /// Puts an object into the cloud, as somebody in the dashboard would, and says its id. Nothing is checked, and no behavior
    /// counts. `path` is that of the collection, such as `orgs/{org_id}/wlans`; or that of one object or of a setting, whose
    /// other fields stay.
    ///
    /// # Panics
    /// When this is no such path, or `fields` no dictionary: the test is then wrong.
    pub fn seed(&self, path: &str, fields: Value) -> String {
        let mut cloud = self.shared.cloud();
        objects::seed_at(&mut cloud, path, fields).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// The objects of a collection as they are kept, secrets and all, whatever the behavior say of showing them. A setting that
    /// somebody has written is a list of one, one that nobody has is empty, and so is a path that is none.
    pub fn objects(&self, path: &str) -> Vec<Value> {
        objects::at(&self.shared.cloud(), path)
    }

    /// The one object of this path as it is kept; null where there is none.
    pub fn object(&self, path: &str) -> Value {
        self.objects(path).into_iter().next().unwrap_or_default()
    }

    /// Removes the object of this path, as somebody in the dashboard would; says whether it was there.
    pub fn remove_object(&self, path: &str) -> bool {
        objects::remove_at(&mut self.shared.cloud(), path)
    }

    /// Changes the behavior from now on: `cloud.behavior(|behavior| behavior.nested = Nested::Merged)`.
    pub fn behavior(&self, change: impl FnOnce(&mut Behavior)) {
        change(&mut self.shared.cloud().config.behavior);
    }

    /// Changes how the cloud behaves from now on.
    pub fn variants(&self, change: impl FnOnce(&mut Variants)) {
        change(&mut self.shared.cloud().config.variants);
    }

    /// Gives a site another name, as somebody in the dashboard would; says whether there is such a site.
    pub fn rename_site(&self, site_id: &str, name: &str) -> bool {
        let path = format!("sites/{site_id}");
        let is_there = !self.objects(&path).is_empty();
        if is_there {
            self.seed(&path, serde_json::json!({ "name": name }));
        }
        is_there
    }

    /// The requests since the start or since they were last cleared, in the order in which they came.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.records().list()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.shared.records().clear();
    }

    /// How many connections were accepted since the start.
    pub fn connections(&self) -> u64 {
        self.shared.connections()
    }

    /// How many TLS handshakes were finished since the start.
    pub fn tls_handshakes(&self) -> u64 {
        self.shared.tls_handshakes()
    }

    /// How many sessions were begun by a login and not ended by a logout.
    pub fn open_sessions(&self) -> usize {
        self.shared.cloud().sessions.count()
    }

    /// Makes something go wrong from now on.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults().add(fault);
    }

    /// Removes all faults. A held request still takes effect.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// How many requests are held: by `Delay`, `DelayedEffect`, `HoldRequest`, `HoldAnswer`, or for their
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
    /// before it takes effect; wait for a request that a fault holds with [`wait_for_held`](Self::wait_for_held).
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

    /// Sets the cloud's clock to this many seconds since 1970, where it stands still until it is moved.
    pub fn set_clock(&self, epoch_seconds: f64) {
        self.shared.cloud().clock = crate::cloud::Clock::new(Some(epoch_seconds));
    }

    /// Moves the cloud's clock forward, whether it runs or stands still.
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
