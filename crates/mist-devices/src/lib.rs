//! Devices of the Juniper Mist cloud, kept as declared. Independent of Ansible.
//!
//! Without I/O: [`row`] reads declarations. [`inventory`] finds the device of a row, [`decision`] decides its claim, site, profile and
//! release, and [`config`] plans its configuration. [`port_key`] and [`ports`] split ranges of ports, [`models`] has the ports of models,
//! [`answers`] reads answers of the cloud, and [`outcome`] has the results.
//!
//! With the cloud: [`set`] plans a whole set, with [`read`] and [`facts`]. [`apply`] carries it out.

pub mod answers;
pub mod apply;
pub mod config;
pub mod decision;
pub mod export;
pub mod facts;
pub mod inventory;
pub mod models;
pub mod outcome;
pub mod port_key;
pub mod ports;
pub mod read;
pub mod row;
pub mod set;
