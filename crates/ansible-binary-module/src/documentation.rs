//! The documentation of a module beyond its options and results.

/// The page of `ansible-doc`, without options and return values, which come from the types.
///
/// All of it is constant text: a module writes one `const`, with `..Documentation::EMPTY` for the rest.
#[derive(Clone, Copy, Debug, Default)]
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

/// A related module or page.
#[derive(Clone, Copy, Debug)]
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

/// Degree of support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
