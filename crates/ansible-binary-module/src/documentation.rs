//! What a module says about itself beyond its options and results.

/// The page that `ansible-doc` shows, without the options and the return values: those come from the types.
///
/// All of it is constant text: a module writes it as one `const`, with `..Documentation::EMPTY` for the rest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Documentation {
    /// One line, without a full stop: what the module does. Where it is empty, the doc comment of the options' type is
    /// taken: its first paragraph for this, the others for `description`.
    pub short_description: &'static str,
    /// Paragraphs; where there are none, the short description stands in for them.
    pub description: &'static [&'static str],
    /// The version in which the module appeared.
    pub version_added: &'static str,
    /// `Name (@account)`, one each.
    pub author: &'static [&'static str],
    /// What must be on the host for the module to work.
    pub requirements: &'static [&'static str],
    /// Paragraphs that a user should have read.
    pub notes: &'static [&'static str],
    /// Where to read on.
    pub seealso: &'static [SeeAlso],
    /// What the module supports. `check_mode` also decides what happens in check mode:
    /// a module that does not claim it is skipped there, as `AnsibleModule` does without `supports_check_mode`.
    pub attributes: &'static [Attribute],
    /// Real tasks, as YAML text.
    pub examples: &'static str,
}

impl Documentation {
    /// Nothing said yet.
    pub const EMPTY: Self = Self {
        short_description: "",
        description: &[],
        version_added: "",
        author: &[],
        requirements: &[],
        notes: &[],
        seealso: &[],
        attributes: &[],
        examples: "",
    };
}

/// Where to read on.
#[derive(Clone, Copy, Debug)]
pub enum SeeAlso {
    /// Another module.
    Module {
        /// Its name, fully qualified unless it lies in the same directory.
        module: &'static str,
        /// What it is for.
        description: &'static str,
    },
    /// A page.
    Link {
        /// Its title.
        name: &'static str,
        /// Its URL.
        link: &'static str,
        /// What it says.
        description: &'static str,
    },
}

/// How far an attribute is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Always.
    Full,
    /// In the cases that the details name.
    Partial,
    /// Not at all.
    None,
    /// The question does not arise.
    NotApplicable,
}

impl Support {
    /// The word that Ansible's documentation uses.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::None => "none",
            Self::NotApplicable => "N/A",
        }
    }
}

/// One thing that a module supports or not: an entry of `attributes`.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// `check_mode`, `diff_mode`, `idempotent`, `platform`, …
    pub name: &'static str,
    /// How far.
    pub support: Support,
    /// What the attribute means.
    pub description: &'static str,
    /// What is particular in this module; empty for nothing.
    pub details: &'static str,
    /// For `platform`: which ones.
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
        Self::new("idempotent", support, "Running it again with the same options changes nothing.")
    }

    /// `platform`.
    pub const fn platform(platforms: &'static str) -> Self {
        let mut attribute = Self::new("platform", Support::Full, "The operating systems that the module runs on.");
        attribute.platforms = platforms;
        attribute
    }

    /// Any other.
    pub const fn new(name: &'static str, support: Support, description: &'static str) -> Self {
        Self { name, support, description, details: "", platforms: "" }
    }

    /// The same with what is particular in this module.
    pub const fn details(mut self, details: &'static str) -> Self {
        self.details = details;
        self
    }
}
