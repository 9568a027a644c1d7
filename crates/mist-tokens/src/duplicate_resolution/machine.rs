//! The state machine of a creation.

use super::{Action, Ending, Moment, Posted, Renamed, Settings, unfinished};
use crate::error::{Error, Notice};
use crate::marker::Marker;
use crate::token::{Listing, Token, TokenRef};
use mist_client::retry::growing_pause;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// After so many lost responses to a POST, the run gives up.
const MOST_POSTS: usize = 5;

/// After so many attempts to rename, the run gives up: their pauses are longer than a late effect takes.
const MOST_RENAMES: u32 = 7;

/// No effect of a PUT comes later than this after its request ended.
const LATE_EFFECT: Duration = Duration::from_secs(30);

/// The pause before the second look at other runs; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// No pause between looks at other runs is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug)]
enum State {
    Posting,
    Settling { until: Duration, round: u32, may_post: bool, looked: bool },
    Looking { pause: Duration },
    Renaming { round: u32 },
    Confirming { round: u32, cause: Option<Error> },
    Finishing(Box<Token>),
    LastLook(Error),
    Ended(Ending),
}

#[derive(Debug)]
enum Deletion {
    Orphan,
    Leftover,
    Withdrawal { other: Option<String> },
    RollBack(Error),
}

/// A POST whose response was lost.
#[derive(Debug)]
struct Lost {
    name: String,
    error: Error,
    is_removed: bool,
}

/// One creation.
#[derive(Debug)]
pub struct Machine {
    settings: Settings,
    random: fastrand::Rng,
    state: State,
    deletions: VecDeque<(String, Deletion)>,
    pause: Option<Duration>,
    /// The marker of the last POST, and when that began.
    attempt: Option<(Marker, Duration)>,
    own: Option<String>,
    /// The name of the own token before the PUT, if the cloud did not keep the one that was sent: other runs do not see the marker.
    altered: Option<String>,
    lost: Vec<Lost>,
    removed: Vec<String>,
    leftovers: Vec<String>,
    /// Tokens whose deletion failed.
    stuck: BTreeSet<String>,
    notices: Vec<Notice>,
}

impl Machine {
    /// A creation that has not begun.
    #[must_use]
    pub fn new(settings: Settings, random: fastrand::Rng) -> Self {
        Self {
            settings,
            random,
            state: State::Posting,
            deletions: VecDeque::new(),
            pause: None,
            attempt: None,
            own: None,
            altered: None,
            lost: Vec::new(),
            removed: Vec::new(),
            leftovers: Vec::new(),
            stuck: BTreeSet::new(),
            notices: Vec::new(),
        }
    }

    /// The next action.
    pub fn action(&mut self, moment: Moment) -> Action {
        loop {
            if let Some((id, _)) = self.deletions.front() {
                return Action::Delete(id.clone());
            }
            if let Some(pause) = self.pause.take() {
                return Action::Pause(pause);
            }
            match &self.state {
                State::Posting => {
                    let now = self.settings.now + moment.elapsed.as_secs_f64();
                    let life = (self.settings.life + self.settings.skew).as_secs();
                    let marker = Marker::new(now, life, self.settings.domain, self.random.u64(..));
                    self.attempt = Some((marker, moment.elapsed));
                    return Action::Post(marker.name_for(&self.settings.name));
                }
                State::Settling { looked: true, .. } => self.after_settling_look(moment),
                State::Renaming { .. } if !self.may_rename(moment) => self.withdraw(None),
                State::Renaming { .. } => return Action::Rename(self.own.clone().unwrap_or_default()),
                State::Ended(_) => return Action::End,
                _ => return Action::Look,
            }
        }
    }

    /// Takes the response to the POST.
    pub fn posted(&mut self, response: Posted, moment: Moment) {
        match response {
            Posted::Created(id) => {
                self.own = Some(id);
                self.state = State::Looking { pause: FIRST_PAUSE };
            }
            Posted::Refused(error) if self.lost.is_empty() => self.state = State::Ended(Ending::Failed(error)),
            Posted::Refused(error) => self.state = State::LastLook(error),
            Posted::Lost(error, window) => {
                let name = self.marked_name().unwrap_or_default();
                self.lost.push(Lost { name, error, is_removed: false });
                self.state = State::Settling {
                    until: moment.elapsed + window.min(moment.remaining),
                    round: 1,
                    may_post: !moment.remaining.is_zero() && self.lost.len() < MOST_POSTS,
                    looked: false,
                };
            }
        }
    }

