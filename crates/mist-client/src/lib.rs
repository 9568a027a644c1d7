//! The Juniper Mist cloud: hosts, credentials, transport, API tokens.
