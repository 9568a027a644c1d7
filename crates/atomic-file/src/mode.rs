//! Modes as Ansible reads them: octal, or symbolic.

use std::str::FromStr;

/// The request of a mode option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModeChange(Change);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Exact(u32),
    Symbolic(Vec<Clause>),
}

/// `ug+rX`: users, and operations in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    users: Vec<User>,
    /// True if the clause names no user, so that bits of the umask stay.
    follows_umask: bool,
    steps: Vec<(char, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum User {
    Owner,
    Group,
    Other,
}

const ALL: [User; 3] = [User::Owner, User::Group, User::Other];

const MAXIMUM: u32 = 0o7777;

impl ModeChange {
    /// Reads `0640`, `0o640` or `u=rw,g=r,o=`. An empty text changes nothing. `None`: not a mode.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.strip_prefix("0o").or_else(|| text.strip_prefix("0O")).unwrap_or(text);
        if !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(8)) {
            return u32::from_str_radix(digits, 8).ok().and_then(Self::exact);
        }
        text.split(',').map(Clause::parse).collect::<Option<Vec<_>>>().map(|clauses| Self(Change::Symbolic(clauses)))
    }

    /// The mode as a number: YAML reads 0640 as one.
    #[must_use]
    pub fn exact(mode: u32) -> Option<Self> {
        (mode <= MAXIMUM).then_some(Self(Change::Exact(mode)))
    }

    /// The new mode of a file whose mode is `current`.
    pub(crate) fn apply(&self, current: u32) -> u32 {
        match &self.0 {
            Change::Exact(mode) => *mode,
            Change::Symbolic(clauses) => {
                let umask = umask();
                clauses.iter().fold(current & MAXIMUM, |mode, clause| clause.apply(mode, umask))
            }
        }
    }
}

impl FromStr for ModeChange {
    type Err = InvalidMode;

    fn from_str(text: &str) -> Result<Self, InvalidMode> {
        Self::parse(text).ok_or(InvalidMode)
    }
}

/// A text that is not a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidMode;

impl std::fmt::Display for InvalidMode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("not a mode: expected octal digits, such as 0640, or a symbolic mode, such as u=rw,g=r,o=")
    }
}

impl std::error::Error for InvalidMode {}

impl Clause {
    fn parse(text: &str) -> Option<Self> {
        let start = text.find(['+', '-', '=']).unwrap_or(text.len());
        let (names, mut rest) = text.split_at(start);
        let users = match names {
            "" | "a" => ALL.to_vec(),
            names => names.chars().map(User::parse).collect::<Option<_>>()?,
        };
        let mut steps = Vec::new();
        while let Some(operator) = rest.chars().next() {
            let after = &rest[1..];
            let end = after.find(['+', '-', '=']).unwrap_or(after.len());
            let permissions = &after[..end];
            if !permissions.chars().all(|permission| "rwxXstugo".contains(permission)) {
                return None;
            }
            steps.push((operator, permissions.to_owned()));
            rest = &after[end..];
        }
        Some(Self { users, follows_umask: names.is_empty(), steps })
    }

    fn apply(&self, mode: u32, umask: u32) -> u32 {
        let unmasked = if self.follows_umask { !umask } else { MAXIMUM };
        self.steps.iter().fold(mode, |mode, (operator, permissions)| {
            self.users.iter().fold(mode, |mode, user| {
                let bits = permissions.chars().fold(0, |bits, permission| bits | user.bits(permission, mode, unmasked));
                match operator {
                    '+' => mode | bits,
                    '-' => mode & !bits,
                    _ => mode & !user.mask() | bits,
                }
            })
        })
    }
}

impl User {
    fn parse(name: char) -> Option<Self> {
        match name {
            'u' => Some(Self::Owner),
            'g' => Some(Self::Group),
            'o' => Some(Self::Other),
            _ => None,
        }
    }

    fn shift(self) -> u32 {
        match self {
            Self::Owner => 6,
            Self::Group => 3,
            Self::Other => 0,
        }
    }

    /// setuid, setgid or sticky.
    fn special(self) -> u32 {
        match self {
            Self::Owner => 0o4000,
            Self::Group => 0o2000,
            Self::Other => 0o1000,
        }
    }

    fn mask(self) -> u32 {
        0o7 << self.shift() | self.special()
    }

    /// The bits of one letter for this user, in a file of this mode.
    fn bits(self, permission: char, mode: u32, unmasked: u32) -> u32 {
        let shift = self.shift();
        match permission {
            'r' => 4 << shift & unmasked,
            'w' => 2 << shift & unmasked,
            'x' => 1 << shift & unmasked,
            'X' if mode & 0o111 != 0 => 1 << shift,
            's' if self != Self::Other => self.special(),
            't' if self == Self::Other => self.special(),
            'u' => (mode >> 6 & 7) << shift,
            'g' => (mode >> 3 & 7) << shift,
            'o' => (mode & 7) << shift,
            _ => 0,
        }
    }
}

/// The process's umask. The system only returns it when it is set, so it is set twice.
pub(crate) fn umask() -> u32 {
    use rustix::fs::Mode;
    use std::sync::Mutex;
    // Two threads that do this at once would leave the mask of the first step behind.
    static GUARD: Mutex<()> = Mutex::new(());
    let _guard = GUARD.lock();
    let umask = rustix::process::umask(Mode::from_bits_truncate(0o077));
    rustix::process::umask(umask);
    crate::location::bits(umask.bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_and_symbolic_modes_are_those_of_chmod() {
        for (text, current, expected) in [
            ("0640", 0, 0o640),
            ("640", 0o777, 0o640),
            ("0o640", 0, 0o640),
            ("1755", 0, 0o1755),
            ("u=rw,g=r,o=", 0o777, 0o640),
            ("g+r", 0o600, 0o640),
            ("o-rwx,g-w", 0o666, 0o640),
            ("a=r", 0o600, 0o444),
            ("a+X", 0o644, 0o644),
            ("a+X", 0o744, 0o755),
            ("g=u", 0o600, 0o660),
            ("g=u-w", 0o600, 0o640),
            ("u+s", 0o755, 0o4755),
            ("o+t", 0o755, 0o1755),
            ("u=rwx", 0o4755, 0o755),
            ("", 0o640, 0o640),
            ("u", 0o640, 0o640),
            ("g=rwu", 0o100, 0o170),
        ] {
            assert_eq!(ModeChange::parse(text).unwrap().apply(current), expected, "{text} of {current:o}");
        }
        for text in ["rw", "u*r", "z+r", "u+q", "0648", "99999", "u=rw g=r", "ua+x", "-640+"] {
            assert_eq!(ModeChange::parse(text), None, "{text}");
        }
        assert_eq!(ModeChange::exact(0o10000), None);
    }

    #[test]
    fn a_clause_without_a_user_leaves_the_bits_of_the_umask_alone() {
        let clause = |text: &str| Clause::parse(text).unwrap();
        assert_eq!(clause("+w").apply(0o400, 0o022), 0o600);
        assert_eq!(clause("+x").apply(0o644, 0o022), 0o755);
        assert_eq!(clause("=rw").apply(0o777, 0o077), 0o600);
        assert_eq!(clause("a+w").apply(0o444, 0o022), 0o666);
    }
}
