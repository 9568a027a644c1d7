//! Which path leads where.

use crate::cloud::Cloud;
use crate::message::{Reply, Request};

/// Carries out a request.
pub(crate) fn answer(_cloud: &mut Cloud, _request: &Request) -> Reply {
    Reply::detail(404, "Not found.")
}
