use super::*;
use crate::definition::tests::{Everything, documented};
use crate::{Documentation, Failure, Module, Success, Support, Task};

#[test]
fn the_options_are_documented_as_they_are_defined() {
    let (definition, returned) = documented::<Everything>();
    let sidecar = sidecar(&definition, &returned);
    for words in [
        "---\nDOCUMENTATION:\n  module: everything\n  short_description: 'Everything: at once'\n",
        "    state:\n      description:\n        - The state.\n        - In a second paragraph.\n        - 'C(present): Existing.'\n",
        "      type: str\n      choices:\n        - present\n        - absent\n      default: present\n",
        "        - Mutually exclusive with C(id).\n        - Required if C(state=present).\n",
        "      version_added: '0.2.0'\n",
        "    levels:\n      description:\n        - Levels.\n      type: list\n      elements: str\n      choices:\n        - low\n        - high\n      default: []\n",
        "      type: dict\n      suboptions:\n        site:\n          description:\n            - The site.\n            - One of C(site) or C(role) is required.\n",
        "      type: int\n      required: true\n",
        "      aliases:\n        - key\n",
        "    file:\n      description:\n        - The target.\n      type: path\n",
        "the environment variables C(THE_HOST),\n          C(HOST_TOO) that is set is used.\n",
        "RETURN:\n  said:\n    description:\n      - The text.\n    returned: always\n    type: str\n    sample: hello\n",
        "    returned: when available\n    type: list\n    elements: dict\n    contains:\n      name:\n        description:\n          - The name.\n        type: str\n",
    ] {
        assert!(sidecar.contains(words), "{words}\n---\n{sidecar}");
    }
    assert!(!sidecar.contains("no_log"));
    assert!(!sidecar.contains("EXAMPLES"));
    assert!(sidecar.lines().all(|line| line.chars().count() <= 80));
}

/// Does `nothing`.
///
/// And at
/// length.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Commented {}

impl Module for Commented {
    const NAME: &'static str = "commented";
    const VERSION: &'static str = "1.0.0";
    type Options = Self;
    type Results = ();
    fn run(_: &mut Task, Self {}: Self) -> Result<Success<()>, Failure> {
        Ok(Success::unchanged(()))
    }
}

#[test]
fn a_module_that_says_nothing_else_is_described_by_the_doc_comment_of_its_options() {
    let (definition, returned) = documented::<Commented>();
    let described = "  short_description: Does C(nothing)\n  description:\n    - And at length.\n";
    assert_eq!(sidecar(&definition, &returned), format!("---\nDOCUMENTATION:\n  module: commented\n{described}"));
    let help = crate::docs::help(&definition, &returned);
    assert!(help.starts_with("commented 1.0.0 - Does nothing\n\nAnd at length.\n"), "{help}");
}

struct Bare;

impl Module for Bare {
    const NAME: &'static str = "bare";
    const VERSION: &'static str = "1.0.0";
    type Options = ();
    type Results = ();
    const DOCUMENTATION: Documentation = Documentation::new()
        .short_description("Nothing")
        .description(&["Does `nothing`."])
        .version_added("1.0.0")
        .author(&["A (@b)"])
        .requirements(&["none: really"])
        .notes(&["A note."])
        .seealso(&[
            SeeAlso::Module { module: "other", description: "Another." },
            SeeAlso::Link { name: "Page", link: "https://example.org/", description: "A page." },
        ])
        .attributes(&[Attribute::check_mode(Support::Full).details("Always so."), Attribute::platform("posix")])
        .examples("\n- name: Nothing\n  bare:\n");
    fn run(_: &mut Task, (): ()) -> Result<Success<()>, Failure> {
        Ok(Success::unchanged(()))
    }
}

#[test]
fn everything_else_is_documented_as_it_is_said() {
    let (definition, returned) = documented::<Bare>();
    assert_eq!(
        sidecar(&definition, &returned),
        "---
DOCUMENTATION:
  module: bare
  short_description: Nothing
  version_added: '1.0.0'
  description:
    - Does C(nothing).
  author:
    - A (@b)
  requirements:
    - 'none: really'
  attributes:
    check_mode:
      description: >-
        Can run in check mode and return the changed status that the real run
        would, without changing anything.
      support: full
      details: Always so.
    platform:
      description: The operating systems that the module runs on.
      support: full
      platforms: posix
  notes:
    - A note.
  seealso:
    - module: other
      description: Another.
    - name: Page
      link: https://example.org/
      description: A page.
EXAMPLES: |
  - name: Nothing
    bare:
"
    );
}
