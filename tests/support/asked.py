"""Asks a service of docs/USE-FROM.md, which is read from standard input, for /hello with each token that is named.

Prints the status and the body of each answer.
"""

import asyncio
import sys

service, *tokens = sys.argv[1:]
names: dict = {"__name__": "service"}
exec(compile(sys.stdin.read(), service, "exec"), names)
app = names["app"]


async def asgi(headers: dict[str, str]) -> tuple[int, str]:
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/hello", "raw_path": b"/hello", "query_string": b"", "headers": raw}
    await app({**scope, "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "server": ("service", 80)}, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent).decode()


def wsgi(headers: dict[str, str]) -> tuple[int, str]:
    answer = app.test_client().get("/hello", headers=headers)
    return answer.status_code, answer.get_json()["hello"] if answer.status_code == 200 else ""


for token in tokens:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    print(*(asyncio.run(asgi(headers)) if service == "fastapi" else wsgi(headers)))
