//! Text: markup and line breaks.

/// A doc comment's `` `code` `` as Ansible's `C(code)`, which every version of ansible-doc shows well.
pub(super) fn with_ansible_markup(text: &str) -> String {
    let mut parts = text.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    loop {
        match (parts.next(), parts.next()) {
            (Some(code), Some(rest)) => {
                out.push_str(&code_markup(code));
                out.push_str(rest);
            }
            // A backtick without its other half is just that.
            (Some(rest), None) => {
                out.push('`');
                out.push_str(rest);
                return out;
            }
            _ => return out,
        }
    }
}

/// Ansible's markup ends at the first `)`.
pub(super) fn code_markup(code: &str) -> String {
    if code.is_empty() || code.contains(')') {
        format!("'{code}'")
    } else {
        format!("C({code})")
    }
}

/// Without markup, for a terminal: `C(code)` and `` `code` `` are `code`, `U(url)` is the URL.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        let (before, after) = rest.split_at(open);
        let marked = before.strip_suffix(['B', 'C', 'E', 'I', 'M', 'O', 'P', 'R', 'U', 'V']);
        let ended = after.find(')');
        match (marked, ended) {
            (Some(before), Some(end)) if !before.ends_with(char::is_alphanumeric) => {
                out.push_str(before);
                out.push_str(&after[1..end]);
                rest = &after[end + 1..];
            }
            _ => {
                out.push_str(before);
                out.push('(');
                rest = &after[1..];
            }
        }
    }
    out.push_str(rest);
    out.replace('`', "")
}

/// Lines of at most `width` characters, broken between words; a longer word has a line to itself.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut length = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word_length = word.chars().count();
        match lines.last_mut() {
            Some(line) if length + 1 + word_length <= width => {
                line.push(' ');
                line.push_str(word);
                length += 1 + word_length;
            }
            _ => {
                lines.push(word.to_owned());
                length = word_length;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_become_ansible_markup() {
        for (text, wanted) in [
            ("plain", "plain"),
            ("with `state=absent` only", "with C(state=absent) only"),
            ("`a` and `b`", "C(a) and C(b)"),
            ("`f(x)` is no code", "'f(x)' is no code"),
            ("one ` alone", "one ` alone"),
            ("O(state) stays", "O(state) stays"),
            ("", ""),
        ] {
            assert_eq!(with_ansible_markup(text), wanted);
        }
    }

    #[test]
    fn a_terminal_sees_no_markup() {
        for (text, wanted) in [
            ("with C(state=absent) and `x`", "with state=absent and x"),
            ("see U(https://a.b/c) (there)", "see https://a.b/c (there)"),
            ("the function ABC(x) stays", "the function ABC(x) stays"),
            ("open C(x", "open C(x"),
        ] {
            assert_eq!(plain(text), wanted);
        }
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("aa bb  cc dd", 5), ["aa bb", "cc dd"]);
        assert_eq!(wrapped("a toolongword b", 5), ["a", "toolongword", "b"]);
        assert_eq!(wrapped("äö üß", 5), ["äö üß"]);
        assert!(wrapped("", 5).is_empty());
    }
}
