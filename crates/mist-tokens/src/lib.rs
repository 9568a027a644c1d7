//! What an API token of the Juniper Mist cloud is, and how one comes to be and goes: privileges, a creation that survives
//! lost answers, key files, and the lock that makes many runs make one token.

pub mod creation;
pub mod key_file;
pub mod lock;
pub mod privilege;
pub mod src_ips;
pub mod token;
