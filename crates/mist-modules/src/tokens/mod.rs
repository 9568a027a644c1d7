//! Options, results, diffs and messages that the modules about API tokens share.

pub mod message_formatter;
pub mod params;
pub mod privileges;
pub mod results;

use ansible_binary_module::Task;
use mist_client::Client;
use mist_tokens::calls;
use mist_tokens::token::Owner;
use secrecy::{ExposeSecret, SecretString};

/// Prints this key in the result without masks. Unless a file has it, the token is deleted again if the result cannot be written.
pub fn deliver_in_result(
    task: &mut Task,
    client: &Client,
    owner: &Owner,
    id: &str,
    key: &SecretString,
    is_filed: bool,
) {
    task.deliver(key.expose_secret());
    if is_filed {
        return;
    }
    let (client, owner, id) = (client.worker(), owner.clone(), id.to_owned());
    task.after_result(move |written| {
        if !written {
            // An error would have no reader.
            let _ = calls::delete(&client, &owner, &id);
        }
    });
}
