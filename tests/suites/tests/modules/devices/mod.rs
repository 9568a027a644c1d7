//! `mist_devices` and `mist_device_info`.

mod bad_input;
mod configuration;
mod faults;
mod information;
mod inventory;
mod situation;
