//! The conversion of one value to an option's type, as ansible-core's `check_type_*` functions do it
//! (`module_utils/common/validation.py`), with their words where a value cannot be converted.

mod boolean;
mod key_value;
mod literal;
mod number;
mod path;
mod size;
mod structure;

pub use boolean::is_spelling_of;
pub use structure::dictionary;

use crate::spec::ArgumentType;
use crate::validation::python;
use serde_json::Value;

/// What a conversion to `path` asks of the host: environment variables and home directories.
pub struct Host<'a> {
    /// Reads an environment variable.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// The home directory of a user, or of the user that runs this where none is named.
    pub home: &'a dyn Fn(Option<&str>) -> Option<String>,
}

/// Converts `value` to `wanted`. The error is the reason in Ansible's words, without naming the option.
pub fn convert(wanted: ArgumentType, value: &Value, host: &Host) -> Result<Value, String> {
    match wanted {
        ArgumentType::Str => Ok(Value::String(text(value))),
        ArgumentType::Int => number::int(value),
        ArgumentType::Float => number::float(value),
        ArgumentType::Bool => boolean::boolean(value),
        ArgumentType::List => structure::list(value),
        ArgumentType::Dict => dictionary(value).map(Value::Object),
        ArgumentType::Path => path::expand(&text(value), host).map(Value::String),
        ArgumentType::Raw => Ok(value.clone()),
        ArgumentType::Json | ArgumentType::Jsonarg => structure::json_text(value),
        ArgumentType::Bytes => size::bytes(value),
        ArgumentType::Bits => size::bits(value),
    }
}

/// `check_type_str`: nothing becomes the empty text (since ansible-core 2.19; `None` before).
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        other => python::str_of(other),
    }
}
