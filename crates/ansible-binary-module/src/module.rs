//! The trait of a module, and its documentation beyond options and results.

use crate::{Outcome, Task};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// An Ansible module: two types, documentation, and its work.
pub trait Module {
    /// The module's name, and the executable's.
    const NAME: &'static str;
    /// The version that `--version` prints: `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;
    /// The options, often `Self`. The argument specification, the documentation and the help come from this type.
    type Options: DeserializeOwned + JsonSchema;
    /// The results besides `changed`, `msg` and `diff`: a struct whose fields become fields of the printed object (except
    /// `None`), or `()`. This type documents RETURN.
    type Results: Serialize + JsonSchema;

    /// The documentation. Default: the doc comment of [`Self::Options`].
    const DOCUMENTATION: Documentation = Documentation::new();

    /// Fields of [`Self::Results`] that are printed as `null` instead of being omitted, so that a task can read them without
    /// testing whether they are defined. Only top-level fields.
    const NULL_RESULTS: &'static [&'static str] = &[];

    /// Additional arguments of the command line, each of which prints a text.
    const TEXT_COMMANDS: &'static [TextCommand] = &[];

    /// Additional values to mask: secrets that are not an option of their own, such as those in a body. `parameters` are the
    /// validated options, also in a task that is refused.
    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        let _ = parameters;
        Vec::new()
    }

    /// Secrets to mask only in messages (`msg`, warnings, the log), and only where they are whole words: for short secrets that
    /// results mask in their places. Everywhere, a secret such as `1` would mask half of the result.
    fn secrets_in_messages(parameters: &Map<String, Value>) -> Vec<String> {
        let _ = parameters;
        Vec::new()
    }

    /// The options as `invocation` prints and the log contains them: with the secrets inside of them masked in their places.
    /// Default: unchanged. The values of `no_log` options are masked in any case.
    fn shown(parameters: Map<String, Value>) -> Map<String, Value> {
        parameters
    }

    /// Does the work. In check mode ([`Task::check_mode`]) it changes nothing and returns the result of the real run.
    ///
    /// # Errors
    ///
    /// A [`Failure`] ends the task as failed. `?` turns every error into one: see [`Failure`].
    fn run(task: &mut Task, options: Self::Options) -> Outcome<Self::Results>;
}

/// An argument of the command line that prints a text, such as `--types`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TextCommand {
    /// The argument. One that needs a value has the name of the value after a blank: `--fields TYPE`.
    pub argument: &'static str,
    /// The effect, for `--help`: `print all types`.
    pub does: &'static str,
    /// Returns the text for the value (empty for an argument that needs no value), or an error.
    pub text: fn(&str) -> Result<String, String>,
}

impl TextCommand {
    /// An argument with its effect and the function that returns its text.
    #[must_use]
    pub const fn new(argument: &'static str, does: &'static str, text: fn(&str) -> Result<String, String>) -> Self {
        Self { argument, does, text }
    }
}

/// The page of `ansible-doc`, without options and return values, which come from the types.
///
/// All of it is constant text:
///
/// ```
/// use ansible_binary_module::{Attribute, Documentation, Support};
///
/// const PAGE: Documentation =
///     Documentation::new().short_description("Greet a person").attributes(&[Attribute::check_mode(Support::Full)]);
/// assert_eq!(PAGE.short_description, "Greet a person");
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Documentation {
    /// One line without a full stop: the purpose of the module. Default: the first paragraph of the doc comment of the options'
    /// type; its other paragraphs are the default of `description`.
    pub short_description: &'static str,
    /// Paragraphs. Default: the short description.
    pub description: &'static [&'static str],
    /// The version in which the module appeared.
    pub version_added: &'static str,
    /// `Name (@account)`, one each.
    pub author: &'static [&'static str],
    /// Requirements of the host.
    pub requirements: &'static [&'static str],
    /// Paragraphs that every user should read.
    pub notes: &'static [&'static str],
    /// Related modules and pages.
    pub seealso: &'static [SeeAlso],
    /// Features that the module supports. If `check_mode` is missing, a task in check mode is skipped, as
    /// `AnsibleModule` does by default.
    pub attributes: &'static [Attribute],
    /// Real tasks, as YAML text.
    pub examples: &'static str,
}

