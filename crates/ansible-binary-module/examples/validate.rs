//! Validation as a filter: one JSON object per line in, one per line out.
//!
//! ```sh
//! echo '{"argument_spec": {"size": {"type": "int"}}, "parameters": {"size": "12"}}' |
//!     cargo run -q --release -p ansible-binary-module --example validate
//! ```
//!
//! In: `argument_spec` and `parameters`, and, where wanted, `mutually_exclusive`, `required_together`,
//! `required_one_of`, `required_if`, `required_by`. Out: `validated_parameters`, `error_messages`,
//! `unsupported_parameters`, `no_log_values`; or `error`, for a line that is not such an object.

use ansible_binary_module::exact;
use ansible_binary_module::spec::{ArgumentSpec, Rules};
use ansible_binary_module::validation::validate;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::io::{self, BufRead, BufWriter, Write};

#[derive(Deserialize)]
struct Case {
    argument_spec: ArgumentSpec,
    parameters: Map<String, Value>,
    #[serde(flatten)]
    rules: Rules,
}

fn main() -> io::Result<()> {
    let mut lines = io::stdin().lock();
    let mut out = BufWriter::new(io::stdout().lock());
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let case = exact::parse(&String::from_utf8_lossy(&line)).and_then(serde_json::from_value);
        let answer = match case {
            Ok(case) => answer(&case),
            Err(error) => json!({"error": error.to_string()}),
        };
        writeln!(out, "{}", exact::to_json(&answer))?;
        // A caller that writes line by line waits for the answer.
        out.flush()?;
        line.clear();
    }
    Ok(())
}

fn answer(case: &Case) -> Value {
    let environment = |name: &str| std::env::var(name).ok();
    let found = validate(&case.argument_spec, &case.rules, &case.parameters, &environment);
    json!({
        "validated_parameters": found.validated_parameters,
        "error_messages": found.error_messages,
        "unsupported_parameters": found.unsupported_parameters,
        "no_log_values": found.no_log_values,
    })
}