    /// Takes a listing.
    pub fn looked(&mut self, listing: &Listing, moment: Moment) {
        self.find_orphans(listing);
        match &mut self.state {
            State::Settling { looked, .. } => *looked = true,
            State::Looking { pause } => {
                let pause = *pause;
                self.look_at_others(listing, moment, pause);
            }
            State::Confirming { .. } => self.confirm(listing, moment),
            State::Finishing(token) => {
                let ending = Ending::Created(std::mem::take(token));
                self.find_namesakes(listing);
                self.state = State::Ended(ending);
            }
            State::LastLook(error) => {
                let error = error.clone();
                self.fail(error);
            }
            State::Posting | State::Renaming { .. } | State::Ended(_) => {}
        }
    }

    /// Takes the failure of a listing.
    pub fn look_failed(&mut self, error: Error) {
        match &mut self.state {
            State::Settling { .. } | State::LastLook(_) => {
                let cause = match &self.state {
                    State::LastLook(cause) => Some(cause.clone()),
                    _ => self.lost.last().map(|lost| lost.error.clone()),
                };
                let unsettled = Error::Unsettled {
                    cause: Box::new(cause.unwrap_or_else(|| error.clone())),
                    error: Box::new(error),
                    may_appear: self.unseen(),
                };
                self.state = State::Ended(Ending::Failed(unsettled));
            }
            State::Finishing(token) => {
                let token = std::mem::take(token);
                self.notices.push(Notice::NotSwept(error));
                self.state = State::Ended(Ending::Created(token));
            }
            // Without a look, another run may be about to rename its token as well.
            _ => self.roll_back(error),
        }
    }

    /// Takes the response to the PUT.
    pub fn renamed(&mut self, response: Renamed) {
        let round = match self.state {
            State::Renaming { round } => round,
            _ => 1,
        };
        match response {
            Renamed::Shown(token) if token.name() == self.settings.name => self.finish(token),
            Renamed::Shown(_) | Renamed::Unshown => self.state = State::Confirming { round, cause: None },
            Renamed::Lost(error) => self.state = State::Confirming { round, cause: Some(error) },
            Renamed::Refused(error) => self.roll_back(Error::NotRenamed(Some(Box::new(error)))),
        }
    }

    /// Takes what came of the deletion.
    pub fn deleted(&mut self, result: Result<(), Error>) {
        let Some((id, deletion)) = self.deletions.pop_front() else { return };
        if result.is_err() {
            self.stuck.insert(id.clone());
        }
        match (deletion, result) {
            (Deletion::Orphan, Ok(())) => self.removed.push(id),
            (Deletion::Orphan, Err(error)) => self.orphan_stays(id, error),
            (Deletion::Leftover, Ok(())) => self.leftovers.push(id),
            (Deletion::Leftover, Err(_)) => {}
            (Deletion::Withdrawal { other }, Ok(())) => {
                self.state = State::Ended(Ending::Withdrawn { own: id, other });
            }
            (Deletion::RollBack(cause), Ok(())) => {
                self.fail(Error::RolledBack { cause: Box::new(cause), id, error: None });
            }
            (Deletion::Withdrawal { .. }, Err(error)) => {
                let cause = Error::Overtaken { name: self.settings.name.clone() };
                self.fail(Error::RolledBack { cause: Box::new(cause), id, error: Some(Box::new(error)) });
            }
            (Deletion::RollBack(cause), Err(error)) => {
                self.fail(Error::RolledBack { cause: Box::new(cause), id, error: Some(Box::new(error)) });
            }
        }
    }

    /// The error of a failed creation.
    #[must_use]
    pub fn failure(&self) -> Option<&Error> {
        match &self.state {
            State::Ended(Ending::Failed(error)) => Some(error),
            _ => None,
        }
    }

