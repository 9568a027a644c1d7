//! The part that the modules for devices share: messages.

pub mod messages;
