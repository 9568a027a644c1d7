use super::*;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

fn written(path: &Path, options: &FileOptions, content: &str) -> Result<Written, String> {
    TargetFile::new(path, options)?.prepare(4096)?.write(content.as_bytes())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn asking(mode: &str) -> FileOptions {
    FileOptions { mode: Some(mode.into()), ..FileOptions::default() }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_new_file_is_its_owners_alone_and_an_existing_one_keeps_its_mode_unless_the_task_asks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let none = FileOptions::default();
    for (options, content, expected) in [
        (&none, "new", 0o600),
        (&asking("0640"), "asked", 0o640),
        (&none, "kept", 0o640),
        (&asking("u=rw,go="), "symbolic", 0o600),
    ] {
        let target = TargetFile::new(&path, options).unwrap();
        let differs = path.exists() && mode(&path) != expected;
        assert_eq!(target.has_other_attributes(), Ok(differs), "{content}");
        assert_eq!(target.check(), Ok(vec![]));
        assert_eq!(written(&path, options, content), Ok(Written::default()));
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), (content, expected));
        assert_eq!(target.has_other_attributes(), Ok(false), "{content}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }
}

#[test]
fn owner_and_group_stay_or_are_given_as_asked() {
    if !is_root() {
        eprintln!("only root may give files away; the rules are tried everywhere");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "old").unwrap();
    std::os::unix::fs::chown(&path, Some(1234), Some(2345)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
    written(&path, &FileOptions::default(), "new").unwrap();
    let owners = || (fs::metadata(&path).unwrap().uid(), fs::metadata(&path).unwrap().gid());
    assert_eq!((owners(), mode(&path)), ((1234, 2345), 0o440));
    let options = FileOptions { owner: Some("4321".into()), group: Some("0".into()), ..FileOptions::default() };
    assert_eq!(TargetFile::new(&path, &options).unwrap().has_other_attributes(), Ok(true));
    written(&path, &options, "newer").unwrap();
    assert_eq!((owners(), mode(&path)), ((4321, 0), 0o440));
    assert_eq!(TargetFile::new(&path, &options).unwrap().has_other_attributes(), Ok(false));
}

#[test]
fn a_link_stays_one_and_the_file_is_where_it_leads() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("other")).unwrap();
    symlink("other/far", path("near")).unwrap();
    symlink("near", path("nearer")).unwrap();
    for content in ["made", "written again"] {
        written(&path("nearer"), &FileOptions::default(), content).unwrap();
        assert_eq!(fs::read_to_string(path("other/far")).unwrap(), content);
        assert!(path("nearer").is_symlink() && path("near").is_symlink());
        assert!(path("other/far").symlink_metadata().unwrap().is_file());
    }
    symlink("round", path("round")).unwrap();
    symlink("/", path("root")).unwrap();
    for (name, words) in [("round", "without an end"), ("root", "leads to no file"), ("other", "is not a file")] {
        let refused = TargetFile::new(&path(name), &FileOptions::default()).unwrap().check().unwrap_err();
        assert!(refused.contains(words), "{name}: {refused}");
    }
}

#[test]
fn a_link_of_somebody_else_in_a_directory_like_tmp_is_not_followed() {
    if !is_root() {
        eprintln!("only root may make files of others; the rule is tried everywhere");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    let target = folder.path().join("target");
    symlink(&target, shared.join("f")).unwrap();
    std::os::unix::fs::lchown(shared.join("f"), Some(1234), Some(1234)).unwrap();
    let refused = written(&shared.join("f"), &FileOptions::default(), "x").unwrap_err();
    assert!(refused.contains("is not followed"), "{refused}");
    assert!(!target.exists());
}

#[test]
fn what_stands_in_for_the_temporary_file_or_comes_in_the_files_place_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let (path, elsewhere) = (folder.path().join("f"), folder.path().join("elsewhere"));
    fs::write(&elsewhere, "theirs").unwrap();
    let prepared = TargetFile::new(&path, &FileOptions::default()).unwrap().prepare(16).unwrap();
    let temporary = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let temporary = temporary.into_iter().find(|path| path.to_string_lossy().contains(".ansible_tmp")).unwrap();
    fs::remove_file(&temporary).unwrap();
    symlink(&elsewhere, &temporary).unwrap();
    let refused = prepared.write(b"secret").unwrap_err();
    assert!(refused.contains("somebody put something else"), "{refused}");
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "theirs");
    assert!(!path.exists() && !path.is_symlink());
}

#[test]
fn extended_attributes_stay_where_the_host_has_them() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "old").unwrap();
    if setxattr(&path, "user.test", b"kept", XattrFlags::empty()).is_err() {
        eprintln!("this file system has no extended attributes");
        return;
    }
    assert_eq!(written(&path, &FileOptions::default(), "new"), Ok(Written::default()));
    let mut value = [0; 16];
    let length = getxattr(&path, "user.test", &mut value[..]).unwrap();
    assert_eq!(&value[..length], b"kept");
}

#[test]
fn what_is_no_place_is_refused_with_what_to_do_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("file"), "").unwrap();
    for (path, words) in [
        (path("missing/f"), "its directory is not there"),
        (path("file/f"), "is not a directory"),
        (path(&"f".repeat(300)), "cannot be there"),
        ("/proc/f".into(), "cannot be written"),
    ] {
        let target = TargetFile::new(&path, &FileOptions::default()).unwrap();
        let refused = target.check().err().or_else(|| target.prepare(16).err()).unwrap();
        assert!(refused.contains(words), "{refused}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_is_not_written_leaves_nothing_and_what_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "old").unwrap();
    drop(TargetFile::new(&path, &FileOptions::default()).unwrap().prepare(16).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_directory_that_everybody_may_write_to_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let target = TargetFile::new(&folder.path().join("f"), &FileOptions::default()).unwrap();
    for (mode, told) in [(0o700, 0), (0o755, 0), (0o1777, 0), (0o777, 1)] {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(target.check().unwrap().len(), told, "{mode:o}");
    }
}

#[test]
fn removing_a_file_removes_it_where_the_path_leads() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("target"), "x").unwrap();
    symlink("target", path("link")).unwrap();
    let target = TargetFile::new(&path("link"), &FileOptions::default()).unwrap();
    assert_eq!((target.remove(), target.remove()), (Ok(()), Ok(())));
    assert!(!path("target").exists() && path("link").is_symlink());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_is_immutable_or_append_only_is_refused_beforehand_whatever_may_be_written() {
    use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    for flag in [IFlags::IMMUTABLE, IFlags::APPEND] {
        fs::write(&path, "old").unwrap();
        let file = fs::File::open(&path).unwrap();
        let before = ioctl_getflags(&file).unwrap_or(IFlags::empty());
        if ioctl_setflags(&file, before | flag).is_err() {
            eprintln!("this file system, or this user, has no such flags");
            return;
        }
        let told = [false, true].map(|unsafe_writes| {
            let options = FileOptions { unsafe_writes, ..FileOptions::default() };
            TargetFile::new(&path, &options).unwrap().check()
        });
        ioctl_setflags(&file, before).unwrap();
        for told in told {
            assert!(told.unwrap_err().contains("immutable or append-only"));
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }
}
