"""check_links.py FOLDER: checks that every link between these pages leads to an existing page and anchor."""

import html.parser
import os
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.places = [], set()
        with open(path, encoding="utf-8") as text:
            self.feed(text.read())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.places.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


def main(folder):
    pages = {}
    for path, _, files in os.walk(folder):
        pages.update({os.path.join(path, name): Page(os.path.join(path, name)) for name in files if name.endswith(".html")})
    checked, broken, outside = 0, [], set()
    for path, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                outside.add(urllib.parse.urldefrag(link).url)
                continue
            checked += 1
            target = os.path.normpath(os.path.join(os.path.dirname(path), urllib.parse.unquote(parts.path))) if parts.path else path
            place = urllib.parse.unquote(parts.fragment)
            if not os.path.exists(target) or (place and target in pages and place not in pages[target].places):
                broken.append(f"{os.path.relpath(path, folder)}: {link}")
    print(f"{len(pages)} pages, {checked} internal links, {len(broken)} broken; {len(outside)} external links")
    if broken or not checked:
        sys.exit("\n".join(broken) or "no internal links")


main(sys.argv[1])
