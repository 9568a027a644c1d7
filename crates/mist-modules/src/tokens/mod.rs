//! What the modules about API tokens share: the options of one token and what they mean, its results and its diff, the words
//! for what goes wrong, and the file of its key.

pub mod difference;
pub mod messages;
pub mod options;
pub mod privileges;
pub mod results;
pub mod selection;
pub mod target;
pub mod unread;
