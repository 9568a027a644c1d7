//! Masks secrets in text from outside: the response of a cloud or a proxy may quote them.

/// A word with at least this many letters and digits in a row counts as a key. Mist's keys are far longer; a UUID has at most
/// twelve in a row.
const KEY_LENGTH: usize = 32;

/// Masks the `secrets` in `text`, in any encoding (other white space, percent-encoding, HTML entities, JSON escapes, and these
/// nested), a secret that the end of the text cuts off, and anything shaped like a Mist key.
#[must_use]
pub fn redact<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut secrets: Vec<&str> = secrets.into_iter().filter(|secret| !secret.trim().is_empty()).collect();
    // The longest first: a secret that contains another is masked as a whole.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut clean = text.to_owned();
    for secret in secrets.iter().filter(|secret| !is_short(secret)) {
        clean = clean.replace(secret, MASK);
    }
    without_keys(&without_encoded(&clean, &secrets))
}

/// Masks every run of [`KEY_LENGTH`] or more letters and digits.
#[must_use]
pub fn without_keys(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut word = String::new();
    let end = |word: &mut String, clean: &mut String| {
        clean.push_str(if word.len() >= KEY_LENGTH { MASK } else { word.as_str() });
        word.clear();
    };
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            word.push(character);
        } else {
            end(&mut word, &mut clean);
            clean.push(character);
        }
    }
    end(&mut word, &mut clean);
    clean
}

/// The beginning of `text` on one line, at most `limit` characters.
#[must_use]
pub fn excerpt(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|character| !character.is_control()).collect();
    if line.chars().count() <= limit { line } else { line.chars().take(limit).chain(['…']).collect() }
}

/// A name as an error quotes it: in quotes, escaped, and cut at 40 characters.
#[must_use]
pub fn quoted(name: &str) -> String {
    const LONGEST: usize = 40;
    let shown: String = name.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    let rest = if name.chars().nth(LONGEST).is_some() { "…" } else { "" };
    format!("'{shown}{rest}'")
}

/// The replacement of a secret.
pub const MASK: &str = "********";

/// A shorter secret is masked where it is a whole word: it occurs in ids and in other words.
const SHORT: usize = 8;

fn is_short(secret: &str) -> bool {
    secret.chars().count() < SHORT
}

/// The depth of nested encodings that is searched.
const LAYERS: usize = 3;

/// A shorter end of a text does not count as the beginning of a secret.
const LEAST_END: usize = 6;

/// A decoded character and its range in the original text.
#[derive(Clone, Copy, Debug)]
struct Piece {
    character: char,
    start: usize,
    end: usize,
}

/// Masks the secrets in `text`, decoded up to [`LAYERS`] times. White space is ignored, and so is `+` (a space in forms).
fn without_encoded(text: &str, secrets: &[&str]) -> String {
    let secrets: Vec<Vec<char>> = secrets
        .iter()
        .map(|secret| secret.chars().filter(|character| is_compared(*character)).collect::<Vec<char>>())
        .filter(|secret| !secret.is_empty())
        .collect();
    if secrets.is_empty() {
        return text.to_owned();
    }
    let mut masked: Vec<(usize, usize)> = Vec::new();
    let mut layer: Vec<Piece> = text
        .char_indices()
        .map(|(start, character)| Piece { character, start, end: start + character.len_utf8() })
        .collect();
    for _ in 0..=LAYERS {
        let compared: Vec<Piece> = layer.iter().copied().filter(|piece| is_compared(piece.character)).collect();
        for secret in &secrets {
            masked.extend(found(&compared, secret));
        }
        let Some(next) = decoded(&layer) else { break };
        layer = next;
    }
    mask(text, masked)
}

fn is_compared(character: char) -> bool {
    !character.is_whitespace() && character != '+'
}

/// The ranges of the secret, and of its beginning at the end of the text.
fn found(pieces: &[Piece], secret: &[char]) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let same =
            pieces[at..].iter().zip(secret).take_while(|(piece, character)| piece.character == **character).count();
        let at_the_end = at + same == pieces.len() && same >= LEAST_END;
        let is_found = same == secret.len() && (secret.len() >= SHORT || is_word(pieces, at, same));
        if same > 0 && (is_found || at_the_end) {
            places.push((pieces[at].start, pieces[at + same - 1].end));
            at += same;
        } else {
            at += 1;
        }
    }
    places
}

