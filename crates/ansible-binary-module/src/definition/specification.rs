//! From the options' type to Ansible's `argument_spec`.

use super::extensions::names;
use super::{Field, Node, fields_within};
use crate::spec::{Argument, ArgumentSpec, ArgumentType, Fallback, FallbackKind, Rules};

pub(crate) fn argument_spec(node: &Node) -> ArgumentSpec {
    fields_within(node).iter().map(|field| (field.name.clone(), argument(field))).collect()
}

fn argument(field: &Field) -> Argument {
    let node = &field.node;
    let extensions = &node.extensions;
    let environment = extensions.environment();
    let options = argument_spec(node);
    Argument {
        argument_type: Some(node.argument_type),
        elements: element_type(node),
        required: is_required(field),
        default: node.default.clone(),
        choices: choices(node).iter().map(|choice| choice.value.clone()).collect(),
        aliases: extensions.aliases.clone(),
        fallback: Some(Fallback(FallbackKind::EnvFallback, environment)).filter(|fallback| !fallback.1.is_empty()),
        no_log: extensions.no_log,
        rules: sub_rules(node),
        options: Some(options).filter(|options| !options.is_empty()),
        apply_defaults: extensions.apply_defaults,
        removed_in_version: extensions.removed_in.clone().map(Into::into),
        removed_at_date: extensions.removed_at_date.clone().map(Into::into),
        removed_from_collection: extensions.removed_from_collection.clone(),
        deprecated_aliases: extensions.deprecated_aliases.clone(),
    }
}

/// Whether the task must give it.
pub(crate) fn is_required(field: &Field) -> bool {
    field.required && !field.node.nullable && field.node.default.is_none()
}

/// The type of a list's elements, as far as one is known.
pub(crate) fn element_type(node: &Node) -> Option<ArgumentType> {
    let known = node.elements.as_ref().map(|items| items.argument_type);
    node.extensions
        .elements
        .or(known)
        .filter(|element| node.argument_type == ArgumentType::List && *element != ArgumentType::Raw)
}

/// The choices of an option, which for a list are those of its elements.
pub(crate) fn choices(node: &Node) -> &[super::node::Choice] {
    match &node.elements {
        Some(elements) => &elements.choices,
        None => &node.choices,
    }
}

/// The rules among an option's sub-options.
pub(crate) fn sub_rules(node: &Node) -> Rules {
    match &node.elements {
        Some(elements) => elements.extensions.rules(),
        None => node.extensions.rules(),
    }
}

/// Every option that the rules speak of.
pub(crate) fn names_in_rules(rules: &Rules) -> Vec<String> {
    let lists = [&rules.mutually_exclusive, &rules.required_together, &rules.required_one_of];
    let mut all: Vec<String> = lists.into_iter().flatten().flatten().cloned().collect();
    for rule in &rules.required_if {
        all.push(rule.option.clone());
        all.extend(rule.needed.iter().cloned());
    }
    for (option, needed) in &rules.required_by {
        all.push(option.clone());
        all.extend(names(needed));
    }
    all
}
