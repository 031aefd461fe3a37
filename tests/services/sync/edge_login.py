"""Tells the login of one user at a time."""
import logging
import os
import time
from urllib.parse import quote

import requests

USERS = f"{os.environ['LOGIN']}/api/users"  # https://login.example.com/api/users
KEY = {"Authorization": f"Bearer {os.environ['SERVICE_KEY']}"}


def send(username, user):
    """Makes the login's user what `user` says; `None` deletes them. Gives the reason if the login refuses the user.

    Raises an error of requests if it has to be tried again.
    """
    if username in (".", "..") or not 1 <= len(username.encode()) <= 256:
        return user and "nobody at the login can have this name"
    if user is None:
        return ask("DELETE", username)
    refused = ask("PUT", username, user)
    if refused:
        ask("PATCH", username, {"disabled": True})  # The state from before must not go on.
    return refused


def ask(method, username, body=None):
    url = f"{USERS}/{quote(username, safe='')}"
    answer = requests.request(method, url, json=body, headers=KEY, timeout=40, allow_redirects=False)
    if answer.status_code == 422:
        return answer.text
    if answer.status_code >= 300 and not (answer.status_code == 404 and method != "PUT"):
        raise requests.HTTPError(f"{method} was answered {answer.status_code}")
    return None


def run(send_next):
    """Calls `send_next` for ever. It sends the oldest change, and says whether there was one."""
    pause = 0.5
    while True:
        try:
            while send_next():
                pause = 0.5
        except requests.RequestException as error:
            pause = min(2 * pause, 60)
            why = error if isinstance(error, requests.HTTPError) else type(error).__name__  # Others quote the username.
            logging.warning("trying again in %s s: %s", pause, why)
        time.sleep(pause)
