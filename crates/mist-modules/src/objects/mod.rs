//! Shared by the object modules: options, kinds, declarations, messages and documentation.

pub mod declared;
pub mod errors;
pub mod fields;
pub mod kinds;
pub mod location;
pub mod lock;
pub mod masking;

/// Notes in the documentation of the modules that write objects.
pub const SECRETS: &str = "Secrets are masked in results, diffs and the log. A secret that the cloud does not show cannot be compared: see O(update_secrets).";

pub const LOST_RESPONSE: &str = "If the response to a creation is lost, the module watches the list for 5.5 seconds within O(max_wait). It adopts the oldest new object of the declared name. It sends the request again only if no object appeared. It never deletes an object that it cannot prove to be its own, but returns the ID in C(duplicates), with a warning. This costs two to six more requests.";

pub const OTHER_WRITERS: &str = "Runs on one host that write objects of the same type in the same organization, site or MSP wait for each other, within O(max_wait). At a terminal, a waiting run prints a line. After a creation, the list is read once more. If another client created an object with the same name at the same time, the oldest one is used, and C(duplicates) lists the others. If another client writes the same dictionary (C(vars)) before the response to a change, the declaration is merged again, up to three times. A change of another client between the read and the write of this task cannot be seen, and is lost if the cloud replaces dictionaries.";

pub const DELETION: &str = "A deletion counts only if the response confirms it, or if the object is no longer listed.";

pub const PROTECTED: &str = "API tokens are refused, because M(mist_api_token) and M(mist_api_tokens) manage them. The account and the administrator of the caller are not changed or deleted, and organizations and MSPs are not deleted. If administrators are written, one more request reads the account of the caller.";
