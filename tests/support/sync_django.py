"""A Django application with the app `login_sync` of docs/SYNC.md. Run without an argument, it does with its users what each line of
standard input says, and prints what came of it; with one, it runs that management command.
"""
import json
import os
import sys

import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "login_sync"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"], "OPTIONS": {"transaction_mode": "IMMEDIATE"}}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    SECRET_KEY="another",
)
django.setup()
if len(sys.argv) > 1:
    call_command(*sys.argv[1:])
    sys.exit()

from django.contrib.auth import get_user_model
from django.contrib.auth.models import update_last_login
from django.db import transaction
from login_sync.models import Unsent

User = get_user_model()


class Staff(User):
    class Meta:
        proxy = True
        app_label = "auth"


def change(**fields):
    def do(name, *value):
        user = User.objects.get(username=name)
        for field, of in fields.items():
            setattr(user, field, of(*value))
        user.save()
    return do


def password(name, value):
    user = Staff.objects.get(username=name)  # A proxy sends signals of its own.
    user.set_password(value)
    user.save(update_fields=["password"])


def rollback(name, value):
    try:
        with transaction.atomic():
            User.objects.create_user(name, password=value)
            raise RuntimeError
    except RuntimeError:
        pass


def touch(name):
    user = User.objects.get(username=name)
    before = Unsent.objects.count()
    update_last_login(User, user)
    if Unsent.objects.count() != before:
        sys.exit("a login is no change")
    user.save()


ACTIONS = {
    "create": lambda name, value: User.objects.create_user(name, password=value) and None,
    "rollback": rollback,
    "password": password,
    "reset": password,
    "hash": change(password=str),
    "disable": change(is_active=lambda: False),
    "enable": change(is_active=lambda: True),
    "touch": touch,
    "rename": change(username=str),
    "delete": lambda name: User.objects.get(username=name).delete() and None,
    "bulk": lambda name: User.objects.filter(username=name).update(is_active=False) and None,
    "refused": lambda: list(Unsent.objects.exclude(refused=None).values("username", "refused")),
}

call_command("makemigrations", "login_sync", verbosity=0)
call_command("migrate", verbosity=0)
for line in sys.stdin:
    action, *args = json.loads(line)
    with transaction.atomic():
        answer = ACTIONS[action](*args)
    print(json.dumps(answer), flush=True)
