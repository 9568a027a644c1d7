//! Devices of the Juniper Mist cloud, kept as declared. Independent of Ansible.
//!
//! Without I/O: [`port_key`] and [`ports`] split ranges of ports.

pub mod port_key;
pub mod ports;
