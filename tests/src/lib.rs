//! What crosses crates: the harness that the acceptance tests share.
