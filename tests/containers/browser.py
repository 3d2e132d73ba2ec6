"""A browser without scripts that reaches a published port by the site's own name, over TLS that it verifies."""

import http.client
import re
import socket
import ssl
from urllib.parse import urlencode, urlsplit

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_SECONDS = 30


class Connection(http.client.HTTPSConnection):
    """A connection to a port of loopback whose certificate must be that of `host`."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(host, context=context, timeout=_SECONDS)
        self._port, self._trusted = port, context

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self._port), timeout=_SECONDS)
        self.sock = self._trusted.wrap_socket(plain, server_hostname=self.host)


class Browser:
    """Cookies, redirects and hidden fields."""

    def __init__(self, host: str, port: int, authority: str) -> None:
        self.host, self.port = host, port
        self.context = ssl.create_default_context(cadata=authority)
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one request and return the answer with its body."""
        connection = Connection(self.host, self.port, self.context)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        for value in answer.headers.get_all("Set-Cookie", []):
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        content = answer.read()
        connection.close()
        return answer, content

    def fetch(self, path: str, data: dict[str, str] | None = None) -> tuple[str, str]:
        """Send GET, or POST with `data`, and follow redirects. Return the final path and the page."""
        if data is None:
            answer, content = self.ask("GET", path)
        else:
            answer, content = self.ask(
                "POST",
                path,
                urlencode(data).encode(),
                Referer=f"https://{self.host}{path}",
                Content_Type="application/x-www-form-urlencoded",
            )
        if answer.status in (301, 302, 303):
            target = urlsplit(answer.headers["Location"])
            return self.fetch(target.path + (f"?{target.query}" if target.query else ""))
        if answer.status != 200:
            raise AssertionError(f"{path} answered {answer.status}: {content[:300]!r}")
        return path, content.decode()

    def submit(self, path: str, data: dict[str, str], *, to: str = "") -> tuple[str, str]:
        """Open a form's page and submit it with its hidden fields."""
        _, page = self.fetch(path)
        return self.fetch(to or path, dict(_HIDDEN.findall(page)) | data)
