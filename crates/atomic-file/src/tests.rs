use super::*;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

fn written(path: &Path, request: &AttributeRequest, content: &str) -> Result<Written, Error> {
    TargetFile::new(path, request.clone()).prepare(4096)?.write(content.as_bytes())
}

fn target(path: &Path) -> TargetFile {
    TargetFile::new(path, AttributeRequest::new())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn asking(mode: &str) -> AttributeRequest {
    AttributeRequest::new().mode(mode.parse().unwrap())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_new_file_is_its_owners_alone_and_an_existing_one_keeps_its_mode_unless_the_task_asks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let none = AttributeRequest::new();
    for (options, content, expected) in [
        (&none, "new", 0o600),
        (&asking("0640"), "asked", 0o640),
        (&none, "kept", 0o640),
        (&asking("u=rw,go="), "symbolic", 0o600),
    ] {
        let target = TargetFile::new(&path, options.clone());
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
        eprintln!("skipped: only root can change owners");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "old").unwrap();
    std::os::unix::fs::chown(&path, Some(1234), Some(2345)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
    written(&path, &AttributeRequest::new(), "new").unwrap();
    let owners = || (fs::metadata(&path).unwrap().uid(), fs::metadata(&path).unwrap().gid());
    assert_eq!((owners(), mode(&path)), ((1234, 2345), 0o440));
    let options = AttributeRequest::new().owner(4321).group(0);
    assert_eq!(TargetFile::new(&path, options.clone()).has_other_attributes(), Ok(true));
    written(&path, &options, "newer").unwrap();
    assert_eq!((owners(), mode(&path)), ((4321, 0), 0o440));
    assert_eq!(TargetFile::new(&path, options.clone()).has_other_attributes(), Ok(false));
}

#[test]
fn a_link_stays_one_and_the_file_is_where_it_leads() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("other")).unwrap();
    symlink("other/far", path("near")).unwrap();
    symlink("near", path("nearer")).unwrap();
    for content in ["made", "written again"] {
        written(&path("nearer"), &AttributeRequest::new(), content).unwrap();
        assert_eq!(fs::read_to_string(path("other/far")).unwrap(), content);
        assert!(path("nearer").is_symlink() && path("near").is_symlink());
        assert!(path("other/far").symlink_metadata().unwrap().is_file());
    }
    symlink("round", path("round")).unwrap();
    symlink("/", path("root")).unwrap();
    for (name, words) in [("round", "never ends"), ("root", "is not the path of a file"), ("other", "is not a file")] {
        let refused = target(&path(name)).check().unwrap_err().to_string();
        assert!(refused.contains(words), "{name}: {refused}");
    }
}

