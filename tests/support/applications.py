"""Has a library check a token, set up as docs/TOKENS.md shows it. Prints whom it takes the user for.

Arguments: the library's heading in the document, the token, the secret, and the number of the example.
"""
import asyncio
import json
import pathlib
import re
import sys

LIBRARY, TOKEN, SECRET_KEY, NUMBER = sys.argv[1:]
DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "TOKENS.md"


def example(**names):
    """Runs the library's example from the document, and gives the names that it defines."""
    section = DOCUMENT.read_text().split(f"### {LIBRARY}\n")[1].split("\n##")[0]
    code = re.findall(r"```python\n(.*?)```", section, re.S)[int(NUMBER)]
    names["SECRET_KEY"] = SECRET_KEY
    exec(code, names)
    return names


def pyjwt():
    import jwt

    return example(jwt=jwt, token=TOKEN)["claims"]["sub"]


def python_jose():
    from jose import jwt

    return example(jwt=jwt, token=TOKEN)["claims"]["sub"]


def fastapi_users():
    from fastapi import Depends, FastAPI
    from fastapi_users import BaseUserManager, FastAPIUsers, IntegerIDMixin
    from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy

    class User:
        id, email, is_active, is_verified, is_superuser = 42, "alice@example.com", True, True, False

    class Database:
        async def get(self, id):
            return User if id == User.id else None

    class UserManager(IntegerIDMixin, BaseUserManager):
        pass

    backend = example(AuthenticationBackend=AuthenticationBackend, BearerTransport=BearerTransport, JWTStrategy=JWTStrategy)["backend"]
    users = FastAPIUsers(lambda: UserManager(Database()), [backend])
    app = FastAPI()

    @app.get("/me")
    def me(user=Depends(users.current_user(active=True))):
        return user.id

    return json.loads(asyncio.run(get(app, "/me")))


async def get(app, path):
    """What an ASGI application answers to a request with the token."""
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
             "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": [(b"authorization", f"Bearer {TOKEN}".encode())]}
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    if sent[0]["status"] != 200:
        sys.exit(f"refused with {sent[0]['status']}")
    return b"".join(message.get("body", b"") for message in sent)


def flask_jwt_extended():
    from flask import Flask
    from flask_jwt_extended import JWTManager, get_jwt_identity, jwt_required

    app = Flask(__name__)
    example(app=app)
    JWTManager(app)

    @app.get("/me")
    @jwt_required()
    def me():
        return get_jwt_identity()

    answer = app.test_client().get("/me", headers={"Authorization": f"Bearer {TOKEN}"})
    if answer.status_code != 200:
        sys.exit(f"refused with {answer.status_code}: {answer.text}")
    return answer.text


def simplejwt():
    import django
    from django.conf import settings
    from django.core.management import call_command

    apps = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"]
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.configure(INSTALLED_APPS=apps, DATABASES={"default": database}, SECRET_KEY="another", SIMPLE_JWT=example()["SIMPLE_JWT"])
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User
    from rest_framework.test import APIRequestFactory
    from rest_framework_simplejwt.authentication import JWTAuthentication

    User.objects.create(id=42, username="alice")
    request = APIRequestFactory().get("/me", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
    user, _ = JWTAuthentication().authenticate(request)
    return user.id


LIBRARIES = {
    "PyJWT": pyjwt,
    "python-jose": python_jose,
    "fastapi-users": fastapi_users,
    "Flask-JWT-Extended": flask_jwt_extended,
    "djangorestframework-simplejwt": simplejwt,
}
print(LIBRARIES[LIBRARY]())
