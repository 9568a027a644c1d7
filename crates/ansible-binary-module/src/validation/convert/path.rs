//! Paths: variables, then `~`, as Python's `os.path.expandvars` and `os.path.expanduser` expand them.

use super::Host;

/// `check_type_path` on a text. Fails only on a NUL within `~user`, in Python's words.
pub fn expand(path: &str, host: &Host) -> Result<String, String> {
    expand_user(&expand_variables(path, host.environment), host)
}

/// `$NAME` and `${NAME}`; what is not set stays as it is written, and what a variable holds is not expanded again.
fn expand_variables(path: &str, environment: &dyn Fn(&str) -> Option<String>) -> String {
    // A "${" behind the last "}" cannot end; knowing that keeps a text of nothing but "${" from being read over and over.
    let last_brace = path.rfind('}');
    let mut expanded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(dollar) = rest.find('$') {
        let (before, from_dollar) = rest.split_at(dollar);
        expanded.push_str(before);
        let position = path.len() - from_dollar.len();
        let after = &from_dollar[1..];
        let found = if after.starts_with('{') && last_brace.is_some_and(|brace| brace > position) {
            after.find('}').map(|end| (&after[1..end], end + 2))
        } else {
            let end = after
                .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
                .unwrap_or(after.len());
            (end > 0).then(|| (&after[..end], end + 1))
        };
        match found {
            Some((name, length)) => {
                let written = &from_dollar[..length];
                match environment(name) {
                    Some(value) => expanded.push_str(&value),
                    None => expanded.push_str(written),
                }
                rest = &from_dollar[length..];
            }
            None => {
                expanded.push('$');
                rest = after;
            }
        }
    }
    expanded.push_str(rest);
    expanded
}

/// `~` and `~user` at the start; a user that does not exist stays as it is written.
fn expand_user(path: &str, host: &Host) -> Result<String, String> {
    let Some(after) = path.strip_prefix('~') else {
        return Ok(path.to_owned());
    };
    let (user, rest) = after.split_at(after.find('/').unwrap_or(after.len()));
    if user.contains('\0') {
        return Err("embedded null byte".to_owned());
    }
    let home = if user.is_empty() {
        (host.environment)("HOME").or_else(|| (host.home)(None))
    } else {
        (host.home)(Some(user))
    };
    Ok(match home {
        None => path.to_owned(),
        Some(home) => match [home.trim_end_matches('/'), rest].concat() {
            root if root.is_empty() => "/".to_owned(),
            expanded => expanded,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(path: &str, home: Option<&'static str>) -> Result<String, String> {
        expand(
            path,
            &Host {
                environment: &|name| match name {
                    "HOME" => home.map(str::to_owned),
                    "DIR" => Some("/dir/$HOME".to_owned()),
                    "EMPTY" => Some(String::new()),
                    "HOMEDIR" => Some("~".to_owned()),
                    _ => None,
                },
                home: &|user| match user {
                    None => Some("/passwd/me".to_owned()),
                    Some("ann") => Some("/home/ann/".to_owned()),
                    Some(_) => None,
                },
            },
        )
    }

    #[test]
    fn variables_and_home_directories_are_filled_in() {
        for (path, expected) in [
            ("", ""),
            ("/plain", "/plain"),
            ("~", "/home/me"),
            ("~/x", "/home/me/x"),
            ("~ann", "/home/ann"),
            ("~ann/x", "/home/ann/x"),
            ("~nobody-here/x", "~nobody-here/x"),
            ("a~", "a~"),
            ("$DIR/x", "/dir/$HOME/x"),
            ("${DIR}x$EMPTY", "/dir/$HOMEx"),
            ("$HOMEDIR/x", "/home/me/x"),
            ("$NONE${NONE}$", "$NONE${NONE}$"),
            ("$$DIR", "$/dir/$HOME"),
            ("${}${DIR", "${}${DIR"),
            ("$é", "$é"),
            ("\0$DIR", "\0/dir/$HOME"),
        ] {
            assert_eq!(expanded(path, Some("/home/me")).as_deref(), Ok(expected));
        }
        assert_eq!(expanded("~", Some("/")).as_deref(), Ok("/"));
        assert_eq!(expanded("~/x", None).as_deref(), Ok("/passwd/me/x"));
        assert_eq!(expanded("~\0", None), Err("embedded null byte".to_owned()));
    }

    #[test]
    fn megabytes_of_opened_braces_are_read_once() {
        let hostile = "${".repeat(5_000_000);
        assert_eq!(expanded(&hostile, None), Ok(hostile.clone()));
    }
}
