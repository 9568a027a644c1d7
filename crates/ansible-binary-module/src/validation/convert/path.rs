//! Paths: variables, then `~`, as Python's `os.path.expandvars` and `os.path.expanduser` expand them.

use super::Host;
use std::fs;
use std::os::unix::ffi::OsStrExt;

/// `check_type_path` for a text. Fails only for a NUL within `~user`, in Python's words.
pub fn expand(path: &str, host: &Host) -> Result<String, String> {
    expand_user(&expand_variables(path, host.environment), host)
}

/// Expands `$NAME` and `${NAME}`. Unset variables stay, and values are not expanded again.
fn expand_variables(path: &str, environment: &dyn Fn(&str) -> Option<String>) -> String {
    // A "${" after the last "}" has no end. Without this, a text of many "${" would take quadratic time.
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

/// Expands `~` and `~user` at the start. Unknown users stay.
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

const PASSWD: &str = "/etc/passwd";

/// The home directory of `user`, by default of the user of this process. `None` for a user that `/etc/passwd` does not list.
/// Other databases (LDAP, NIS) need libraries that a static executable lacks.
pub fn home(user: Option<&str>) -> Option<String> {
    let passwd = fs::read(PASSWD).ok()?;
    match user {
        Some(user) => home_where(&passwd, 0, user.as_bytes()),
        None => {
            let user = rustix::process::geteuid().as_raw().to_string();
            home_where(&passwd, 2, user.as_bytes())
        }
    }
}

/// The home directory (field 5) of the first line whose field `key` is `wanted`: passwd(5).
fn home_where(passwd: &[u8], key: usize, wanted: &[u8]) -> Option<String> {
    const HOME: usize = 5;
    passwd.split(|byte| *byte == b'\n').find_map(|line| {
        let fields: Vec<&[u8]> = line.split(|byte| *byte == b':').collect();
        if fields.len() != 7 || fields.get(key) != Some(&wanted) {
            return None;
        }
        let home = std::ffi::OsStr::from_bytes(fields.get(HOME)?);
        home.to_str().map(str::to_owned)
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

#[cfg(test)]
mod user_tests {
    use super::*;

    const PASSWD: &[u8] =
        b"root:x:0:0:root:/root:/bin/sh\n\nann:x:1000:1000::/home/ann:/bin/sh\nodd:x:1\nbob:x:1000:1:\xff:/b:/b\n";

    #[test]
    fn a_user_is_found_by_name_and_by_number() {
        assert_eq!(home_where(PASSWD, 0, b"ann").as_deref(), Some("/home/ann"));
        assert_eq!(home_where(PASSWD, 2, b"1000").as_deref(), Some("/home/ann"));
        assert_eq!(home_where(PASSWD, 0, b"bob").as_deref(), Some("/b"));
    }

    #[test]
    fn an_unknown_user_and_a_broken_line_have_no_home() {
        assert_eq!(home_where(PASSWD, 0, b"nobody"), None);
        assert_eq!(home_where(PASSWD, 0, b"odd"), None);
        assert_eq!(home_where(PASSWD, 0, b""), None);
    }
}
