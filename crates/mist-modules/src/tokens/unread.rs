//! A key that only the result of a task carries: delivered whole, and its token rolled back where nobody can read it.

use ansible_binary_module::Task;
use mist_client::Client;
use mist_tokens::calls;
use mist_tokens::token::Owner;
use secrecy::{ExposeSecret, SecretString};

/// Has the result carry this key whole, whatever short secret of the task is a part of it; and where no file has it, has the
/// token of this id deleted again if the result cannot be written.
pub fn deliver(task: &mut Task, client: &Client, owner: &Owner, id: &str, key: &SecretString, is_filed: bool) {
    task.deliver(key.expose_secret());
    if is_filed {
        return;
    }
    let (client, owner, id) = (client.worker(), owner.clone(), id.to_owned());
    task.after_result(move |written| {
        if !written {
            // Nobody is left to be told that this failed, too.
            let _ = calls::delete(&client, &owner, &id);
        }
    });
}