/// True if the pieces neither begin nor end inside of a longer word.
fn is_word(pieces: &[Piece], at: usize, length: usize) -> bool {
    let continues = |one: Option<&Piece>, next: Option<&Piece>| match (one, next) {
        (Some(one), Some(next)) => {
            one.end == next.start && one.character.is_alphanumeric() && next.character.is_alphanumeric()
        }
        _ => false,
    };
    let (first, last) = (pieces.get(at), pieces.get(at + length - 1));
    !continues(at.checked_sub(1).and_then(|before| pieces.get(before)), first)
        && !continues(last, pieces.get(at + length))
}

/// Masks the ranges; overlapping ones once.
fn mask(text: &str, mut ranges: Vec<(usize, usize)>) -> String {
    ranges.sort_unstable();
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in ranges {
        if start >= done {
            clean.push_str(&text[done..start]);
            clean.push_str(MASK);
        }
        done = done.max(end);
    }
    clean.push_str(&text[done..]);
    clean
}

/// Decodes once; `None` if nothing is encoded.
fn decoded(layer: &[Piece]) -> Option<Vec<Piece>> {
    let mut next = Vec::with_capacity(layer.len());
    let mut at = 0;
    let mut any = false;
    while at < layer.len() {
        match encoded(&layer[at..]) {
            Some((characters, length)) => {
                let (start, end) = (layer[at].start, layer[at + length - 1].end);
                next.extend(characters.chars().map(|character| Piece { character, start, end }));
                at += length;
                any = true;
            }
            None => {
                next.push(layer[at]);
                at += 1;
            }
        }
    }
    any.then_some(next)
}

/// The characters that are encoded at the beginning, and the length of the encoding.
fn encoded(rest: &[Piece]) -> Option<(String, usize)> {
    match rest.first()?.character {
        '%' => percent(rest),
        '&' => entity(rest),
        '\\' => escape(rest),
        _ => None,
    }
}

/// `%C3%A9`: as many bytes as form characters.
fn percent(rest: &[Piece]) -> Option<(String, usize)> {
    let mut bytes = Vec::new();
    while bytes.len() < 4 && rest.get(bytes.len() * 3)?.character == '%' {
        let Some(byte) = number(rest.get(bytes.len() * 3 + 1..bytes.len() * 3 + 3)?, 16) else { break };
        bytes.push(u8::try_from(byte).ok()?);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            return Some((text.to_owned(), bytes.len() * 3));
        }
    }
    None
}

/// `&amp;`, `&#233;`, `&#xE9;`
fn entity(rest: &[Piece]) -> Option<(String, usize)> {
    const NAMES: [(&str, char); 14] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", ' '),
        ("sol", '/'),
        ("bsol", '\\'),
        ("plus", '+'),
        ("equals", '='),
        ("excl", '!'),
        ("num", '#'),
        ("percnt", '%'),
        ("dollar", '$'),
    ];
    let end = rest.iter().take(12).position(|piece| piece.character == ';')?;
    let inner = rest.get(1..end)?;
    let character = match inner.first()?.character {
        '#' => match inner.get(1)?.character {
            'x' | 'X' => number(&inner[2..], 16)?,
            _ => number(&inner[1..], 10)?,
        },
        _ => {
            let name: String = inner.iter().map(|piece| piece.character).collect();
            return NAMES
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, character)| (character.to_string(), end + 1));
        }
    };
    Some((char::from_u32(character)?.to_string(), end + 1))
}

/// `\n`, `\"`, `\u00e9`, or a surrogate pair of the latter.
fn escape(rest: &[Piece]) -> Option<(String, usize)> {
    let plain = |character: char| Some((character.to_string(), 2));
    match rest.get(1)?.character {
        'n' => plain('\n'),
        'r' => plain('\r'),
        't' => plain('\t'),
        'b' => plain('\u{8}'),
        'f' => plain('\u{c}'),
        same @ ('"' | '\\' | '/' | '\'') => plain(same),
        'x' => Some((char::from_u32(number(rest.get(2..4)?, 16)?)?.to_string(), 4)),
        'u' => {
            let first = number(rest.get(2..6)?, 16)?;
            if let Some(character) = char::from_u32(first) {
                return Some((character.to_string(), 6));
            }
            let next = rest.get(6..12)?;
            let is_second = next[0].character == '\\' && next[1].character == 'u';
            let second = number(&next[2..], 16).filter(|_| is_second)?;
            let units = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
            Some((String::from_utf16(&units).ok()?, 12))
        }
        _ => None,
    }
}

