"""A mail server that prints each mail as a line of JSON."""
import email
import json
import sys
import threading

from aiosmtpd.controller import Controller
from email.policy import default


class Inbox:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=default)
        print(json.dumps({"to": envelope.rcpt_tos[0], "text": message.get_content()}), flush=True)
        return "250 OK"


Controller(Inbox(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
print("ready", flush=True)
threading.Event().wait()
