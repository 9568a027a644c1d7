"""check_links.py FOLDER: whether every link of these pages to one of themselves leads to a page, and a place, that is there."""

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
    print(f"{len(pages)} pages, {checked} links among them, {len(broken)} broken; {len(outside)} addresses elsewhere")
    if broken or not checked:
        sys.exit("\n".join(broken) or "no link at all")


main(sys.argv[1])
