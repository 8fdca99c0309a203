"""
Real HTTP servers on this computer: one that plays a script, and two that speak ACLED and UCDP.

The services follow the documentation named in `readers.acled_api` and `readers.ucdp_api`, with its
faults: an access token that ends, two ways of paging, errors in the body of a 200, pages from 0.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]
    when: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Reply:
    """
    What a server answers. `body` is bytes, text, or something to write as JSON.

    `length` overrides Content-Length; `cut` breaks the connection off after so many bytes (with a
    reset where `reset`); `wait_s` passes before the headers, `trickle_s` before every byte.
    """

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    length: int | None = None
    cut: int | None = None
    reset: bool = False
    wait_s: float = 0.0
    trickle_s: float = 0.0
    trickle_headers: bool = False

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class Loopback:
    """
    A server on 127.0.0.1.

    Parameters
    ----------
    script : callable or list of Reply
        Gives the reply to a request; or the replies in order, the last one again and again.
    """

    def __init__(self, script: Callable[[Request], Reply] | list[Reply]) -> None:
        self.requests: list[Request] = []
        self.answer = script if callable(script) else self._in_order(script)
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server._serve(self)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self) -> Loopback:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def _in_order(replies: list[Reply]) -> Callable[[Request], Reply]:
        left = iter(replies)

        def following(_: Request) -> Reply:
            return next(left, replies[-1])

        return following

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0))).decode()
        request = Request(
            handler.command or "", parts.path,
            {key: value[-1] for key, value in parse_qs(parts.query).items()},
            {key.lower(): value for key, value in handler.headers.items()},
            {key: value[-1] for key, value in parse_qs(body).items()},
        )  # fmt: skip
        self.requests.append(request)
        reply = self.answer(request)
        content = reply.content()
        time.sleep(reply.wait_s)
        head = f"HTTP/1.1 {reply.status} -\r\nContent-Type: {reply.media_type}\r\n"
        head += "".join(f"{key}: {value}\r\n" for key, value in reply.headers.items())
        if "Transfer-Encoding" not in reply.headers:
            head += f"Content-Length: {len(content) if reply.length is None else reply.length}\r\n"
        head += "Connection: close\r\n\r\n"
        pieces = [content[: reply.cut]]
        if reply.trickle_headers:
            pieces = [head.encode(), *pieces]
        else:
            handler.wfile.write(head.encode())
        for piece in pieces:
            if not reply.trickle_s:
                handler.wfile.write(piece)
                continue
            for at in range(len(piece)):
                time.sleep(reply.trickle_s)
                handler.wfile.write(piece[at : at + 1])
        handler.wfile.flush()
        handler.close_connection = True
        if reply.reset:  # the client reads a reset instead of an end
            handler.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            handler.connection.close()


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is what some tests are about."""


EMAIL, PASSWORD = "someone@example.org", "pa ss+wörd&1"


class Acled(Loopback):
    """
    The ACLED service.

    Parameters
    ----------
    rows : list
        What it holds.
    paging : {"cursor", "page"}
        As since October 2026, or as before.
    token_lasts : int
        Requests after which an access token has ended.
    change : callable
        Changes a page before it is sent; gets the page and the request.
    """

    def __init__(
        self,
        rows: list[Any],
        *,
        paging: str = "cursor",
        token_lasts: int = 10**9,
        change: Callable[[dict[str, Any], Request], Any] = lambda page, _: page,
    ) -> None:
        super().__init__(self._answer)
        self.rows, self.paging, self.change = rows, paging, change
        self._lasts, self._numbers = token_lasts, iter(range(1, 10**6))
        self._left: dict[str, int] = {}
        self._refresh = ""

    @property
    def reads(self) -> list[Request]:
        return [r for r in self.requests if r.path == "/api/acled/read"]

    @property
    def logins(self) -> list[str]:
        return [r.form.get("grant_type", "") for r in self.requests if r.path == "/oauth/token"]

    def give_token(self) -> str:
        token = f"token-{next(self._numbers)}"
        self._left[token] = self._lasts
        return token

    def _answer(self, request: Request) -> Reply:
        if request.path == "/oauth/token" and request.method == "POST":
            return self._give(request.form)
        if request.path != "/api/acled/read":
            return Reply({"message": "No route found"}, 404)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._left.get(token, 0) <= 0:
            return Reply({"message": "The access token is expired or invalid"}, 401)
        self._left[token] -= 1
        return self._page(request)

    def _give(self, form: dict[str, str]) -> Reply:
        by_password = (form.get("username"), form.get("password")) == (EMAIL, PASSWORD)
        by_refresh = bool(self._refresh) and form.get("refresh_token") == self._refresh
        allowed = {"password": by_password, "refresh_token": by_refresh}
        if form.get("client_id") != "acled" or not allowed.get(form.get("grant_type", "")):
            return Reply(
                {
                    "error": "invalid_grant",
                    "error_description": "The user credentials were incorrect.",
                    "hint": f"username={form.get('username')} password={form.get('password')}",
                },
                400,
            )
        self._refresh = f"refresh-{next(self._numbers)}"
        return Reply(
            {
                "token_type": "Bearer",
                "expires_in": 86400,
                "access_token": self.give_token(),
                "refresh_token": self._refresh,
            }
        )

    def _page(self, request: Request) -> Reply:
        rows, query = list(self.rows), request.query
        if "country" in query:
            wanted = query["country"].split(":OR:country=")
            rows = [r for r in rows if not isinstance(r, dict) or r["country"] in wanted]
        if query.get("event_date_where") == "BETWEEN":
            first, last = query["event_date"].split("|")
            rows = [r for r in rows if first <= r["event_date"] <= last]
        limit = min(int(query.get("limit", 5000)), 5000)
        if self.paging == "cursor":
            start = int(query.get("cursor", 0))
        else:
            start = (int(query.get("page", 1)) - 1) * limit
        data = rows[start : start + limit]
        page: dict[str, Any] = {
            "status": 200, "success": True, "last_update": 3, "count": None, "messages": [],
            "data": data, "filename": "acled", "data_query_restrictions": {},
        }  # fmt: skip
        if query.get("with_total") == "true":
            page |= {"count": len(data), "total_count": len(rows)}
        if self.paging == "cursor":
            page["next_cursor"] = start + limit if start + limit < len(rows) else None
        changed = self.change(page, request)
        return changed if isinstance(changed, Reply) else Reply(changed)


