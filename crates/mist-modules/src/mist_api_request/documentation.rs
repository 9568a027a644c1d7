//! What the module says about itself, beside its options and results.

use crate::common::docs::{AUTHOR, PLATFORM, REQUIREMENTS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

/// The page of `mist_api_request`.
pub const DOCUMENTATION: Documentation = Documentation {
    short_description: "Make any call of the Juniper Mist cloud's API",
    description: &[
        "Reads, creates, updates and deletes whatever the API offers, with a token or a login.",
        "An update reads first and writes only what differs, so that the task can run any number of times; a list is read page after page into one result.",
        "Rate limits, trouble of the cloud and lost connections are waited out within O(max_wait). A call that creates is never repeated while it may have taken effect.",
    ],
    version_added: "0.1.0",
    author: AUTHOR,
    requirements: REQUIREMENTS,
    notes: &[
        "With O(method=PUT), a dictionary is compared field by field, with what is in it again, and a list as a whole. What is not sent does not count; V(null), an empty text, an empty list, an empty dictionary and a field that is not there are the same nothing. A number and its text are the same where Mist's document allows both. A secret that the cloud does not show again always differs.",
        "With O(method=PUT), a dictionary within O(body) is merged into the one that is there, at every depth, and sent whole, so that what others wrote in it stays, whether the cloud merges or replaces it. A key of it goes when it is sent as V(null).",
        "Before ansible-core 2.19, a template makes text of a number. Where that alone differs, and the document does not allow both, the task writes it and warns; write the whole O(body) as one template then.",
        "With O(method=PUT), what can be written but not read (status 405) is written every time, with a warning.",
        "Some answers hold secrets: the key of a new token, the PSK of a WLAN. Use C(no_log: true) on a task whose answer or O(body) does; for tokens, M(mist_api_token) puts the key into a file.",
        "In a O(body) or a O(query), what a name like a secret's holds is masked wherever the result would show it, if it has four characters or more: one that ends in C(password), C(passwd), C(passphrase), C(passcode), C(pwd), C(pass), C(pw), C(secret), C(psk), C(key), C(token), C(community), C(authorization), C(credentials), C(otp), C(bearer), C(cookie), or in the word C(pin), C(cred), C(jwt) or C(mfa); and what Mist's document knows as a secret of the object at O(path). In a diff, also what the cloud had there before. What has another name is shown; C(no_log: true) on the task hides that too.",
        "In check mode, nothing is written. O(method=PUT) still reads, and O(method=DELETE) reads whether there is anything to delete; where that cannot be read, it is taken to be there.",
    ],
    seealso: &[SeeAlso::Link {
        name: "Mist API",
        link: "https://api.mist.com/api/v1/docs/Home",
        description: "All calls that there are.",
    }],
    attributes: &[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full).details("Of O(method=DELETE), the path is all that is shown."),
        Attribute::idempotent(Support::Partial).details("All but O(method=POST), which always sends."),
        PLATFORM,
    ],
    examples: EXAMPLES,
};

const EXAMPLES: &str = r#"- name: Whose token is this?
  mist_api_request:
    path: self

- name: All sites of the organisation, however many there are
  mist_api_request:
    path: orgs/{org_id}/sites
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
  register: sites

- name: Its first ten sites alone
  mist_api_request:
    path: orgs/{org_id}/sites
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    limit: 10

- name: The site called Lobby, with the token from a file
  mist_api_request:
    path: sites/{site_id}
    org: Acme
    site: Lobby
    api_token: "{{ lookup('ansible.builtin.file', '~/.mist-project-x.key') }}"
  register: lobby

- name: The site has this address; written only if it has another
  mist_api_request:
    method: PUT
    path: sites/{site_id}
    site_id: 4ac1dcf4-9d8b-7211-65c4-057819f0862b
    body:
      address: 1133 Innovation Way, Sunnyvale
      country_code: US

- name: Is the site there?
  mist_api_request:
    path: sites/{site_id}
    site_id: 4ac1dcf4-9d8b-7211-65c4-057819f0862b
    status_code: [200, 404]
  register: site

- name: The access points and switches that are connected
  mist_api_request:
    path: orgs/{org_id}/stats/devices
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    query:
      type: all
      status: connected

- name: A WLAN with a PSK, which appears nowhere
  mist_api_request:
    method: POST
    path: sites/{site_id}/wlans
    site_id: 4ac1dcf4-9d8b-7211-65c4-057819f0862b
    body:
      ssid: guests
      auth:
        type: psk
        psk: "{{ guest_psk }}"
  no_log: true

- name: The site is closed
  mist_api_request:
    method: DELETE
    path: sites/{site_id}
    site_id: 4ac1dcf4-9d8b-7211-65c4-057819f0862b
"#;
