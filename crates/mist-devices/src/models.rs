//! The ports of each model, from `const/device_models`. No I/O.

use crate::port_key::Port;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The known models.
#[derive(Clone, Debug, Default)]
pub struct Models(HashMap<String, Layout>);

#[derive(Clone, Debug, Default)]
struct Layout {
    /// The number of ports of each PIC. `None` if it cannot be read.
    pics: HashMap<u32, Option<u32>>,
    /// PIC and number of each port, if the model lists them.
    ports: HashSet<(u32, u32)>,
    modular: bool,
}

impl Models {
    #[must_use]
    pub fn new(models: &[Value]) -> Self {
        let named = |model: &Value| Some((model["model"].as_str()?.to_owned(), Layout::of(model)));
        Self(models.iter().filter_map(named).collect())
    }

    /// True if the model is known not to have the port. An unknown model may have every port, and a PIC that is not listed may be
    /// optional.
    #[must_use]
    pub fn lacks(&self, model: &str, port: &Port) -> bool {
        let Some((_, pic, number)) = port.position() else { return false };
        let Some(layout) = self.0.get(model).filter(|layout| !layout.modular) else { return false };
        match layout.pics.get(&pic) {
            Some(Some(count)) => number >= *count,
            Some(None) => false,
            None if layout.pics.is_empty() && layout.ports.iter().any(|(other, _)| *other == pic) => {
                !layout.ports.contains(&(pic, number))
            }
            None => false,
        }
    }
}

impl Layout {
    fn of(model: &Value) -> Self {
        let pics = model["pic"].as_object().into_iter().flatten();
        let pics = pics.filter_map(|(pic, ports)| Some((pic.parse().ok()?, count(ports.as_str()?))));
        let ports = model["ports"].as_object().into_iter().flatten();
        let ports = ports.filter_map(|(name, _)| {
            let (_, pic, number) = Port::named(name)?.position()?;
            Some((pic, number))
        });
        Self { pics: pics.collect(), ports: ports.collect(), modular: model["modular"] == true }
    }
}

/// The number of ports in `mge*8, ge*16 (uplink)`.
fn count(text: &str) -> Option<u32> {
    let one = |part: &str| {
        let (_, number) = part.split_once('*')?;
        let digits: String = number.trim().chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    };
    text.split(',').map(one).try_fold(0_u32, |sum, count| sum.checked_add(count?)).filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_port_is_judged_by_the_model_if_both_are_known() {
        let models = Models::new(&[
            json!({"model": "EX", "pic": {"0": "mge*8, ge*4", "1": "sfp+*2 (uplink)", "3": "odd"}}),
            json!({"model": "EX-M", "modular": true, "pic": {"0": "ge*4"}}),
            json!({"model": "SSR", "ports": {"ge-0/0/0": {}, "ge-0/0/3": {}}}),
        ]);
        for (model, port, lacks) in [
            ("EX", "ge-0/0/11", false),
            ("EX", "mge-0/0/12", true),
            ("EX", "ge-3/0/40", true),
            ("EX", "xe-0/1/1", false),
            ("EX", "xe-0/1/2", true),
            ("EX", "xe-0/2/9", false),
            ("EX", "xe-0/3/9", false),
            ("EX", "ae0", false),
            ("EX", "ge-0/0/99.100", false),
            ("EX-M", "ge-0/0/40", false),
            ("SSR", "ge-0/0/3", false),
            ("SSR", "ge-0/0/1", true),
            ("SSR", "ge-0/1/1", false),
            ("unknown", "ge-0/0/400", false),
        ] {
            let port = Port::named(port).unwrap_or_else(|| Port::Named(port.to_owned()));
            assert_eq!(models.lacks(model, &port), lacks, "{model} {port}");
        }
    }
}
