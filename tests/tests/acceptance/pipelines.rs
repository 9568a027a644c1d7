//! The shell lines of the example pipelines, run in the checkout of a user.
//!
//! They run unchanged, with the shell and the conditions of GitLab and GitHub. Programs that need a network are replaced:
//! `python3 -m venv` creates a folder with the installed ansible-core, `pip install` there checks that its version is the
//! requested one, and `ansible-galaxy collection install` uses the ansible.posix that `make test` downloaded.

use acceptance::{Ansible, Played, Sandbox, library, project};
use anyhow::{Context as _, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

for_the_newest_ansible!(
    gitlab_shows_what_would_change_then_keeps_it_and_fails_when_a_task_does,
    github_shows_what_would_change_then_keeps_it_and_fails_when_a_task_does,
    awx_gives_the_modules_the_cloud_and_the_token_of_a_credential,
);

/// The job that reads the output of Ansible.
mod the_oldest_that_they_ask_for {
    use super::*;
    for_versions!(new [ansible_2_18 "2.18"] [gitlab_shows_what_would_change_then_keeps_it_and_fails_when_a_task_does]);
}

const WRONG: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCD";

/// The variables of one run of a pipeline: `CI_PIPELINE_SOURCE`, `github.event_name`, `secrets.MIST_API_TOKEN` …
type Facts = BTreeMap<&'static str, String>;

/// Shell lines that run together with these environment variables, if one of these conditions is true.
struct Step {
    shell: [&'static str; 2],
    lines: String,
    conditions: Vec<String>,
    environment: Vec<(String, String)>,
}

fn gitlab_shows_what_would_change_then_keeps_it_and_fails_when_a_task_does(sandbox: &Sandbox) -> anyhow::Result<()> {
    let checkout = checkout(sandbox)?;
    let facts = |source: &str, branch: Option<&str>| {
        let mut facts = Facts::from([
            ("CI_PIPELINE_SOURCE", source.to_owned()),
            ("CI_PROJECT_DIR", checkout.display().to_string()),
            ("CI_DEFAULT_BRANCH", "main".to_owned()),
        ]);
        facts.extend(branch.map(|branch| ("CI_COMMIT_BRANCH", branch.to_owned())));
        facts
    };
    let (wanted, merged) = (facts("merge_request_event", None), facts("push", Some("main")));
    let run = |facts: &Facts, token: Option<&str>| {
        let mut steps = gitlab(sandbox)?;
        for step in &mut steps {
            // The variables that the comments ask for, and those of GitLab.
            step.environment.extend(facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
            let token = token.unwrap_or_else(|| sandbox.cloud.api_token());
            step.environment.push(("MIST_API_TOKEN".to_owned(), token.to_owned()));
            step.environment.push(("MIST_HOST".to_owned(), sandbox.cloud.url()));
        }
        run(sandbox, &checkout, &steps, facts)
    };
    ensure!(run(&facts("push", Some("somebody's")), None)?.is_empty(), "a job runs on a branch that is not merged");

    let before = sandbox.snapshot()?;
    let preview = only(run(&wanted, None)?)?;
    assert_eq!(preview.status, Some(0), "{preview}");
    assert_eq!(sandbox.snapshot()?, before, "{preview}");
    let document: Value = serde_json::from_str(&fs::read_to_string(checkout.join("preview.json"))?)?;
    assert_eq!(document["stats"]["localhost"]["changed"], 1, "{document}");
    let diff = document["plays"][0]["tasks"][0]["hosts"]["localhost"]["diff"].to_string();
    ensure!(diff.contains("lobby-dashboard") && diff.contains("branch-rollout"), "{document}");

    keeps_the_tokens(sandbox, preview, || only(run(&merged, None)?))?;
    ensure!(only(run(&facts("schedule", Some("main")), None)?)?.changed == 0, "the nightly run changed something");

    for facts in [wanted, merged] {
        let failed = only(run(&facts, Some(WRONG))?)?;
        assert_eq!(failed.status, Some(2), "{failed}");
        ensure!(failed.stdout.contains("the cloud answered 401"), "{failed}");
    }
    Ok(())
}

fn github_shows_what_would_change_then_keeps_it_and_fails_when_a_task_does(sandbox: &Sandbox) -> anyhow::Result<()> {
    let checkout = checkout(sandbox)?;
    let run = |event: &str, token: &str| {
        let temporary = sandbox.scratch().join("runner").display().to_string();
        let facts = Facts::from([
            ("github.event_name", event.to_owned()),
            ("secrets.MIST_API_TOKEN", token.to_owned()),
            ("vars.MIST_HOST", sandbox.cloud.url()),
        ]);
        let mut steps = github(sandbox, &facts)?;
        steps.iter_mut().for_each(|step| step.environment.push(("RUNNER_TEMP".to_owned(), temporary.clone())));
        let mut played = run(sandbox, &checkout, &steps, &facts)?;
        assert_eq!(played.len(), 2, "Ansible is installed, and then does one thing: {played:?}");
        played.pop().context("a step")
    };
    let token = sandbox.cloud.api_token();

    let before = sandbox.snapshot()?;
    let preview = run("pull_request", token)?;
    assert_eq!(preview.status, Some(0), "{preview}");
    assert_eq!(sandbox.snapshot()?, before, "{preview}");
    let mut lines = preview.stdout.lines();
    ensure!(preview.changed == 1 && lines.any(|line| line.starts_with('+') && line.contains("lobby")), "{preview}");

    keeps_the_tokens(sandbox, preview, || run("push", token))?;
    ensure!(run("schedule", token)?.changed == 0, "the nightly run changed something");

    for event in ["pull_request", "push"] {
        let failed = run(event, WRONG)?;
        assert_eq!(failed.status, Some(2), "{failed}");
        ensure!(failed.stdout.contains("the cloud answered 401"), "{failed}");
    }
    Ok(())
}

/// Like AWX: refuses a credential type with unknown fields (`awx/main/fields.py`), and renders each variable from the fields of a
/// credential. A missing optional field is empty.
const RENDERED_BY_AWX: &str = r#"
import json, re, sys, yaml
from jinja2 import sandbox
kind, credential = yaml.safe_load(open(sys.argv[1])), json.loads(sys.argv[2])
assert set(kind) == {'name', 'description', 'kind', 'inputs', 'injectors'} and kind['kind'] == 'cloud', kind
assert set(kind['inputs']) == {'fields', 'required'} and set(kind['injectors']) == {'env'}, kind
known = {'id', 'label', 'type', 'format', 'choices', 'help_text', 'multiline', 'secret', 'ask_at_runtime', 'default'}
fields = {field['id']: field for field in kind['inputs']['fields']}
assert all({'id', 'label'} <= set(field) <= known and field['type'] == 'string' for field in fields.values()), fields
assert 'tower' not in fields and set(kind['inputs']['required']) <= set(fields), fields
assert set(credential) <= set(fields) and set(kind['inputs']['required']) <= set(credential), credential
assert [name for name, field in fields.items() if field.get('secret')] == ['api_token'], fields
variables = kind['injectors']['env']
assert all(re.match('^[A-Z_]+$', name) and not name.startswith('ANSIBLE_') for name in variables), variables
render = lambda template: sandbox.ImmutableSandboxedEnvironment().from_string(template).render(**credential)
print(json.dumps({name: render(template) for name, template in variables.items()}))
"#;

fn awx_gives_the_modules_the_cloud_and_the_token_of_a_credential(sandbox: &Sandbox) -> anyhow::Result<()> {
    let path = project().join("playbooks/pipelines/awx-credential-type.yml").display().to_string();
    let tasks = "- name: A job\n  hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n    \
        - name: Who am I?\n      mist_self_info:\n    \
        - name: Whose tokens?\n      mist_api_token_info:\n        token_type: \"{{ whose }}\"\n";
    let playbook = sandbox.scratch().join("job.yml");
    fs::write(&playbook, tasks)?;
    let (url, token) = (sandbox.cloud.url(), sandbox.cloud.api_token());
    for (org_id, whose) in [(None, "user"), (Some(""), "user"), (Some(sandbox.cloud.org_id()), "org")] {
        let mut credential = serde_json::json!({"host": url, "api_token": token});
        if let Some(org_id) = org_id {
            credential["org_id"] = org_id.into();
        }
        let rendered =
            sandbox.command("python", &["-c", RENDERED_BY_AWX, &path, &credential.to_string()])?.succeeds()?;
        let variables: BTreeMap<String, String> = serde_json::from_str(&rendered.stdout)?;
        let whose = format!("whose={whose}");
        let mut job = sandbox.command("ansible-playbook", &["-vvv", "-e", &whose, &playbook.display().to_string()])?;
        job =
            job.without("MIST_API_TOKEN").without("MIST_HOST").env("ANSIBLE_LIBRARY", &library().display().to_string());
        for (name, value) in &variables {
            job = job.env(name, value);
        }
        let played = job.succeeds()?;
        ensure!(played.tasks.len() == 2 && !played.printed().contains(token), "{played}");
    }
    Ok(())
}

/// The first run creates the tokens of `projects.yml` with their key files. The second run changes nothing.
fn keeps_the_tokens(
    sandbox: &Sandbox,
    preview: Played,
    run: impl Fn() -> anyhow::Result<Played>,
) -> anyhow::Result<()> {
    let made = run()?;
    ensure!(made.status == Some(0) && made.changed == 1, "{made}");
    let files = [("lobby-dashboard", ".mist-lobby-dashboard.key"), ("branch-rollout", "branch-rollout.env")];
    let files = files.map(|(name, file)| (name, sandbox.home().join(file)));
    for (name, file) in &files {
        let tokens = sandbox.tokens_named(name, true);
        ensure!(tokens.len() == 1 && fs::read_to_string(file)?.contains(&tokens[0].key), "{name}: {made}");
        assert_eq!(file.metadata()?.permissions().mode() & 0o7777, 0o600, "{}", file.display());
    }
    let again = run()?;
    ensure!(again.status == Some(0) && again.changed == 0, "{again}");
    let leaks = sandbox.leaks(&[], &[preview, made, again], &[&files[0].1, &files[1].1])?;
    ensure!(leaks.found().is_empty(), "{:?}", leaks.found());
    Ok(())
}

/// The jobs with their bases (`extends`). A GitLab runner runs all lines of a job in one bash, which ends with the first failure,
/// also within a pipe.
fn gitlab(sandbox: &Sandbox) -> anyhow::Result<Vec<Step>> {
    let pipeline = read(sandbox, "gitlab-ci.yml")?;
    let jobs = pipeline.as_object().context("jobs")?.iter().filter(|(name, _)| !name.starts_with('.'));
    jobs.map(|(name, job)| {
        let base = &pipeline[job["extends"].as_str().with_context(|| format!("{name} extends nothing"))?];
        Ok(Step {
            shell: ["-eo", "pipefail"],
            lines: [texts(&base["before_script"])?, texts(&job["script"])?].concat().join("\n"),
            conditions: job["rules"].as_array().context("rules")?.iter().map(condition).collect::<Result<_, _>>()?,
            environment: environment(&base["variables"], |value| Ok(value.to_owned()))?,
        })
    })
    .collect()
}

/// The steps with shell lines. GitHub runs the lines of a step in one bash, which ends with the first failure.
fn github(sandbox: &Sandbox, facts: &Facts) -> anyhow::Result<Vec<Step>> {
    let workflow = read(sandbox, "github-actions.yml")?;
    let job = &workflow["jobs"]["tokens"];
    let steps = job["steps"].as_array().context("steps")?.iter().filter(|step| step.get("run").is_some());
    steps
        .map(|step| {
            Ok(Step {
                shell: ["--norc", "-e"],
                lines: step["run"].as_str().context("lines")?.to_owned(),
                conditions: step.get("if").map(|_| condition(step)).transpose()?.into_iter().collect(),
                environment: environment(&job["env"], |value| {
                    let name = value.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}"));
                    let fact = name.and_then(|name| facts.get(name));
                    fact.cloned().with_context(|| format!("{value} is not among what the comments ask for"))
                })?,
            })
        })
        .collect()
}

fn read(sandbox: &Sandbox, name: &str) -> anyhow::Result<Value> {
    let path = project().join("playbooks/pipelines").join(name).display().to_string();
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    Ok(serde_json::from_str(&sandbox.command("python", &["-c", script, &path])?.succeeds()?.stdout)?)
}

fn texts(list: &Value) -> anyhow::Result<Vec<&str>> {
    list.as_array().context("a list")?.iter().map(|line| line.as_str().context("a line")).collect()
}

fn condition(holder: &Value) -> anyhow::Result<String> {
    Ok(holder["if"].as_str().with_context(|| format!("a condition: {holder}"))?.to_owned())
}

fn environment(
    variables: &Value,
    value_of: impl Fn(&str) -> anyhow::Result<String>,
) -> anyhow::Result<Vec<(String, String)>> {
    let variables = variables.as_object().context("variables")?.iter();
    variables.map(|(name, value)| Ok((name.clone(), value_of(value.as_str().context("a text")?)?))).collect()
}

/// Runs the steps whose conditions hold, until one fails.
fn run(sandbox: &Sandbox, checkout: &Path, steps: &[Step], facts: &Facts) -> anyhow::Result<Vec<Played>> {
    let mut played = Vec::new();
    for step in steps {
        let mut holds = step.conditions.is_empty();
        for condition in &step.conditions {
            holds |= is_true(condition, facts)?;
        }
        if !holds {
            continue;
        }
        let [first, second] = step.shell;
        let mut play = sandbox.command("/bin/bash", &[first, second, "-c", &step.lines])?.in_folder(checkout);
        // The pipeline sets the variables for the cloud.
        play = play.without("MIST_API_TOKEN").without("MIST_HOST");
        play = play.env("PATH", &format!("{}:/usr/bin:/bin", stand_ins(sandbox)?.display()));
        for (name, value) in &step.environment {
            play = play.env(name, value);
        }
        played.push(play.run()?);
        if played.last().is_some_and(|played| played.status != Some(0)) {
            break;
        }
    }
    Ok(played)
}

/// `A == B` or `A != B`, where each is a quoted text or the name of a fact.
fn is_true(condition: &str, facts: &Facts) -> anyhow::Result<bool> {
    let words: Vec<&str> = condition.split_whitespace().collect();
    let [left, operator @ ("==" | "!="), right] = words[..] else {
        anyhow::bail!("this test does not understand the condition {condition}");
    };
    let value = |word: &str| match word.trim_matches(['"', '\'']) {
        text if text.len() < word.len() => Some(text.to_owned()),
        _ => facts.get(word.trim_start_matches('$')).cloned(),
    };
    Ok((value(left) == value(right)) == (operator == "=="))
}

fn only(mut played: Vec<Played>) -> anyhow::Result<Played> {
    ensure!(played.len() == 1, "one job was expected: {played:?}");
    played.pop().context("a job")
}

/// The repository of a user.
fn checkout(sandbox: &Sandbox) -> anyhow::Result<PathBuf> {
    let checkout = sandbox.scratch().join("checkout");
    fs::create_dir(&checkout)?;
    let playbooks = project().join("playbooks");
    fs::copy(playbooks.join("Project-Tokens_Ansible.yml"), checkout.join("Project-Tokens_Ansible.yml"))?;
    fs::copy(playbooks.join("pipelines/projects.yml"), checkout.join("projects.yml"))?;
    symlink(library(), checkout.join("library"))?;
    Ok(checkout)
}

/// A folder with the replaced programs: see above.
fn stand_ins(sandbox: &Sandbox) -> anyhow::Result<PathBuf> {
    let folder = sandbox.scratch().join("stand-ins");
    fs::create_dir_all(&folder)?;
    let program = |name: &str, text: String| -> anyhow::Result<String> {
        let path = folder.join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(path.display().to_string())
    };
    let python = sandbox.ansible.program("python").display().to_string();
    let playbook = sandbox.ansible.program("ansible-playbook").display().to_string();
    let posix = Ansible::posix()?.join("ansible_collections/ansible/posix").display().to_string();
    let pip = program(
        "pip",
        format!(
            "#!{python}\n\
             import importlib.metadata, sys\n\
             from packaging.requirements import Requirement\n\
             if sys.argv[1:3] != ['install', '--quiet']: sys.exit(f'pip {{sys.argv[1:]}}: what is this?')\n\
             for wanted in map(Requirement, sys.argv[3:]):\n\
             \x20   there = importlib.metadata.version(wanted.name)\n\
             \x20   if there not in wanted.specifier: sys.exit(f'{{wanted}} is wanted, and {{there}} is tested')\n"
        ),
    )?;
    let galaxy = program(
        "ansible-galaxy",
        format!(
            "#!/bin/sh\n\
             [ \"$*\" = 'collection install ansible.posix' ] || {{ echo \"ansible-galaxy $*: what is this?\"; exit 1; }}\n\
             mkdir -p ~/.ansible/collections/ansible_collections/ansible\n\
             ln -sfn '{posix}' ~/.ansible/collections/ansible_collections/ansible/posix\n"
        ),
    )?;
    program(
        "python3",
        format!(
            "#!/bin/sh\n\
             [ \"$#\" = 3 ] && [ \"$1 $2\" = '-m venv' ] || {{ echo \"python3 $*: what is this?\"; exit 1; }}\n\
             mkdir -p \"$3/bin\" && ln -sf '{pip}' '{galaxy}' '{playbook}' \"$3/bin/\"\n"
        ),
    )?;
    Ok(folder)
}
