//! The output of `ansible-doc`.

use acceptance::{Module, Sandbox};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

for_every_ansible!(
    every_option_is_documented_with_its_type_and_in_whole_sentences,
    the_page_for_people_shows_what_a_task_needs,
);
for_each_ansible!(the_options_of_mist_api_token_are_those_that_were_promised, every_returned_value_is_documented,);

/// The output of `ansible-doc` of each version for all modules. Each version runs once in a process.
static SAID: Mutex<BTreeMap<PathBuf, Value>> = Mutex::new(BTreeMap::new());

/// The documentation of a module from `ansible-doc --json`.
pub fn documented(sandbox: &Sandbox, module: &str) -> anyhow::Result<Value> {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let all = match said.entry(sandbox.ansible.program("ansible-doc")) {
        Entry::Occupied(said) => said.into_mut(),
        Entry::Vacant(unsaid) => {
            let all = ansible_doc(sandbox, &["--json"])?;
            unsaid.insert(serde_json::from_str(&all).context("what ansible-doc printed")?)
        }
    };
    let page = all[module].clone();
    ensure!(page["doc"].is_object(), "ansible-doc does not know {module}");
    Ok(page)
}

/// The output for all modules.
fn ansible_doc(sandbox: &Sandbox, arguments: &[&str]) -> anyhow::Result<String> {
    let library = acceptance::project().join("library").display().to_string();
    let names = names()?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let arguments = [&["-t", "module", "-M", &library], arguments, &names].concat();
    let played = sandbox.command("ansible-doc", &arguments)?.succeeds()?;
    ensure!(played.stderr.is_empty(), "{played}");
    Ok(played.stdout)
}

fn names() -> anyhow::Result<Vec<String>> {
    let modules = Module::all()?;
    let names = modules.iter().filter_map(|module| module.path().file_name()?.to_str().map(str::to_owned));
    Ok(names.collect())
}

fn every_option_is_documented_with_its_type_and_in_whole_sentences(sandbox: &Sandbox) -> anyhow::Result<()> {
    for module in names()? {
        let page = documented(sandbox, &module)?;
        let doc = &page["doc"];
        ensure!(doc["short_description"].is_string() && doc["author"].is_array(), "{module}: {doc}");
        check_options(&module, &doc["options"])?;
    }
    Ok(())
}

fn check_options(option_path: &str, options: &Value) -> anyhow::Result<()> {
    let options = options.as_object().with_context(|| format!("{option_path} has no options"))?;
    for (name, option) in options {
        let option_path = format!("{option_path}.{name}");
        ensure!(option["type"].is_string(), "{option_path} has no type");
        let sentences = match &option["description"] {
            Value::Array(sentences) => sentences.clone(),
            sentence => vec![sentence.clone()],
        };
        ensure!(!sentences.is_empty(), "{option_path} is not described");
        for sentence in sentences {
            let sentence = sentence.as_str().unwrap_or_default();
            ensure!(sentence.ends_with(['.', ':']), "{option_path} is not described in whole sentences: {sentence:?}");
        }
        if option["type"] == "list" {
            ensure!(option["elements"].is_string(), "{option_path} has no type of its elements");
        }
        if option.get("suboptions").is_some() {
            check_options(&option_path, &option["suboptions"])?;
        }
    }
    Ok(())
}

