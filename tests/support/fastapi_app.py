"""A FastAPI application as in the tutorial, with its users in SQLite.

`make DATABASE`: creates 50 users from the JSON on standard input, hash and number of each who is disabled.
`export DATABASE SELECT`: prints what a SELECT gives, as `sqlite3 -header -csv` does.
`check DATABASE SECRET`: reads tokens, a line each, and prints whom the application takes each for, or `refused`.
"""
import csv
import json
import sqlite3
import sys

command, path, *rest = sys.argv[1:]
database = sqlite3.connect(path)
if command == "make":
    given = json.load(sys.stdin)
    database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, disabled BOOLEAN, full_name TEXT)")
    database.execute('CREATE TABLE user (id INTEGER PRIMARY KEY, email TEXT, hashed_password TEXT, is_active BOOLEAN, is_superuser BOOLEAN)')
    for number in range(1, 51):
        disabled = number in given["disabled"]
        database.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?)", (number, f"user{number}", given["hash"], disabled, "A, B"))
        database.execute("INSERT INTO user VALUES (?, ?, ?, ?, ?)", (number, f"user{number}@example.com", given["hash"], not disabled, False))
    database.commit()
elif command == "export":
    rows = database.execute(rest[0])
    table = csv.writer(sys.stdout)
    table.writerow(column[0] for column in rows.description)
    table.writerows(rows)
else:
    from jose import JWTError, jwt

    # As the tutorial's get_current_active_user.
    for token in sys.stdin.read().split():
        try:
            username = jwt.decode(token, rest[0], algorithms=["HS256"]).get("sub")
        except JWTError:
            username = None
        user = database.execute("SELECT username FROM users WHERE username = ? AND NOT disabled", (username,)).fetchone()
        print(user[0] if user else "refused")
