//! The common parts of the pages of all modules.

use ansible_binary_module::{Attribute, Support};
use schemars::Schema;
use serde_json::Value;

pub const AUTHOR: &[&str] = &["The developers of mist.cloud (!UNKNOWN)"];

pub const REQUIREMENTS: &[&str] = &[
    "None on the host: the module is one executable. It connects to the cloud from the host that the task runs on. Use C(delegate_to: localhost) to connect from the controller.",
];

/// The platforms that `make dist` builds for.
pub const PLATFORM: Attribute = Attribute::platform("linux, macos");

/// The attributes of a module that only reads.
pub const READ_ONLY: &[Attribute] = &[
    Attribute::check_mode(Support::Full).details(NEVER),
    Attribute::diff_mode(Support::NotApplicable).details(NEVER),
    Attribute::idempotent(Support::Full).details(NEVER),
    PLATFORM,
];

const NEVER: &str = "The module never changes anything.";

/// Marks options of a shared type as added to this module in version 0.2.0.
pub fn since_0_2(options: Vec<&'static str>) -> impl Fn(&mut Schema) {
    move |schema| {
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (name, option) in properties.into_iter().flatten() {
            if let (true, Some(option)) = (options.contains(&name.as_str()), option.as_object_mut()) {
                option.insert("x-ansible-version-added".to_owned(), "0.2.0".into());
            }
        }
    }
}
