//! The documentation of the module, except for its options and results.

use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

pub(super) const DOCUMENTATION: Documentation = Documentation::new()
.short_description("Send any call to the API of the Juniper Mist cloud")
.description(&[
        "Reads, creates, updates and deletes any object of the API, with a token or a login.",
        "An update reads the object first and writes only if something differs, so that the task is idempotent. All pages of a list are read into one result.",
        "The module waits and repeats calls after rate limits, 5xx responses and lost connections, within O(max_wait). A O(method=POST) that may have taken effect is never repeated.",
    ])
.version_added("0.1.0")
.author(AUTHOR)
.requirements(REQUIREMENTS)
.notes(&[
        "O(method=PUT) compares dictionaries field by field at every depth, and lists as a whole. The order of a list does not count where the API document has a set. Fields that are not in O(body) are ignored. V(null), an empty string, an empty list, an empty dictionary and a missing field are equal. A number equals its text where Mist's document allows both. A secret that the cloud does not return always differs.",
        "O(method=PUT) merges a dictionary in O(body) into the existing one at every depth and sends the result. So other fields stay, whether the cloud merges or replaces dictionaries. Set a key to V(null) to remove it.",
        "Before ansible-core 2.19, a template converts a number to a string. If only that differs, and the document does not allow both, the task writes it and warns. To avoid this, write the whole O(body) as one template.",
        "O(method=PUT) writes an object that cannot be read (status 405) on every run, with a warning.",
        "Some responses contain secrets, such as the key of a new token or the PSK of a WLAN. Use C(no_log: true) on such a task. For tokens, use M(mist_api_token), which writes the key to a file.",
        "Secrets in O(body) and O(query) with at least four characters are masked in the whole result. A name marks a secret if it ends in C(password), C(passwd), C(passphrase), C(passcode), C(pwd), C(pass), C(pw), C(secret), C(psk), C(key), C(token), C(community), C(authorization), C(credentials), C(otp), C(bearer), C(cookie), or in the word C(pin), C(cred), C(jwt) or C(mfa). Mist's document marks further secrets of the object at O(path). In a diff, the previous values are masked as well. Other fields are shown unless the task has C(no_log: true).",
        "In check mode, the module writes nothing. O(method=PUT) and O(method=DELETE) read the object. An object that cannot be read counts as existing for O(method=DELETE).",
    ])
.seealso(&[SeeAlso::Link {
        name: "Mist API",
        link: "https://api.mist.com/api/v1/docs/Home",
        description: "Reference of all calls.",
    }])
.attributes(&[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full).details("For O(method=DELETE), the diff shows the path only."),
        Attribute::idempotent(Support::Partial)
            .details("All methods except O(method=POST), which always sends the request."),
        PLATFORM,
    ])
.examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: Show the identity of the token
  mist_api_request:
    path: self

- name: List all sites of the organization
  mist_api_request:
    path: orgs/{org_id}/sites
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
  register: sites

- name: List the first ten sites
  mist_api_request:
    path: orgs/{org_id}/sites
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    limit: 10

- name: Read the site Lobby, with the token from a file
  mist_api_request:
    path: sites/{site_id}
    org: Acme
    site: Lobby
    api_token: "{{ lookup('ansible.builtin.file', '~/.mist-project-x.key') }}"
  register: lobby

- name: Set the address of a site, if it differs
  mist_api_request:
    method: PUT
    path: sites/{site_id}
    site_id: 4ac1dcf4-9d8b-7211-65c4-057819f0862b
    body:
      address: 1133 Innovation Way, Sunnyvale
      country_code: US

- name: Check if the site exists
  mist_api_request:
    path: sites/{site_id}
    site_id: 4ac1dcf4-9d8b-7211-65c4-057819f0862b
    status_code: [200, 404]
  register: site

- name: List connected access points and switches
  mist_api_request:
    path: orgs/{org_id}/stats/devices
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    query:
      type: all
      status: connected

- name: Create a WLAN with a PSK
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

- name: Delete the site
  mist_api_request:
    method: DELETE
    path: sites/{site_id}
    site_id: 4ac1dcf4-9d8b-7211-65c4-057819f0862b
"#;
