//! How far a run is, told on standard error where that is a terminal: by hand, not under Ansible.

use std::io::{IsTerminal, Write};

/// Tells how many of how many are done.
pub fn teller(word: &str) -> impl Fn(usize, usize) + Sync {
    let shown = std::io::stderr().is_terminal();
    let word = word.to_owned();
    move |done, total| {
        if shown {
            let end = if done == total { "\n" } else { "" };
            // A terminal that is gone is no reason to stop.
            let _ = write!(std::io::stderr(), "\r{done} of {total} {word}{end}");
        }
    }
}