#[test]
fn a_link_of_somebody_else_in_a_directory_like_tmp_is_not_followed() {
    if !is_root() {
        eprintln!("skipped: only root can create files of other users");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    let target = folder.path().join("target");
    symlink(&target, shared.join("f")).unwrap();
    std::os::unix::fs::lchown(shared.join("f"), Some(1234), Some(1234)).unwrap();
    let refused = written(&shared.join("f"), &AttributeRequest::new(), "x").unwrap_err();
    assert_eq!(*refused.problem(), Problem::ForeignLink(1234));
    assert!(!target.exists());
}

#[test]
fn what_stands_in_for_the_temporary_file_or_comes_in_the_files_place_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let (path, elsewhere) = (folder.path().join("f"), folder.path().join("elsewhere"));
    fs::write(&elsewhere, "theirs").unwrap();
    let prepared = target(&path).prepare(16).unwrap();
    let temporary = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let temporary = temporary.into_iter().find(|path| path.to_string_lossy().contains(".ansible_tmp")).unwrap();
    fs::remove_file(&temporary).unwrap();
    symlink(&elsewhere, &temporary).unwrap();
    let refused = prepared.write(b"secret").unwrap_err();
    assert_eq!(*refused.problem(), Problem::Exchanged);
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
        eprintln!("skipped: this file system has no extended attributes");
        return;
    }
    assert_eq!(written(&path, &AttributeRequest::new(), "new"), Ok(Written::default()));
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
        (path("missing/f"), "does not exist. Create it first"),
        (path("file/f"), "is not a directory"),
        (path(&"f".repeat(300)), "cannot be used as a file"),
        ("/proc/f".into(), "cannot be written"),
    ] {
        let target = target(&path);
        let refused = target.check().err().or_else(|| target.prepare(16).err()).unwrap().to_string();
        assert!(!refused.contains("os error"), "{refused}");
        assert!(refused.contains(words), "{refused}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_is_not_written_leaves_nothing_and_what_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "old").unwrap();
    drop(target(&path).prepare(16).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn content_comes_bit_by_bit_and_counts_only_when_it_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "before").unwrap();
    let stream = || target(&path).prepare(4096).unwrap().into_stream().unwrap();
    let mut dropped = stream();
    dropped.write_all(b"not finished").unwrap();
    drop(dropped);
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), fs::read_dir(&folder).unwrap().count()), ("before", 1));
    let mut finished = stream();
    for part in ["a", "b", "c"] {
        finished.write_all(part.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
    }
    finished.finish().unwrap();
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), fs::read_dir(&folder).unwrap().count()), ("abc", 1));
}

#[test]
fn a_directory_that_everybody_may_write_to_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&folder.path().join("f"));
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
    let target = target(&path("link"));
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
            eprintln!("skipped: this file system or this user has no such flags");
            return;
        }
        let told = [false, true]
            .map(|unsafe_writes| TargetFile::new(&path, AttributeRequest::new().unsafe_writes(unsafe_writes)).check());
        ioctl_setflags(&file, before).unwrap();
        for told in told {
            assert_eq!(*told.unwrap_err().problem(), Problem::Pinned);
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }
}

#[test]
fn a_change_of_attributes_is_made_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("f"), folder.path().join("hard"));
    fs::write(&path, "content").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::hard_link(&path, &link).unwrap();
    let target = TargetFile::new(&path, asking("u=rw,go="));
    let inode = fs::metadata(&path).unwrap().ino();
    assert_eq!(target.check_attributes(), Ok(()));
    assert_eq!(mode(&path), 0o644, "a check changes nothing");
    let change = target.set_attributes().unwrap().unwrap();
    assert_eq!((change.before.mode, change.after.mode), (0o644, 0o600));
    assert_eq!((mode(&path), mode(&link), fs::metadata(&path).unwrap().ino()), (0o600, 0o600, inode));
    assert_eq!(fs::read_to_string(&path).unwrap(), "content");
    assert_eq!(target.set_attributes(), Ok(None));
    assert_eq!(TargetFile::new(&folder.path().join("missing"), asking("0600")).set_attributes(), Ok(None));
}

#[test]
fn owner_and_mode_change_together_and_setuid_survives() {
    if !is_root() {
        eprintln!("skipped: only root can change owners");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "").unwrap();
    let target = TargetFile::new(&path, asking("4750").owner(1234).group(2345));
    assert!(target.set_attributes().unwrap().is_some());
    let status = fs::metadata(&path).unwrap();
    assert_eq!((status.uid(), status.gid(), mode(&path)), (1234, 2345, 0o4750));
}

#[test]
fn errors_name_the_path_and_the_reason_without_a_number() {
    let error = target(Path::new("/no-such-directory/f")).check().unwrap_err();
    assert_eq!(error.path(), Path::new("/no-such-directory/f"));
    assert_eq!(
        error.to_string(),
        "'/no-such-directory/f' cannot be written: the directory '/no-such-directory' does not exist. Create it first"
    );
    assert_eq!(error_text(std::io::Error::from_raw_os_error(13)), "Permission denied");
}