    /// The result, and what to report besides, once [`Machine::action`] is [`Action::End`].
    #[must_use]
    pub fn end(self) -> (Ending, Vec<Notice>) {
        let may_appear = self.unseen();
        let mut notices = self.notices;
        if !self.leftovers.is_empty() {
            notices.push(Notice::LeftoversDeleted(self.leftovers));
        }
        let State::Ended(ending) = self.state else {
            return (Ending::Failed(Error::Overtaken { name: self.settings.name }), notices);
        };
        if !self.lost.is_empty() && !matches!(ending, Ending::Failed(_)) {
            notices.push(Notice::AnswersLost {
                name: self.settings.name,
                count: self.lost.len(),
                removed: self.removed,
                may_appear,
            });
        }
        (ending, notices)
    }

    /// True if a PUT that begins now takes effect within the life of the marker.
    fn may_rename(&self, moment: Moment) -> bool {
        let begun = self.attempt.map(|(_, begun)| begun).unwrap_or_default();
        // The PUT is repeated within what is left to wait.
        moment.elapsed.saturating_sub(begun) + moment.remaining + self.settings.timeout + LATE_EFFECT
            <= self.settings.life
    }

    /// The tokens of this run's lost responses.
    fn find_orphans(&mut self, listing: &Listing) {
        for token in &listing.tokens {
            if let Some(lost) = self.lost.iter_mut().find(|lost| lost.name == token.name())
                && !lost.is_removed
            {
                lost.is_removed = true;
                self.deletions.push_back((token.id.clone(), Deletion::Orphan));
            }
        }
    }

    fn after_settling_look(&mut self, moment: Moment) {
        let State::Settling { until, round, may_post, looked } = &mut self.state else { return };
        let is_settled = self.lost.iter().all(|lost| lost.is_removed);
        if !is_settled && moment.elapsed < *until {
            self.pause = Some(growing_pause(*round, self.random.f64()).min(*until - moment.elapsed));
            *round += 1;
            *looked = false;
        } else if *may_post {
            self.pause = is_settled.then(|| growing_pause(1, self.random.f64()).min(moment.remaining));
            self.state = State::Posting;
        } else if let Some(lost) = self.lost.last() {
            let error = lost.error.clone();
            self.fail(error);
        }
    }

    fn look_at_others(&mut self, listing: &Listing, moment: Moment, pause: Duration) {
        let (sent, shown) = (self.marked_name(), self.own_of(listing).map(Token::name));
        self.altered = shown.filter(|shown| Some(*shown) != sent.as_deref()).map(str::to_owned);
        if let Some(other) = self.winner(listing) {
            return self.withdraw(Some(other));
        }
        let judge = listing.judge(self.settings.domain);
        let split = judge.split(&listing.tokens, &self.settings.name);
        let is_other = |token: &Token| {
            Some(&token.id) != self.own.as_ref()
                && !self.stuck.contains(&token.id)
                && self.lost.iter().all(|lost| lost.name != token.name())
        };
        let dead = split.dead.iter().filter(|(token, _)| is_other(token));
        let leftovers: Vec<_> = dead.map(|(token, _)| (token.id.clone(), Deletion::Leftover)).collect();
        let alive: Vec<_> = split.alive.iter().filter(|(token, _)| is_other(token)).collect();
        self.deletions.extend(leftovers);
        let own = self.attempt.map(|(marker, _)| marker.order()).unwrap_or_default();
        let Some((first, marker)) = alive.iter().min_by_key(|(_, marker)| marker.order()) else {
            // A list without the own token is late, and tokens of other runs may be missing from it as well.
            let is_late = self.own_of(listing).is_none() && pause < LONGEST_PAUSE.min(moment.remaining);
            self.pause = is_late.then_some(pause);
            self.state = if is_late { State::Looking { pause: pause * 2 } } else { State::Renaming { round: 1 } };
            return;
        };
        if marker.order() < own {
            let other = first.id.clone();
            self.withdraw(Some(other));
        } else if pause < moment.remaining {
            self.pause = Some(pause);
            self.state = State::Looking { pause: (pause * 2).min(LONGEST_PAUSE) };
        } else {
            let error = unfinished(&self.settings.name, judge, &alive);
            self.roll_back(error);
        }
    }

