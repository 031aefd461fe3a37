"""Sends a user the link with which to set a new password. Whoever asks is told the same, whether or not there is such a user."""
import os
import smtplib
import sys
from email.message import EmailMessage
from urllib.parse import quote

import requests

LOGIN = os.environ["LOGIN"]  # https://login.example.com
FRONT_END = os.environ["FRONT_END"]  # https://app.example.com
KEY = {"Authorization": f"Bearer {os.environ['SERVICE_KEY']}"}


def send_reset(username: str) -> None:
    user = f"{LOGIN}/api/users/{quote(username, safe='')}"
    found = requests.get(user, headers=KEY, timeout=10)
    if found.status_code == 404 or not found.json()["email"]:
        return
    issued = requests.post(f"{user}/reset", headers=KEY, timeout=10)
    if issued.status_code == 429:
        return  # A link was sent less than a minute ago.
    issued.raise_for_status()
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "login@example.com", found.json()["email"], "Set a new password"
    # Browsers don't send what follows a #, so no server's log has the token.
    mail.set_content(f"Set a new password within 30 minutes: {FRONT_END}/reset#token={issued.json()['token']}\n", cte="8bit")
    with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as server:
        server.send_message(mail)


if __name__ == "__main__":
    send_reset(sys.argv[1])
