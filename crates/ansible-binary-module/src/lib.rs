//! Ansible's binary-module protocol: write an Ansible module as one static executable.

pub mod spec;
pub mod validation;
