//! Documentation that the object modules share.

/// How a creation survives a lost response.
pub const LOST_RESPONSE: &str = "If the response to a creation is lost, the module watches the list for 5.5 seconds within O(max_wait), and adopts the oldest new object of the declared name. It sends the request again only if no object appeared. It never deletes an object that it cannot prove to be its own: it returns its id in C(duplicates), with a warning. This costs two to six further requests.";

/// What counts as a deletion.
pub const DELETION: &str = "A deletion counts only if the response confirms it, or the object is no longer listed.";

/// What the modules never write.
pub const PROTECTED: &str = "API tokens are refused, because M(mist_api_token) and M(mist_api_tokens) manage them. The account and the administrator of the caller are not changed or deleted, and organizations and MSPs are not deleted. If administrators are written, one further request reads the account of the caller.";