    fn confirm(&mut self, listing: &Listing, moment: Moment) {
        let State::Confirming { round, cause } = &mut self.state else { return };
        let (round, cause) = (*round, cause.take());
        let marked = self.altered.clone().or_else(|| self.marked_name());
        match self.own_of(listing) {
            Some(token) if Some(token.name()) != marked.as_deref() => {
                self.find_namesakes(listing);
                self.state = State::Ended(Ending::Created(Box::new(token.clone())));
            }
            Some(_) if self.winner(listing).is_none() => {
                let pause = growing_pause(round, self.random.f64());
                if round < MOST_RENAMES && pause < moment.remaining {
                    self.pause = Some(pause);
                    self.state = State::Renaming { round: round + 1 };
                } else {
                    self.roll_back(Error::NotRenamed(cause.map(Box::new)));
                }
            }
            _ => {
                let other = self.winner(listing);
                self.withdraw(other);
            }
        }
    }

    /// The name under which the own token was created.
    fn marked_name(&self) -> Option<String> {
        self.attempt.map(|(marker, _)| marker.name_for(&self.settings.name))
    }

    fn own_of<'a>(&self, listing: &'a Listing) -> Option<&'a Token> {
        listing.tokens.iter().find(|token| Some(&token.id) == self.own.as_ref())
    }

    /// The first of the new tokens of the final name that are not this run's.
    fn winner(&self, listing: &Listing) -> Option<String> {
        let mut others: Vec<&Token> = listing.tokens.iter().filter(|token| self.is_namesake(token)).collect();
        others.sort_by(|one, other| {
            let time = |token: &Token| token.created_time.unwrap_or_default();
            time(one).total_cmp(&time(other)).then_with(|| one.id.cmp(&other.id))
        });
        others.first().map(|token| token.id.clone())
    }

    fn is_namesake(&self, token: &Token) -> bool {
        token.name() == self.settings.name
            && Some(&token.id) != self.own.as_ref()
            && !self.settings.known.contains(&token.id)
    }

    /// Tokens of the name that another client created after this run had looked.
    fn find_namesakes(&mut self, listing: &Listing) {
        let ids: Vec<_> = listing.tokens.iter().filter(|token| self.is_namesake(token)).map(TokenRef::from).collect();
        if !ids.is_empty() {
            self.notices.push(Notice::Namesakes(ids));
        }
    }

    fn finish(&mut self, token: Box<Token>) {
        // Without a marker that others see, another run may have created a token of the name too: a last look lists it.
        let is_sure = self.lost.is_empty() && self.altered.is_none();
        self.state = if is_sure { State::Ended(Ending::Created(token)) } else { State::Finishing(token) };
    }

    fn withdraw(&mut self, other: Option<String>) {
        self.delete_own(Deletion::Withdrawal { other });
    }

    fn roll_back(&mut self, cause: Error) {
        self.delete_own(Deletion::RollBack(cause));
    }

    fn delete_own(&mut self, deletion: Deletion) {
        self.pause = None;
        self.deletions.push_back((self.own.clone().unwrap_or_default(), deletion));
    }

    fn orphan_stays(&mut self, id: String, error: Error) {
        let cause = self.lost.last().map_or_else(|| error.clone(), |lost| lost.error.clone());
        let stays = Error::OrphanStays { cause: Box::new(cause), id, error: Box::new(error) };
        match self.state {
            State::Settling { .. } => self.state = State::Ended(Ending::Failed(stays)),
            _ => self.notices.push(Notice::NotSwept(stays)),
        }
    }

    fn fail(&mut self, cause: Error) {
        let error = if self.lost.is_empty() {
            cause
        } else {
            Error::AnswersLost {
                cause: Box::new(cause),
                name: self.settings.name.clone(),
                count: self.lost.len(),
                removed: self.removed.clone(),
                may_appear: self.unseen(),
            }
        };
        self.state = State::Ended(Ending::Failed(error));
    }

    /// The marked names of the lost tokens that did not appear.
    fn unseen(&self) -> Vec<String> {
        self.lost.iter().filter(|lost| !lost.is_removed).map(|lost| lost.name.clone()).collect()
    }
}
