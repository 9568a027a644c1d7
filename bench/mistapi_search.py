"""The work of mist_search with the official Python client: all wireless clients of an organization in a CSV file.

    mistapi_search.py HOST ORG_ID FILE     MIST_API_TOKEN contains the token
"""

import csv
import json
import os
import sys

import mistapi
import mistapi.api.v1.orgs.clients


def main():
    host, org_id, place = sys.argv[1:]
    session = mistapi.APISession(apitoken=None, console_log_level=0, logging_log_level=50, show_cli_notif=False)
    # The options of the client accept only the names of public clouds.
    session._cloud_uri = host.removeprefix("https://")
    session.set_api_token(os.environ["MIST_API_TOKEN"])
    first = mistapi.api.v1.orgs.clients.searchOrgWirelessClients(session, org_id, limit=1000)
    rows = mistapi.get_all(session, first)
    columns = sorted({name for row in rows for name in row})
    with open(place, "w", newline="") as out:
        table = csv.DictWriter(out, columns)
        table.writeheader()
        table.writerows(rows)
    print(json.dumps({"count": len(rows)}))


main()