class Ucdp(Loopback):
    """
    The UCDP service.

    Parameters
    ----------
    rows : list
        What version 25.1 holds; there is no other one.
    throttle_after : int
        Requests after which every other one is answered with 400.
    change : callable
        Changes a page before it is sent; gets the page and the request.
    """

    TOKEN = "0123456789abcdef"

    def __init__(
        self,
        rows: list[Any],
        *,
        throttle_after: int = 10**9,
        change: Callable[[dict[str, Any], Request], Any] = lambda page, _: page,
    ) -> None:
        super().__init__(self._answer)
        self.rows, self.change, self._throttle_after = rows, change, throttle_after

    def _answer(self, request: Request) -> Reply:
        if request.headers.get("x-ucdp-access-token") != self.TOKEN:
            return Reply(
                "API token required. Add header: x-ucdp-access-token", 401, {}, "text/plain"
            )
        if request.path != "/api/gedevents/25.1":
            return Reply("", 404)
        sent = len(self.requests)
        if sent > self._throttle_after and (sent - self._throttle_after) % 2:
            return Reply("Bad Request", 400, {}, "text/plain")
        query, rows = request.query, self.rows
        if "Country" in query:
            wanted = query["Country"].split(",")
            rows = [r for r in rows if not isinstance(r, dict) or str(r["country_id"]) in wanted]
        if "EndDate" in query:  # by the last day of the event
            rows = [r for r in rows if r["date_end"][:10] <= query["EndDate"]]
        if "StartDate" in query:
            rows = [r for r in rows if r["date_end"][:10] >= query["StartDate"]]
        size, number = int(query["pagesize"]), int(query.get("page", 0))
        count = math.ceil(len(rows) / size)

        def link(page: int) -> str:
            rest = "".join(f"&{k}={v}" for k, v in query.items() if k not in ("page", "pagesize"))
            # As behind a proxy: the scheme is not the one that was asked by.
            return f"https://127.0.0.1{request.path}?pagesize={size}&page={page}{rest}"

        page = {
            "TotalCount": len(rows),
            "TotalPages": count,
            "PreviousPageUrl": link(number - 1) if number else "",
            "NextPageUrl": link(number + 1) if number + 1 < count else "",
            "Result": rows[number * size : (number + 1) * size],
        }
        changed = self.change(page, request)
        return changed if isinstance(changed, Reply) else Reply(changed)


def acled_rows(count: int, country: str = "Tajikistan") -> Iterator[dict[str, Any]]:
    """Give invented rows with some of ACLED's columns."""
    for n in range(1, count + 1):
        yield {
            "event_id_cnty": f"{country[:3].upper()}{n}",
            "event_date": f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}",
            "country": country,
            "latitude": "37.4894",
            "longitude": "71.5553",
            "fatalities": n % 3,
            "notes": "Invented: ҷой, جای",
        }


def ucdp_rows(count: int, country_id: int = 702) -> Iterator[dict[str, Any]]:
    """Give invented rows with some of UCDP's columns."""
    for n in range(1, count + 1):
        day = f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}T00:00:00"
        yield {
            "id": 500_000 + n,
            "relid": f"INVENTED-{n}",
            "active_year": True,
            "country_id": country_id,
            "date_start": day,
            "date_end": day,
            "latitude": 37.4894,
            "best": n % 3,
            "gwnob": None,
            "source_headline": "Invented",
        }
