//! What the pages of all modules say alike.

use ansible_binary_module::{Attribute, Support};

/// Who writes the modules.
pub const AUTHOR: &[&str] = &["The developers of mist.cloud (!UNKNOWN)"];

/// What a module needs.
pub const REQUIREMENTS: &[&str] = &[
    "None on the host: the module is one static executable. It reaches the cloud from the host that the task runs on; use C(delegate_to: localhost) where that is not wanted.",
];

/// The attributes of a module that only reads.
pub const READ_ONLY: &[Attribute] = &[
    Attribute::check_mode(Support::Full).details(NEVER),
    Attribute::diff_mode(Support::NotApplicable).details(NEVER),
    Attribute::idempotent(Support::Full).details(NEVER),
    Attribute::platform("linux"),
];

const NEVER: &str = "The module never changes anything.";
