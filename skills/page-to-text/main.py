"""{url, characters?} -> {url, title, text, links, more}: a page as text. Python's own urllib and html.parser; the lane's proxy by environment."""
import json
import re
import sys
import urllib.error
import urllib.request
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

BYTES_MAX = 3_000_000
LINKS_MAX = 50
SKIPPED = {"script", "style", "noscript", "template", "svg", "nav", "header", "footer", "aside", "form", "iframe", "button", "select"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
BLOCKS = {"p", "div", "section", "article", "main", "li", "ul", "ol", "tr", "table", "br", "hr", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "figure"}


class Page(HTMLParser):
    def __init__(self, url):
        super().__init__(convert_charrefs=True)
        self.url, self.pieces, self.links, self.title = url, [], {}, ""
        self.skipping, self.in_title = [], False

    def handle_starttag(self, tag, attrs):
        if tag in SKIPPED and tag not in VOID:
            self.skipping.append(tag)
        self.in_title = tag == "title" and not self.skipping
        if tag in BLOCKS:
            self.pieces.append("\n- " if tag == "li" else "\n")
        href = dict(attrs).get("href") if tag == "a" else None
        if href and not self.skipping and len(self.links) < LINKS_MAX:
            target = urljoin(self.url, href.strip())
            if urlsplit(target).scheme in ("http", "https"):
                self.links.setdefault(target, None)

    def handle_endtag(self, tag):
        if tag in self.skipping:
            while self.skipping.pop() != tag:
                pass
        if tag == "title":
            self.in_title = False
        if tag in BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data):
        if self.in_title:
            self.title += data
        elif not self.skipping:
            self.pieces.append(data)

    def text(self):
        lines = (" ".join(line.split()) for line in "".join(self.pieces).split("\n"))
        return "\n".join(line for line in lines if line and line != "-")


def fetch(url):
    if urlsplit(url).scheme not in ("http", "https"):
        sys.exit("an address with http or https, please")
    request = urllib.request.Request(url, headers={"User-Agent": "openclaw-page-to-text/1.0", "Accept": "text/html, text/plain;q=0.9, */*;q=0.1"})
    try:
        with urllib.request.urlopen(request, timeout=15) as response:
            return response.url, response.headers.get_content_type(), response.headers.get_content_charset(), response.read(BYTES_MAX)
    except urllib.error.HTTPError as error:
        sys.exit(f"the server answered with status {error.code}")
    except (urllib.error.URLError, OSError) as error:
        sys.exit(f"the address cannot be reached: {getattr(error, 'reason', error)}")


def decode(body, charset):
    declared = charset or (re.search(rb"charset=[\"']?([A-Za-z0-9_-]{2,40})", body[:2048]) or [None, b"utf-8"])[1].decode()
    try:
        return body.decode(declared, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def main():
    asked = json.load(sys.stdin)
    most = asked.get("characters", 15_000)
    url, kind, charset, body = fetch(asked["url"])
    if kind not in ("text/html", "application/xhtml+xml") and not kind.startswith("text/") and kind != "application/json":
        sys.exit(f"that is {kind}, no page")
    text, title, links = decode(body, charset), "", []
    if "html" in kind:
        page = Page(url)
        page.feed(text)
        page.close()
        text, title, links = page.text(), " ".join(page.title.split()), list(page.links)
    print(json.dumps({"url": url, "title": title, "text": text[:most], "links": links, "more": max(0, len(text) - most)}, ensure_ascii=False))


if __name__ == "__main__":
    main()
