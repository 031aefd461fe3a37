"""Has a library log in, refresh, revoke and introspect, as its documentation shows. Prints "ok".

Arguments: the library, the Worker's URL, alice's password, and the secret of the service that may introspect.
"""
import os
import sys

LIBRARY, URL, PASSWORD, SERVICE_SECRET = sys.argv[1:]
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"


def url(path):
    return URL.rstrip("/") + "/api/user/" + path


def authlib():
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.requests_client import OAuth2Session

    client = OAuth2Session("front-end", token_endpoint_auth_method="none", revocation_endpoint_auth_method="none")
    service = OAuth2Session("service", SERVICE_SECRET, token_endpoint_auth_method="client_secret_basic")

    def introspect(token):
        # Authlib doesn't form-encode a secret, as RFC 6749 §2.3.1 asks for.
        from urllib.parse import quote_plus

        service.client_secret = quote_plus(SERVICE_SECRET)
        return service.introspect_token(url("introspect"), token=token).json()

    first = client.fetch_token(url("login"), grant_type="password", username="alice", password=PASSWORD)
    second = client.refresh_token(url("refresh"), refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert client.get(url("me")).json() == {"username": "alice"}
    assert introspect(second["access_token"])["username"] == "alice"
    assert client.revoke_token(url("logout"), token=second["refresh_token"]).status_code == 200
    assert introspect(second["access_token"]) == {"active": False}
    assert client.get(url("me")).status_code == 401
    try:
        client.refresh_token(url("refresh"), refresh_token=second["refresh_token"])
    except OAuthError as error:
        assert error.error == "invalid_grant", error
    else:
        raise AssertionError("a revoked token was refreshed")


def requests_oauthlib():
    import requests
    from oauthlib.oauth2 import InvalidGrantError, LegacyApplicationClient
    from requests_oauthlib import OAuth2Session
    from urllib.parse import quote_plus

    def introspect(token):
        basic = ("service", quote_plus(SERVICE_SECRET))
        return requests.post(url("introspect"), data={"token": token}, auth=basic, timeout=10).json()

    client = OAuth2Session(client=LegacyApplicationClient("front-end"))
    first = dict(client.fetch_token(url("login"), username="alice", password=PASSWORD))
    second = dict(client.refresh_token(url("refresh")))
    assert second["refresh_token"] != first["refresh_token"]
    assert client.get(url("me")).json() == {"username": "alice"}
    assert introspect(second["access_token"])["username"] == "alice"
    assert client.post(url("logout")).status_code == 200
    assert introspect(second["access_token"]) == {"active": False}
    try:
        client.refresh_token(url("refresh"))
    except InvalidGrantError:
        pass
    else:
        raise AssertionError("a session that was ended was refreshed")


{"Authlib": authlib, "requests-oauthlib": requests_oauthlib}[LIBRARY]()
print("ok")