impl Documentation {
    /// An empty page.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            short_description: "",
            description: &[],
            version_added: "",
            author: &[],
            requirements: &[],
            notes: &[],
            seealso: &[],
            attributes: &[],
            examples: "",
        }
    }

    /// Sets [`short_description`](Self::short_description).
    #[must_use]
    pub const fn short_description(mut self, short_description: &'static str) -> Self {
        self.short_description = short_description;
        self
    }

    /// Sets [`description`](Self::description).
    #[must_use]
    pub const fn description(mut self, description: &'static [&'static str]) -> Self {
        self.description = description;
        self
    }

    /// Sets [`version_added`](Self::version_added).
    #[must_use]
    pub const fn version_added(mut self, version_added: &'static str) -> Self {
        self.version_added = version_added;
        self
    }

    /// Sets [`author`](Self::author).
    #[must_use]
    pub const fn author(mut self, author: &'static [&'static str]) -> Self {
        self.author = author;
        self
    }

    /// Sets [`requirements`](Self::requirements).
    #[must_use]
    pub const fn requirements(mut self, requirements: &'static [&'static str]) -> Self {
        self.requirements = requirements;
        self
    }

    /// Sets [`notes`](Self::notes).
    #[must_use]
    pub const fn notes(mut self, notes: &'static [&'static str]) -> Self {
        self.notes = notes;
        self
    }

    /// Sets [`seealso`](Self::seealso).
    #[must_use]
    pub const fn seealso(mut self, seealso: &'static [SeeAlso]) -> Self {
        self.seealso = seealso;
        self
    }

    /// Sets [`attributes`](Self::attributes).
    #[must_use]
    pub const fn attributes(mut self, attributes: &'static [Attribute]) -> Self {
        self.attributes = attributes;
        self
    }

    /// Sets [`examples`](Self::examples).
    #[must_use]
    pub const fn examples(mut self, examples: &'static str) -> Self {
        self.examples = examples;
        self
    }
}

/// A related module or page.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum SeeAlso {
    /// Another module.
    Module {
        /// Its name; the fully qualified name unless it is in the same directory.
        module: &'static str,
        /// Its purpose.
        description: &'static str,
    },
    /// A page.
    Link {
        /// Its title.
        name: &'static str,
        /// Its URL.
        link: &'static str,
        /// Its content.
        description: &'static str,
    },
}

impl SeeAlso {
    /// Another module.
    #[must_use]
    pub const fn module(module: &'static str, description: &'static str) -> Self {
        Self::Module { module, description }
    }

    /// A page.
    #[must_use]
    pub const fn link(name: &'static str, link: &'static str, description: &'static str) -> Self {
        Self::Link { name, link, description }
    }
}

/// Degree of support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Support {
    /// Always.
    Full,
    /// In the cases of the details.
    Partial,
    /// Not at all.
    None,
    /// Not applicable to this module.
    NotApplicable,
}

impl Support {
    /// The word of Ansible's documentation.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::None => "none",
            Self::NotApplicable => "N/A",
        }
    }
}

/// One feature: an entry of `attributes`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attribute {
    /// `check_mode`, `diff_mode`, `idempotent`, `platform`, …
    pub name: &'static str,
    /// How far.
    pub support: Support,
    /// Meaning of the feature.
    pub description: &'static str,
    /// Particulars of this module; empty for none.
    pub details: &'static str,
    /// For `platform`: the platforms.
    pub platforms: &'static str,
}

impl Attribute {
    /// `check_mode`.
    pub const fn check_mode(support: Support) -> Self {
        Self::new(
            "check_mode",
            support,
            "Can run in check mode and return the changed status that the real run would, without changing anything.",
        )
    }

    /// `diff_mode`.
    pub const fn diff_mode(support: Support) -> Self {
        Self::new("diff_mode", support, "Returns what changed, or what would change in check mode, when in diff mode.")
    }

    /// `idempotent`.
    pub const fn idempotent(support: Support) -> Self {
        Self::new("idempotent", support, "Another run with the same options changes nothing.")
    }

    /// `platform`.
    pub const fn platform(platforms: &'static str) -> Self {
        let mut attribute = Self::new("platform", Support::Full, "The operating systems that the module runs on.");
        attribute.platforms = platforms;
        attribute
    }

    /// Any other feature.
    pub const fn new(name: &'static str, support: Support, description: &'static str) -> Self {
        Self { name, support, description, details: "", platforms: "" }
    }

    /// Adds particulars of this module.
    pub const fn details(mut self, details: &'static str) -> Self {
        self.details = details;
        self
    }
}
