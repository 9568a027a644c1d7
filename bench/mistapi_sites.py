"""The work of mist_objects with the official Python client: creates sites by name, and updates those that differ.

    mistapi_sites.py HOST ORG_ID FILE     MIST_API_TOKEN contains the token
"""

import json
import os
import sys

import mistapi
import mistapi.api.v1.orgs.sites
import mistapi.api.v1.sites.sites


def main():
    host, org_id, place = sys.argv[1:]
    with open(place) as lines:
        wanted = json.load(lines)
    session = mistapi.APISession(apitoken=None, console_log_level=0, logging_log_level=50, show_cli_notif=False)
    # The options of the client accept only the names of public clouds.
    session._cloud_uri = host.removeprefix("https://")
    session.set_api_token(os.environ["MIST_API_TOKEN"])
    first = mistapi.api.v1.orgs.sites.listOrgSites(session, org_id, limit=1000)
    there = {site["name"]: site for site in mistapi.get_all(session, first) or []}
    changed = 0
    for site in wanted:
        found = there.get(site["name"])
        if found is None:
            answer = mistapi.api.v1.orgs.sites.createOrgSite(session, org_id, site)
        elif any(found.get(field) != value for field, value in site.items()):
            answer = mistapi.api.v1.sites.sites.updateSiteInfo(session, found["id"], site)
        else:
            continue
        if answer.status_code != 200:
            sys.exit(f"{site['name']}: {answer.status_code}")
        changed += 1
    print(json.dumps({"changed": changed}))


main()
