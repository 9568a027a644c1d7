//! The Ansible module mist_api_token.
