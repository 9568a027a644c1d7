//! Modes as Ansible reads them: octal, or symbolic as with `chmod`, without the umask.

/// What a mode asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Exactly this.
    Exact(u32),
    /// Each of these in turn, from what is there.
    Symbolic(Vec<Clause>),
}

/// `ug+rX`: whose, and what in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    who: Vec<char>,
    steps: Vec<(char, String)>,
}

const MOST: u32 = 0o7777;

impl Change {
    /// Reads the option.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.strip_prefix("0o").unwrap_or(text);
        if !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(8)) {
            return u32::from_str_radix(digits, 8).ok().and_then(Self::exact);
        }
        text.split(',').map(Clause::parse).collect::<Option<Vec<_>>>().map(Self::Symbolic)
    }

    /// Of a number: YAML has read the octal digits already.
    pub(crate) fn exact(mode: u32) -> Option<Self> {
        (mode <= MOST).then_some(Self::Exact(mode))
    }

    /// The mode that a file of mode `current` gets.
    pub(crate) fn of(&self, current: u32) -> u32 {
        match self {
            Self::Exact(mode) => *mode,
            Self::Symbolic(clauses) => clauses.iter().fold(current & MOST, |mode, clause| clause.of(mode)),
        }
    }
}

impl Clause {
    fn parse(text: &str) -> Option<Self> {
        let start = text.find(['+', '-', '='])?;
        let who: Vec<char> = text[..start].chars().collect();
        if !who.iter().all(|who| "ugoa".contains(*who)) {
            return None;
        }
        let mut steps = Vec::new();
        let mut rest = &text[start..];
        while let Some(operator) = rest.chars().next() {
            let after = &rest[1..];
            let end = after.find(['+', '-', '=']).unwrap_or(after.len());
            let what = &after[..end];
            let copies = matches!(what, "u" | "g" | "o");
            if !copies && !what.chars().all(|what| "rwxXst".contains(what)) {
                return None;
            }
            steps.push((operator, what.to_owned()));
            rest = &after[end..];
        }
        Some(Self { who, steps })
    }

    fn of(&self, mode: u32) -> u32 {
        self.steps.iter().fold(mode, |mode, (operator, what)| {
            let all = self.who.is_empty() || self.who.contains(&'a');
            let mut bits = 0;
            let mut mask = 0;
            for (who, shift, special) in [('u', 6, 0o4000), ('g', 3, 0o2000), ('o', 0, 0)] {
                if all || self.who.contains(&who) {
                    mask |= 0o7 << shift | special;
                    bits |= permissions(what, mode) << shift;
                    bits |= if what.contains('s') { special } else { 0 };
                }
            }
            if what.contains('t') && (all || self.who.contains(&'o')) {
                bits |= 0o1000;
            }
            if all || self.who.contains(&'o') {
                mask |= 0o1000;
            }
            match operator {
                '+' => mode | bits,
                '-' => mode & !bits,
                _ => mode & !mask | bits,
            }
        })
    }
}

/// The three bits that these letters mean for a file of this mode.
fn permissions(what: &str, mode: u32) -> u32 {
    match what {
        "u" => mode >> 6 & 7,
        "g" => mode >> 3 & 7,
        "o" => mode & 7,
        _ => what.chars().fold(0, |bits, letter| {
            bits | match letter {
                'r' => 4,
                'w' => 2,
                'x' => 1,
                'X' if mode & 0o111 != 0 => 1,
                _ => 0,
            }
        }),
    }
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
            ("+x", 0o644, 0o755),
            ("a+X", 0o644, 0o644),
            ("a+X", 0o744, 0o755),
            ("g=u", 0o600, 0o660),
            ("g=u-w", 0o600, 0o640),
            ("u+s", 0o755, 0o4755),
            ("u=rwx", 0o4755, 0o755),
        ] {
            assert_eq!(Change::parse(text).unwrap().of(current), expected, "{text} of {current:o}");
        }
        for text in ["", "rw", "u*r", "z+r", "u+q", "0648", "99999", "u=rw g=r"] {
            assert_eq!(Change::parse(text), None, "{text}");
        }
        assert_eq!(Change::exact(0o10000), None);
    }
}
