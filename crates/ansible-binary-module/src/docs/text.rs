//! Text: markup and line breaks.

/// A doc comment as every supported version of ansible-doc shows it well: `` `code` ``, and the semantic markup
/// `O(option)`, `V(value)`, `E(variable)` that ansible-core 2.14 would show as it stands, become `C(…)`.
pub(super) fn with_ansible_markup(text: &str) -> String {
    marked(&backticks_marked(text), &['O', 'V', 'E'], |inside| format!("C({inside})"))
}

fn backticks_marked(text: &str) -> String {
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
fn code_markup(code: &str) -> String {
    if code.is_empty() || code.contains(')') { format!("'{code}'") } else { format!("C({code})") }
}

/// Without markup, for a terminal: `C(code)` and `` `code` `` are `code`, `U(url)` is the URL.
pub(super) fn plain(text: &str) -> String {
    let letters = ['B', 'C', 'E', 'I', 'M', 'O', 'P', 'R', 'U', 'V'];
    marked(text, &letters, str::to_owned).replace('`', "")
}

/// The text with every `X(inside)`, X being one of these letters and no word's end, replaced.
fn marked(text: &str, letters: &[char], replacement: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        let (before, after) = rest.split_at(open);
        match (before.strip_suffix(letters), after.find(')')) {
            (Some(before), Some(end)) if !before.ends_with(char::is_alphanumeric) => {
                out.push_str(before);
                out.push_str(&replacement(&after[1..end]));
                rest = &after[end + 1..];
            }
            _ => {
                out.push_str(before);
                out.push('(');
                rest = &after[1..];
            }
        }
    }
    out + rest
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
            ("O(state=x), V(y) or E(Z)", "C(state=x), C(y) or C(Z)"),
            ("B(bold), U(https://a.b/c), NO(x) stay", "B(bold), U(https://a.b/c), NO(x) stay"),
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
