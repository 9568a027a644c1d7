//! The searches, lists of statistics and logs of the Juniper Mist cloud: which exist, the request for one, and its rows as CSV or
//! JSON. No I/O except for the writers that the caller gives, and nothing of Ansible.

pub mod output;
pub mod query;
pub mod rows;
pub mod table;
