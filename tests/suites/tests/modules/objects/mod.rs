//! `mist_object`, `mist_objects` and `mist_object_info`.

mod bad_input;
mod behaviors;
mod document;
mod every_kind;
mod faults;
mod information;
mod list_items;
mod lists;
mod lost_responses;
mod one_object;
mod ordered;
mod other_writers;
mod parallel;
mod protected;
mod purge;
mod references;
mod secrets;
mod set;
mod situation;
mod types;
mod typos;
