//! The home directories of users, for paths that start with `~`.

use std::fs;
use std::os::unix::ffi::OsStrExt;

const PASSWD: &str = "/etc/passwd";

/// The home directory of `user`, or of the user that runs this process where none is named; `None` for a user that
/// `/etc/passwd` does not know. Other directories of users (LDAP, NIS) need libraries that a static executable lacks.
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
