//! What is sent.

/// What is sent, again and again if need be.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    pub(super) body: Option<&'a [u8]>,
}
