use super::*;
use mist_tokens::key_file::{Fault, FaultKind, Format};
use mist_tokens::lock;
use std::time::Duration;

fn fault(kind: FaultKind) -> Fault {
    Fault { path: "/run/key".into(), kind }
}

fn token() -> TokenRef {
    TokenRef { id: "the-id".into(), name: "n\u{7}".into() }
}

fn cause() -> Box<Error> {
    Box::new(Error::NoId("cause".into()))
}

/// One of each.
fn errors() -> Vec<Error> {
    let within = Duration::from_secs(30);
    let ids = || vec!["one".to_owned(), "two".to_owned()];
    let mut errors = vec![
        Error::NoId("x".into()),
        Error::NobodyReads,
        Error::Contested { name: "n".into() },
        Error::Overtaken { name: "n".into() },
        Error::NotBegun,
        Error::NotNew { id: "the-id".into() },
        Error::StillListed { id: "the-id".into() },
        Error::NameRefused { cause: cause(), sent: "n (new 0)".into() },
        Error::NotRenamed(None),
        Error::NotRenamed(Some(cause())),
        Error::Unfinished { name: "n".into(), ids: ids(), retry_after: within },
        Error::OrphanStays { cause: cause(), id: "the-id".into(), error: cause() },
        Error::Unsettled { cause: cause(), error: cause(), may_appear: ids() },
        Error::RolledBack { cause: cause(), id: "the-id".into(), error: None },
        Error::RolledBack { cause: cause(), id: "the-id".into(), error: Some(cause()) },
        Error::AfterDiscarding { cause: cause(), deleted: ids() },
        Error::OldStays { error: cause(), made: Some("new".into()), token: token(), left: ids() },
        Error::Unsynced { fault: fault(FaultKind::Unwritable("is there".into())), made: "new".into(), left: ids() },
        Error::Lock(lock::Fault::Held { owner: "o".into(), name: None, waited: within, path: "/l".into() }),
        Error::Lock(lock::Fault::Unusable { path: "/l".into(), reason: "no".into() }),
        Error::Lock(lock::Fault::NoDirectory(vec![("/l".into(), "no".into())])),
    ];
    for (count, removed, may_appear) in [(1, vec![], ids()), (2, ids(), vec![]), (3, ids(), ids())] {
        errors.push(Error::AnswersLost { cause: cause(), name: "n".into(), count, removed, may_appear });
    }
    errors.extend(refusals().into_iter().map(Error::Refused));
    errors.extend(faults().into_iter().map(|kind| Error::KeyFile(fault(kind))));
    errors
}

fn refusals() -> Vec<Refusal> {
    let needs_new = |reason| Refusal::NeedsNew { reason, token: token() };
    vec![
        Refusal::KeyFitsSeveral(vec![token(), token()]),
        Refusal::NameOfSeveral { name: "n".into(), tokens: vec![token(), token()] },
        Refusal::NameTaken { name: "n".into(), by: "a".into(), token: "b".into() },
        Refusal::NoPrivileges { name: "n".into() },
        needs_new(Reason::Sources { found: vec![], wanted: vec!["10.0.0.1".into()] }),
        needs_new(Reason::NoFile("/run/key".into())),
        needs_new(Reason::NoKeyInFile("/run/key".into())),
        needs_new(Reason::OtherKeyInFile("/run/key".into())),
        Refusal::Own(token()),
        Refusal::Age { token: "t".into(), fault: TimeFault::Milliseconds },
        Refusal::OnlyCopy { path: "/run/key".into(), of: token(), name: "n".into() },
        Refusal::KeyUnasked,
    ]
}

fn faults() -> Vec<FaultKind> {
    vec![
        FaultKind::Relative,
        FaultKind::NamesNoFile,
        FaultKind::NamesDirectory,
        FaultKind::NotAFile,
        FaultKind::Unreadable("no".into()),
        FaultKind::Foreign,
        FaultKind::HoldsMore(Format::Env),
        FaultKind::TooLarge,
        FaultKind::Unwritable("is full".into()),
    ]
}

#[test]
fn every_error_is_a_sentence_and_none_is_told_as_it_is_in_the_code() {
    for error in errors() {
        for speaker in [MessageFormatter::Token, MessageFormatter::Set, MessageFormatter::Info] {
            let told = speaker.error(&error);
            for code in ["{ ", "Refused", "RolledBack", "Some(", "None", "\u{7}"] {
                assert!(!told.contains(code), "{code}: {told}");
            }
        }
    }
}

#[test]
fn what_is_advised_is_an_option_of_the_module_that_advises_it() {
    for error in errors() {
        assert!(!MessageFormatter::Token.error(&error).contains("mist_api_token"), "{error:?}");
        for speaker in [MessageFormatter::Set, MessageFormatter::Info] {
            let told = speaker.error(&error);
            let named =
                told.replace("mist_api_token, state: absent", "").replace("mist_api_token and state: absent", "");
            for option in ["state: absent", "state: info"] {
                assert!(!named.contains(option), "{speaker:?} has no {option}: {told}");
            }
        }
    }
}

#[test]
fn a_refusal_begins_with_the_option_that_it_is_about() {
    for refusal in refusals() {
        let told = MessageFormatter::Token.refusal(&refusal);
        let option = told.split(':').next().unwrap_or_default();
        let known = ["key", "name", "privileges", "src_ips", "key_file", "allow_self", "max_age"];
        assert!(known.contains(&option), "{told}");
    }
    for kind in faults() {
        let told = key_file(&fault(kind));
        assert!(told.starts_with("key_file: '/run/key' "), "{told}");
    }
}

#[test]
fn a_message_has_at_most_240_characters() {
    // The cause of another error has a length of its own.
    let all = errors().into_iter().flat_map(|error| {
        [MessageFormatter::Token, MessageFormatter::Set, MessageFormatter::Info]
            .map(|words| words.error(&error).replace(&words.error(&cause()), ""))
    });
    let long: Vec<String> = all
        .filter(|words| words.chars().count() > 240)
        .map(|words| format!("{} {words}", words.chars().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