fn the_options_of_mist_api_token_are_those_that_were_promised(sandbox: &Sandbox) -> anyhow::Result<()> {
    let page = documented(sandbox, "mist_api_token")?;
    let options = &page["doc"]["options"];
    let string = json!("str");
    for (name, kind, default) in [
        ("host", "str", json!("api.mist.com")),
        ("api_token", "str", Value::Null),
        ("org_id", "str", Value::Null),
        ("validate_certs", "bool", json!(true)),
        ("ca_path", "path", Value::Null),
        ("proxy", "str", Value::Null),
        ("timeout", "int", json!(30)),
        ("max_wait", "int", json!(60)),
        ("state", "str", json!("present")),
        ("token_type", "str", Value::Null),
        ("name", "str", Value::Null),
        ("id", "str", Value::Null),
        ("key", "str", Value::Null),
        ("privileges", "list", Value::Null),
        ("src_ips", "list", Value::Null),
        ("recreate", "str", json!("never")),
        ("key_file", "path", Value::Null),
        ("key_file_format", "str", json!("raw")),
        ("return_key", "bool", Value::Null),
        ("allow_self", "bool", json!(false)),
    ] {
        let option = &options[name];
        assert_eq!(option["type"], kind, "{name}");
        assert_eq!(option["default"], default, "{name}");
    }
    for (name, choices) in [
        ("state", json!(["present", "absent", "info"])),
        ("token_type", json!(["user", "org"])),
        ("recreate", json!(["never", "state_change", "always"])),
        ("key_file_format", json!(["raw", "env", "json"])),
    ] {
        assert_eq!(options[name]["choices"], choices, "{name}");
    }
    assert_eq!(options["src_ips"]["elements"], string);
    assert_eq!(options["privileges"]["elements"], "dict");
    for name in ["scope", "role", "site_id", "sitegroup_id"] {
        assert_eq!(options["privileges"]["suboptions"][name]["type"], string, "privileges.{name}");
    }
    for (name, variables) in [
        ("host", &["MIST_HOST"][..]),
        ("api_token", &["MIST_API_TOKEN", "MIST_APITOKEN", "MIST_API_KEY"]),
        ("proxy", &["MIST_PROXY"]),
    ] {
        let description = options[name]["description"].to_string();
        for variable in variables {
            ensure!(description.contains(variable), "{name} does not tell of {variable}: {description}");
        }
    }
    Ok(())
}

fn every_returned_value_is_documented(sandbox: &Sandbox) -> anyhow::Result<()> {
    let page = documented(sandbox, "mist_api_token")?;
    let returned = &page["return"];
    for name in ["token", "key", "tokens", "deleted", "api_calls"] {
        ensure!(returned[name]["description"].is_string() || returned[name]["description"].is_array(), "{name}");
        ensure!(returned[name]["returned"].is_string() && returned[name]["type"].is_string(), "{name}");
    }
    // The results of real runs, without those that every module of Ansible has.
    let common = ["changed", "msg", "diff", "invocation", "warnings", "deprecations"];
    let names = ["Make", "Look", "Delete"];
    let options =
        [json!({"name": "documented"}), json!({"state": "info"}), json!({"state": "absent", "name": "documented"})];
    let tasks = names.iter().zip(&options).map(|(name, options)| json!({"name": name, "mist_api_token": options}));
    let played = sandbox.tasks(&tasks.collect::<Vec<_>>())?.args(&["--diff"]).succeeds()?;
    for name in names {
        let result = played.task(name)?.result.as_object().context("a result")?;
        for name in result.keys().filter(|name| !name.starts_with("_ansible") && !common.contains(&name.as_str())) {
            ensure!(returned[name].is_object(), "{name} is returned and not documented");
        }
    }
    Ok(())
}

fn the_page_for_people_shows_what_a_task_needs(sandbox: &Sandbox) -> anyhow::Result<()> {
    let all = ansible_doc(sandbox, &[])?;
    let pages: Vec<&str> = all.trim_start_matches("> ").split("\n> ").collect();
    for module in names()? {
        // The heading contains the name of the file.
        let heading = format!("/{module}.yml)");
        let mut of_it = pages.iter().filter(|page| page.lines().next().is_some_and(|line| line.contains(&heading)));
        let page = of_it.next().with_context(|| format!("there is no page of {module} in\n{all}"))?;
        for words in ["EXAMPLES:", "RETURN VALUES:", "ATTRIBUTES:", "check_mode", "diff_mode", "MIST_API_TOKEN"] {
            ensure!(page.contains(words), "{module}: no {words} in\n{page}");
        }
    }
    Ok(())
}