fn number(digits: &[Piece], radix: u32) -> Option<u32> {
    (!digits.is_empty()).then_some(())?;
    digits
        .iter()
        .try_fold(0_u32, |number, piece| number.checked_mul(radix)?.checked_add(piece.character.to_digit(radix)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

    #[test]
    fn known_secrets_and_unknown_keys_are_masked_and_the_rest_stays() {
        let text = format!("no token {KEY} for 53f10664-3ce8-4c27-b382-0ef66432349f, password geheim!");
        assert_eq!(
            redact(&text, ["geheim", "", " "]),
            "no token ******** for 53f10664-3ce8-4c27-b382-0ef66432349f, password ********!"
        );
    }

    #[test]
    fn a_secret_inside_another_leaves_no_rest() {
        assert_eq!(redact("x geheim-lang y", ["geheim", "geheim-lang"]), "x ******** y");
    }

    #[test]
    fn a_key_at_either_end_is_masked() {
        assert_eq!(without_keys(KEY), MASK);
        assert_eq!(without_keys(&format!("{KEY}:{KEY}")), format!("{MASK}:{MASK}"));
    }

    #[test]
    fn a_quoted_name_is_escaped_and_cut() {
        assert_eq!(quoted("a\nb"), "'a\\nb'");
        assert_eq!(quoted(&"x".repeat(50)), format!("'{}…'", "x".repeat(40)));
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt("<html>\n  <b>no\u{7}</b>", 100), "<html> <b>no</b>");
        assert_eq!(excerpt("äöüß", 2), "äö…");
    }

    #[test]
    fn a_secret_is_masked_in_every_encoding() {
        let secret = "pa\u{df} w/\"rd\"+\n<&7>\u{1f511}";
        let percent: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let json = serde_json::to_string(secret).unwrap();
        let json = json.trim_matches('"').to_owned();
        let ascii: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
        let html: String = secret.chars().map(|character| format!("&#{};", u32::from(character))).collect();
        let named = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        let twice: String = json.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let json_twice = serde_json::to_string(&json).unwrap().trim_matches('"').to_owned();
        for quoted in [secret.to_owned(), percent, json, ascii, html, named, twice, json_twice] {
            assert_eq!(without_encoded(&format!("no: [{quoted}]!"), &[secret]), format!("no: [{MASK}]!"), "{quoted}");
        }
    }

    #[test]
    fn white_space_does_not_hide_a_secret() {
        let pem = "-----BEGIN KEY-----\nMIIB+abc/def\nghij==\n-----END KEY-----\n";
        for quoted in
            [pem.replace('\n', "\r\n"), pem.replace('\n', " "), pem.replace('\n', "\n    "), pem.replace('\n', "")]
        {
            let clean = without_encoded(&format!("key {quoted} is no key"), &[pem]);
            assert!(
                clean.starts_with("key ********") && clean.ends_with("is no key") && !clean.contains("abc"),
                "{clean}"
            );
        }
    }

    #[test]
    fn a_secret_that_the_end_of_the_text_cuts_off_is_masked() {
        assert_eq!(
            without_encoded("no password correct-hor", &["correct-horse-battery"]),
            format!("no password {MASK}")
        );
        assert_eq!(without_encoded("it is cor", &["correct-horse-battery"]), "it is cor");
    }

    #[test]
    fn other_text_stays_unchanged() {
        for text in ["50% off", "a & b &c; \\q \\u12 %zz %", "&#x110000;", "caf%C3%A9 \\u00e9", ""] {
            assert_eq!(without_encoded(text, &["geheim"]), text);
        }
    }

    #[test]
    fn secrets_that_overlap_are_masked_once() {
        assert_eq!(without_encoded("xabcdefgh%69jy", &["abcdefgh", "cdefghij"]), format!("x{MASK}y"));
    }

    #[test]
    fn a_short_secret_is_masked_where_it_is_a_whole_word() {
        for (text, secret, expected) in [
            ("psk abc, abcd and xabc", "abc", "psk ********, abcd and xabc"),
            (r#"{"psk":"1","id":"1a1"}"#, "1", r#"{"psk":"********","id":"1a1"}"#),
            ("a%20b%20c", "b", "a%20********%20c"),
            ("p%61ss caf", "pass", "******** caf"),
            ("xlongsecretx", "longsecret", "x********x"),
            ("two words", "two", "******** words"),
        ] {
            assert_eq!(redact(text, [secret]), expected, "{text}");
        }
    }
}
